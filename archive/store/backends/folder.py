"""A folder as object store: crash-safe on any POSIX file system with hard links."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from archive.errors import AlreadyStored, ObjectMissing, ObjectUnreadable, SettingsError, StoreUnavailable
from archive.messages.catalogue import tr
from archive.store.api import STAGING, Readable, is_key
from archive.store.streams import open_translated

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_CHUNK = 1 << 20
_BAD_BLOCKS = {errno.EIO, errno.EBADMSG, errno.EUCLEAN}  # of this object: the disk, or a checksum of the file system
_MAX_DURABLE = 10_000  # folders: about 3 MB; a province's vault has more, and the oldest are then fsynced again
_ABANDONED_SECONDS = 24 * 3600  # no write takes a day: an older staging file was left by a crash


class FolderStore:
    """Objects as files below ``root``: written to a staging file, fsynced, then linked to a name that must be free."""

    def __init__(self, root: Path, durable: frozenset[Path] = frozenset()) -> None:
        """``durable``: folders whose names are known to be fsynced; the store fsyncs the others at first use."""
        self.root = root
        self._durable = set(durable)

    def __reduce__(self) -> tuple[type[FolderStore], tuple[Path, frozenset[Path]]]:
        """Pickle only the root and its direct folders; a task fsyncs the others at first use."""
        return FolderStore, (self.root, frozenset(f for f in (*self._durable,) if self.root in (f, f.parent)))

    def create(self, key: str, data: Readable) -> None:
        """See ObjectStore. On disk: write, fsync, link, fsync the folder; 0700 folders, 0600 files.

        An existing object is made durable too: its writer may have been killed before its own fsync.
        """
        target = self._path(key)
        with _translated(key, self.root):
            if target.exists():
                self._sync(target)
                raise AlreadyStored(tr("store.object_is_in_the_store_already", key=key))
            with self._draft() as draft:
                self._write(draft, data)
                self._folder(target.parent)
                try:
                    self._link(draft, target, key)
                finally:  # the winner of a race may have been killed meanwhile
                    _sync_folder(target.parent)

    def read(self, key: str) -> BinaryIO:
        """See ObjectStore."""
        with _translated(key, self.root):
            try:
                return open_translated(self._path(key), lambda error: _unreadable(key, error))
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise ObjectMissing(tr("store.object_is_not_in_the_store", key=key)) from error
            except OSError as error:
                if error.errno in _BAD_BLOCKS:
                    raise _unreadable(key, error) from error
                raise

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ObjectStore. Each folder is sorted with a slash after its subfolders, which gives the order of bytes."""
        with _translated(prefix, self.root):
            if self.root.exists() and not self.root.is_dir():
                raise StoreUnavailable(tr("store.folder.the_store_is_a_file_put", root=self.root))
        base, _, start = prefix.rpartition("/")
        folder = self.root / base if base else self.root
        yield from filter(is_key, _walk(folder, f"{base}/" if base else "", start, self.root))

    def other_names(self) -> Iterator[str]:
        """See OtherNames. A folder without a file is nothing: a disk's own ``lost+found`` is one."""
        yield from (path for path in _walk(self.root, "", "", self.root) if not is_key(path))

    def sync(self, key: str) -> None:
        """See Syncing. On disk: fsync the folders; the bytes were fsynced before they got their name."""
        with _translated(key, self.root):
            self._sync(self._path(key))

    def repair(self, key: str, data: Readable) -> None:
        """See Repairing. On disk: write, fsync, rename over the existing file, fsync the folder."""
        target = self._path(key)
        with _translated(key, self.root), self._draft() as draft:
            self._write(draft, data)
            self._folder(target.parent)
            draft.replace(target)
            _sync_folder(target.parent)

    def destroy(self, keys: Iterable[str]) -> None:
        """See Destroying. Unlinks the file; its blocks are not overwritten."""
        for key in keys:
            target = self._path(key)
            with _translated(key, self.root):
                try:
                    target.unlink()
                except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                    continue
                _sync_folder(target.parent)

    def sweep(self) -> int:
        """Remove staging files older than a day, which crashed writers left; return their number."""
        removed = 0
        oldest = time.time() - _ABANDONED_SECONDS
        with _translated("staging", self.root):
            for draft in (self.root / STAGING).glob("*"):
                if draft.stat().st_mtime < oldest:
                    draft.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _path(self, key: str) -> Path:
        if not is_key(key):
            raise ValueError(f"not an object key: {key!r}")
        return self.root / key

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """Provide the path of a staging file, which is removed afterwards."""
        staging = self.root / STAGING
        self._folder(staging)
        draft = staging / f"{os.getpid()}.{secrets.token_hex(8)}"
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    @staticmethod
    def _write(draft: Path, data: Readable) -> None:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(_Given(data), out, _CHUNK)
            out.flush()
            os.fsync(out.fileno())

    @staticmethod
    def _link(draft: Path, target: Path, key: str) -> None:
        try:
            os.link(draft, target)
        except FileExistsError as error:
            raise AlreadyStored(tr("store.object_is_in_the_store_already", key=key)) from error
        except OSError as error:
            if error.errno in _NO_LINKS:
                raise SettingsError(tr("store.folder.the_file_system_of_the_store", reason=error.strerror)) from error
            raise

    def _sync(self, target: Path) -> None:
        self._folder(target.parent)
        _sync_folder(target.parent)

    def _folder(self, folder: Path) -> None:
        """Make ``folder`` and its missing parents, and fsync each one's parent, also where another process made it."""
        if folder in self._durable and folder.is_dir():
            return
        if folder == self.root:
            self._root()
        else:
            self._folder(folder.parent)
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            _sync_folder(folder.parent)
        if len(self._durable) >= _MAX_DURABLE:
            self._durable.clear()
        self._durable.add(folder)

    def _root(self) -> None:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in self.root.parents:
            with suppress(PermissionError):  # another account's folder, which that account fsyncs
                _sync_folder(folder)


def _walk(folder: Path, base: str, start: str, root: Path) -> Iterator[str]:
    """Yield the paths of all files but unfinished writes, in the order of their bytes.

    In that order, a folder's name is followed by a slash.
    """
    with _translated(base, root):
        try:
            with os.scandir(folder) as listing:
                names = (e.name + "/" * e.is_dir(follow_symlinks=False) for e in listing if e.name.startswith(start))
                entries = sorted(names)
        except (FileNotFoundError, NotADirectoryError):
            return
    for name in entries:
        if name.endswith("/"):
            if base or name != f"{STAGING}/":
                yield from _walk(folder / name, base + name, "", root)
        else:
            yield base + name


class _GivenError(Exception):
    """The source of a write failed, not the store."""

    def __init__(self, cause: OSError) -> None:
        super().__init__()
        self.cause = cause


class _Given:
    """The source of a write; separates its errors from those of the store's disk."""

    def __init__(self, data: Readable) -> None:
        self._data = data

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._data.read(size)
        except OSError as error:
            raise _GivenError(error) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translated(key: str, root: Path) -> Iterator[None]:
    """Translate OSError into errors of the archive."""
    try:
        yield
    except _GivenError as error:
        raise error.cause from None
    except PermissionError as error:
        raise SettingsError(tr("store.folder.no_permission_for_the_store_folder", root=root)) from error
    except OSError as error:
        advice = (
            tr("store.folder.free_some_space")
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else tr("store.folder.check_the_disk")
        )
        raise StoreUnavailable(
            tr("store.folder.object_could_not_be_written_or", key=key, reason=error.strerror, advice=advice)
        ) from error


def _unreadable(key: str, error: OSError) -> StoreUnavailable:
    kind = ObjectUnreadable if error.errno in _BAD_BLOCKS else StoreUnavailable
    return kind(tr("store.folder.object_could_not_be_read_to", key=key, reason=error.strerror))
