"""Store probe: tests the contract of an object store on the configured one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO

from archive.errors import AlreadyStored, ArchiveError, SettingsError, StoreUnavailable
from archive.messages.catalogue import tr
from archive.messages.sentence import Sentence
from archive.model.diagnosis import HealthCheck
from archive.store.api import Destroying, ObjectStore, ProbeRemoval
from archive.store.keys import PROBES

_RACERS = 24
_TEXT = "Kết quả giải quyết thủ tục hành chính: Giấy phép xây dựng số 15/GPXD-UBND, xã Phú Lạc Thượng\n".encode()
# Like the vault's keys: hex and digits, versions and attempts of fixed width. They are created in this order, but must
# be listed in the order of their bytes, not as numbers or words.
_NAMES = (
    "ff/9f/2",
    "0a/10/000002.json",
    "0a/10/000010.json",
    "a0/00/000001.json",
    "9f/ff/001",
    "9f/ff/000",
    "0a/0f/000001.json",
    "0a/9/1",
    "0a/10/000001.json",
)
_OTHER_SERVER = tr("doctor.this_store_cannot_keep_an_archive")


class StoreProbe:
    """Tests one store below ``doctor/<random>/``, a space that no vault uses, and cleans up if permitted."""

    def __init__(self, store: ObjectStore, large_bytes: int) -> None:
        self._store = store
        self._large_bytes = large_bytes
        self._space = f"{PROBES}/{secrets.token_hex(8)}"

    def run(self) -> Iterator[HealthCheck]:
        """Yield a check for each probe. A store that cannot be reached is tried only once."""
        probes: tuple[tuple[str, Callable[[], HealthCheck]], ...] = (
            ("write once", self._write_once),
            ("race", self._race),
            ("large object", self._large),
            ("listing", self._listing),
        )
        for name, probe in probes:
            try:
                yield probe()
            except ArchiveError as error:
                yield HealthCheck(name, False, str(error), tr("doctor.mend_this_first_the_other_probes"))
                if isinstance(error, StoreUnavailable | SettingsError):
                    return
            except OSError as error:
                yield HealthCheck(
                    name,
                    False,
                    tr("doctor.a_probe_could_not_be_read", reason=error.strerror),
                    tr("doctor.check_the_store_disk"),
                )
        yield self._clean_up()

    def _write_once(self) -> HealthCheck:
        key, name = f"{self._space}/once", "write once"
        self._store.create(key, BytesIO(_TEXT))
        try:
            self._store.create(key, BytesIO(b"another"))
        except AlreadyStored:
            refused = True
        else:
            refused = False
        with self._store.read(key) as stream:
            same = stream.read() == _TEXT
        if not refused:
            return HealthCheck(name, False, tr("doctor.a_second_write_was_let_in"), _OTHER_SERVER)
        if not same:
            return HealthCheck(name, False, tr("doctor.vietnamese_text_was_read_back_altered"), _OTHER_SERVER)
        return HealthCheck(name, True, tr("doctor.a_second_write_is_refused"))

    def _race(self) -> HealthCheck:
        key, name = f"{self._space}/race", "race"

        def create(number: int) -> bool:
            try:
                self._store.create(key, BytesIO(str(number).encode()))
            except AlreadyStored:
                return False
            return True

        with ThreadPoolExecutor(_RACERS) as threads:
            won = [number for number, first in enumerate(threads.map(create, range(_RACERS))) if first]
        with self._store.read(key) as stream:
            kept = stream.read()
        if len(won) != 1:
            seen = tr("doctor.several_writers_won", racers=_RACERS, won=len(won))
            return HealthCheck(name, False, seen, _OTHER_SERVER)
        if kept != str(won[0]).encode():
            return HealthCheck(name, False, tr("doctor.the_bytes_of_a_writer_that"), _OTHER_SERVER)
        return HealthCheck(name, True, tr("doctor.one_writer_won", racers=_RACERS))

    def _large(self) -> HealthCheck:
        key, name = f"{self._space}/large", "large object"
        sent, received = hashlib.sha256(), hashlib.sha256()
        self._store.create(key, _RandomBytes(self._large_bytes, sent))
        size = 0
        with self._store.read(key) as stream:
            while chunk := stream.read(1 << 20):
                received.update(chunk)
                size += len(chunk)
        if (size, received.digest()) != (self._large_bytes, sent.digest()):
            return HealthCheck(
                name, False, tr("doctor.were_read_back_altered", mib=_mib(self._large_bytes)), _OTHER_SERVER
            )
        return HealthCheck(name, True, tr("doctor.come_back_as_they_were", mib=_mib(self._large_bytes)))

    def _listing(self) -> HealthCheck:
        name, base = "listing", f"{self._space}/list/"
        for one in _NAMES:
            self._store.create(base + one, BytesIO(b""))
        listed = [key.removeprefix(base) for key in self._store.keys(base)]
        if listed != sorted(_NAMES):
            all_there = sorted(listed) == sorted(_NAMES)
            seen = tr("doctor.listed_in_another_order") if all_there else tr("doctor.listed_incompletely")
            return HealthCheck(name, False, seen, _OTHER_SERVER)
        for prefix in ("0a/1", "0a/10/00000", "9f/ff/", "b"):
            expected = [one for one in sorted(_NAMES) if one.startswith(prefix)]
            if [key.removeprefix(base) for key in self._store.keys(base + prefix)] != expected:
                return HealthCheck(
                    name, False, tr("doctor.listing_keys_that_begin_with_gives", prefix=prefix), _OTHER_SERVER
                )
        return HealthCheck(name, True, tr("doctor.keys_are_listed_completely_by_their"))

    def _clean_up(self) -> HealthCheck:
        """Remove the probes where the store permits it; remaining ones are outside the vault and harmless."""
        name, keys = "probes", list(self._store.keys(f"{self._space}/"))
        stay = tr("doctor.probes_stay", count=len(keys), size=_mib(self._large_bytes), space=PROBES)
        try:
            if not self._removed(keys):
                return HealthCheck(name, True, stay)
        except ArchiveError as error:
            return HealthCheck(name, True, tr("doctor.probes_stay_because", stay=stay, error=error))
        left = sum(1 for _ in self._store.keys(f"{self._space}/"))
        if left:
            return HealthCheck(
                name, False, tr("doctor.of_probes_are_still_there_after", left=left, keys=len(keys)), _OTHER_SERVER
            )
        return HealthCheck(name, True, tr("doctor.what_was_written_for_this_examination"))

    def _removed(self, keys: list[str]) -> bool:
        """Remove objects, with all versions if credentials permit; return whether the store can remove objects."""
        if isinstance(self._store, Destroying):
            with suppress(SettingsError):
                self._store.destroy(keys)
                return True
        if isinstance(self._store, ProbeRemoval):
            self._store.remove_probes(keys)
            return True
        return False


class _RandomBytes:
    """A stream of random (incompressible) bytes, hashed as they are read."""

    def __init__(self, size: int, digest: hashlib._Hash) -> None:
        self._left = size
        self._digest = digest

    def read(self, size: int = -1) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        chunk = secrets.token_bytes(size)
        self._left -= size
        self._digest.update(chunk)
        return chunk


def _mib(size: int) -> Sentence:
    return tr("doctor.mib", size=size / 2**20)
