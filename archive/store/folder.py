"""A folder as object store: crash-safe on any POSIX file system with hard links."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import AlreadyStored, ObjectMissing, SettingsError, StoreUnavailable
from archive.store.objects import is_key

_STAGING = "staging"  # unfinished writes; same file system as the objects, so that link works
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_CHUNK = 1 << 20
_ABANDONED_SECONDS = 24 * 3600  # no single object takes a day to write: such a staging file is left by a crash


class FolderStore:
    """Objects as files below ``root``: written aside, fsynced, then linked to a name, which refuses an existing one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, key: str, data: BinaryIO) -> None:
        """See ObjectStore. On disk: write, fsync, link, fsync the folder; 0700 folders, 0600 files."""
        target = self._path(key)
        if target.exists():
            raise AlreadyStored(f"object {key} is in the store already; nothing was changed")
        with _translated(key, self.root), self._draft() as draft:
            self._write(draft, data)
            self._folder(target.parent)
            self._link(draft, target, key)
            _sync_folder(target.parent)

    def read(self, key: str) -> BinaryIO:
        """See ObjectStore."""
        with _translated(key, self.root):
            try:
                return self._path(key).open("rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise ObjectMissing(f"object {key} is not in the store; run `archive verify`") from error

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ObjectStore. The order is that of the key's bytes, because every listing is sorted folder by folder."""
        if self.root.exists() and not self.root.is_dir():
            raise StoreUnavailable(
                f"the store {self.root} is a file; put the vault's folder there, or set `store` to it"
            )
        base, _, start = prefix.rpartition("/")
        folder = self.root / base if base else self.root
        yield from _walk(folder, f"{base}/" if base else "", start, self.root)

    def mend(self, key: str, data: BinaryIO) -> None:
        """See Mending. On disk: write, fsync, rename over what was there, fsync the folder."""
        target = self._path(key)
        with _translated(key, self.root), self._draft() as draft:
            self._write(draft, data)
            self._folder(target.parent)
            draft.replace(target)
            _sync_folder(target.parent)

    def destroy(self, keys: Iterable[str]) -> None:
        """See Destroying. The name goes for good; what a disk still holds of the bytes is the disk's affair."""
        for key in keys:
            target = self._path(key)
            with _translated(key, self.root):
                try:
                    target.unlink()
                except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                    continue
                _sync_folder(target.parent)

    def sweep(self) -> int:
        """Remove what crashed writers left in staging over a day ago; return how many files."""
        removed = 0
        oldest = time.time() - _ABANDONED_SECONDS
        with _translated("staging", self.root):
            for draft in (self.root / _STAGING).glob("*"):
                if draft.stat().st_mtime < oldest:
                    draft.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _path(self, key: str) -> Path:
        if not is_key(key) or key.split("/", 1)[0] == _STAGING:
            raise ValueError(f"not an object key: {key!r}")
        return self.root / key

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """Give a name for an unfinished write; nothing is left under it afterwards."""
        staging = self.root / _STAGING
        self._folder(staging)
        draft = staging / f"{os.getpid()}.{secrets.token_hex(8)}"
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    @staticmethod
    def _write(draft: Path, data: BinaryIO) -> None:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(data, out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())

    @staticmethod
    def _link(draft: Path, target: Path, key: str) -> None:
        try:
            os.link(draft, target)
        except FileExistsError as error:
            raise AlreadyStored(f"object {key} is in the store already; nothing was changed") from error
        except OSError as error:
            if error.errno in _NO_LINKS:
                raise SettingsError(
                    f"the file system of the store cannot make hard links ({error.strerror}); "
                    "put the store on a local disk (ext4, xfs, zfs, NTFS) and set `store` to it"
                ) from error
            raise

    def _folder(self, folder: Path) -> None:
        """Make ``folder`` and its missing parents, each made durable in the one above it."""
        if folder.is_dir():
            return
        if folder != self.root:
            self._folder(folder.parent)
        try:
            folder.mkdir(mode=0o700, parents=folder == self.root)
        except FileExistsError:
            return  # another process was faster
        _sync_folder(folder.parent)


def _walk(folder: Path, base: str, start: str, root: Path) -> Iterator[str]:
    with _translated(base, root):
        try:
            with os.scandir(folder) as listing:
                entries = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in listing if e.name.startswith(start))
        except (FileNotFoundError, NotADirectoryError):
            return
    for name, is_folder in entries:
        if is_folder and not (base == "" and name == _STAGING):
            yield from _walk(folder / name, f"{base}{name}/", "", root)
        elif not is_folder and is_key(name):
            yield base + name


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translated(key: str, root: Path) -> Iterator[None]:
    """Turn this adapter's foreign exceptions into ours, once."""
    try:
        yield
    except PermissionError as error:
        raise SettingsError(
            f"no permission for the store folder {root}; run as the account that owns it, or set `store`"
        ) from error
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise  # not of the file system: raised by the data that was to be stored
        advice = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "check the disk"
        raise StoreUnavailable(
            f"object {key} could not be written or read: {error.strerror}; {advice}, then run again"
        ) from error
