"""Copying a vault to another store; the copy is complete at every moment and verified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import groupby
from tempfile import TemporaryFile
from typing import IO

from archive.concurrency.ordered import map_ordered
from archive.concurrency.unordered import map_unordered
from archive.errors import AlreadyStored, ObjectCorrupt, ObjectUnreadable, RequestRefused
from archive.messages.catalogue import tr
from archive.store.api import ObjectStore
from archive.store.hashing import Checked
from archive.store.integrity import INTEGRITY_ERRORS, OTHER_DIGEST, digest_in, read_whole, validate, verify_object
from archive.store.newer_release_keys import newer_keys
from archive.store.verify.check import Finding
from archive.store.verify.references import references_of
from archive.store.withheld import NOTHING_WITHHELD, WithheldObjects, withheld_objects

_SINGLE = ("content", "readings", "feed")  # key spaces without chains, in the order of copying
_SKIPPED_AT_ONCE = 10_000  # existing keys between two progress reports
_NAMING = ("ledger", "records", "batches")  # spaces whose versions name other objects


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """Progress of a copy. ``there``: objects that the other store already had.

    Objects of withheld records: ``left_out`` were not copied; ``exposed`` lie in the other store from an earlier copy.
    """

    copied: int = 0
    bytes: int = 0
    there: int = 0
    checked: int = 0  # of the existing ones: verified
    damaged: int = 0
    left_out: int = 0
    exposed: int = 0

    def __add__(self, other: CopyProgress) -> CopyProgress:
        return CopyProgress(
            self.copied + other.copied,
            self.bytes + other.bytes,
            self.there + other.there,
            self.checked + other.checked,
            self.damaged + other.damaged,
            self.left_out + other.left_out,
            self.exposed + other.exposed,
        )


_THERE = CopyProgress(there=1)


@dataclass(frozen=True, slots=True)
class _Result:
    """The result of one job."""

    done: CopyProgress
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _CopyJob:
    """Keys that one thread processes in this order; ``passed``: number of keys before them that need no work."""

    wanted: tuple[tuple[str, bool], ...] = ()  # key, and whether the other store has it
    passed: CopyProgress = CopyProgress()


class Copying:
    """Copies objects that ``target`` lacks; even an interrupted copy has all objects that its versions name."""

    def __init__(self, source: ObjectStore, target: ObjectStore) -> None:
        self._source = source
        self._target = target
        self._withheld = NOTHING_WITHHELD
        self._known: set[str] = set()  # batches of the copy, each named by all its lines

    def run(self, check: bool = False) -> Iterator[Finding | CopyProgress]:
        """Yield progress, and one finding for each damaged object, which is not copied; the last value is the total.

        ``check`` also verifies objects that the other store already has. Raises RequestRefused (the other store holds
        another archive; nothing is copied then), StoreUnavailable, SettingsError (the next run continues).

        Versions are listed before content, those that name others first. So although an import may add objects, every
        object that a listed version names is older and is copied before it. Announcements are copied before their
        versions, as an import writes them, so that every version of an interrupted copy has its witness. Originals,
        readings and bodies of withheld records are not copied; their chains are, and explain that. A version that
        names a missing object is copied and reported: the copy is as torn as the original.
        """
        refuse_another_archive(self._source, self._target)
        withheld = self._withheld = withheld_objects(self._source)
        sum_ = CopyProgress()
        with ExitStack() as lists:
            newer = lists.enter_context(_written(self._newer()))
            versions = {
                space: lists.enter_context(_written(compared(self._source, self._target, f"{space}/")))
                for space in ("seals", "ledger", "records", "batches")
            }
            for jobs in (
                *(
                    self._single(compared(self._source, self._target, f"{space}/"), check, withheld)
                    for space in _SINGLE
                ),
                *(self._chains(_read_list(file), check) for file in reversed(versions.values())),
                self._single(_read_list(newer), check),
            ):
                for result in map_unordered(self._run_job, jobs):
                    sum_ += result.done
                    yield from result.findings
                    yield sum_
        yield sum_

    def _newer(self) -> Iterator[tuple[str, bool]]:
        """Yield keys of spaces that this release does not know: they are copied unchanged, after all others."""
        there = set(newer_keys(self._target))
        yield from ((key, key in there) for key in newer_keys(self._source))

    @staticmethod
    def _single(
        keys: Iterable[tuple[str, bool]], check: bool, withheld: WithheldObjects = NOTHING_WITHHELD
    ) -> Iterator[_CopyJob]:
        """Yield a job for each object, because they are independent."""
        passed = CopyProgress()
        for key, there in keys:
            if withheld.holds(key):
                passed += CopyProgress(exposed=1) if there else CopyProgress(left_out=1)
            elif there and not check:
                passed += _THERE
                if passed.there >= _SKIPPED_AT_ONCE:
                    yield _CopyJob(passed=passed)
                    passed = CopyProgress()
            else:
                yield _CopyJob(((key, there),), passed)
                passed = CopyProgress()
        yield _CopyJob(passed=passed)

    @staticmethod
    def _chains(keys: Iterable[tuple[str, bool]], check: bool) -> Iterator[_CopyJob]:
        """Yield a job for each chain: its versions are copied in order, so that none lacks the one before."""
        skipped = 0
        for _, chain in groupby(keys, key=lambda one: one[0].rpartition("/")[0]):
            versions = list(chain)
            wanted = tuple(one for one in versions if check or not one[1])
            skipped += len(versions) - len(wanted)
            if wanted or skipped >= _SKIPPED_AT_ONCE:
                yield _CopyJob(wanted, CopyProgress(there=skipped))
                skipped = 0
        yield _CopyJob(passed=CopyProgress(there=skipped))

    def _run_job(self, job: _CopyJob) -> _Result:
        done = job.passed
        findings: list[Finding] = []
        for key, there in job.wanted:
            result = self._checked(key) if there else self._copied(key)
            done += result.done
            findings += result.findings
        return _Result(done, tuple(findings))

    def _copied(self, key: str) -> _Result:
        try:
            done = CopyProgress(copied=1, bytes=self._copy(key))
            return _Result(done, tuple(self._torn(key)) if key.split("/", 1)[0] in _NAMING else ())
        except AlreadyStored:  # another copy was faster
            return _Result(CopyProgress(there=1))
        except _LeftOutError as error:
            message = tr("finding.left_out_because_the_original_is", error=error)
            return _Result(CopyProgress(damaged=1), (Finding("damaged", key, message, key),))

    def _torn(self, key: str) -> Iterator[Finding]:
        """Yield objects that a version names and neither store has: this vault is itself a torn copy."""
        for named in references_of(key, read_whole(self._target, key)):
            if named.key in self._known or self._withheld.holds(named.key):
                continue
            if not (_has(self._target, named.key) or _has(self._source, named.key)):  # damage has its own finding
                message = tr("finding.it_names_which_is_not_in", key=named.key)
                yield Finding("missing", key, message, named.key)
            elif named.key.startswith("batches/"):
                self._known.add(named.key)

    def _copy(self, key: str) -> int:
        """Copy one object; return its size."""
        if not key.startswith("content/"):
            data = _sound(self._source, key)
            self._target.create(key, BytesIO(data))
            return len(data)
        try:
            digest, stream = digest_in(key), self._source.read(key)
        except INTEGRITY_ERRORS as error:
            raise _LeftOutError(str(error)) from error
        with stream:
            counted = _CountingStream(Checked(stream, digest))
            try:
                self._target.create(key, counted)
            except ObjectUnreadable as error:
                raise _LeftOutError(str(error)) from error
            except ObjectCorrupt as error:  # a target that refuses data raises StoreUnavailable
                raise _LeftOutError(OTHER_DIGEST) from error
            return counted.bytes

    def _checked(self, key: str) -> _Result:
        """Verify an object that both stores have. An object with its digest in its key is read only from the copy."""
        there = CopyProgress(there=1, checked=1)
        try:
            verify_object(self._target, key)
            same = key.startswith("content/") or _sound(self._source, key) == read_whole(self._target, key)
        except INTEGRITY_ERRORS as error:
            message = tr("finding.the_copy_of_it_is_not", error=error)
            return _Result(replace(there, damaged=1), (Finding("copy_damaged", key, message, key),))
        except _LeftOutError as error:
            return _Result(replace(there, damaged=1), (Finding("damaged", key, str(error), key),))
        if not same:
            message = tr("finding.original_and_copy_are_both_whole")
            return _Result(replace(there, damaged=1), (Finding("copy_differs", key, message, key),))
        return _Result(there)


class _CountingStream:
    """Counts the bytes that are read."""

    def __init__(self, source: Checked) -> None:
        self._source = source
        self.bytes = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self.bytes += len(chunk)
        return chunk


class _LeftOutError(Exception):
    """The object in the source store is damaged."""


def compared(one: ObjectStore, other: ObjectStore, prefix: str) -> Iterator[tuple[str, bool]]:
    """Yield every key of ``one`` below ``prefix``, and whether ``other`` has it: two ordered listings side by side."""
    theirs = other.keys(prefix)
    last = next(theirs, None)
    for key in one.keys(prefix):
        while last is not None and last < key:
            last = next(theirs, None)
        yield key, last == key


def refuse_another_archive(ours: ObjectStore, theirs: ObjectStore) -> None:
    """Raise RequestRefused when two stores both hold batches and share none, or hold different ones under one key.

    Neither is a copy of the other then, and two archives mixed in one store could never be separated.
    """
    known = set(theirs.keys("batches/"))  # batches are few
    mine = list(ours.keys("batches/"))
    shared = [key for key in mine if key in known]
    if mine and known and not shared:
        raise RequestRefused(
            tr("refused.copy.the_other_store_holds_another", name_a_copy=tr("refused.copy.name_a_copy"))
        )

    def differs(key: str) -> str | None:
        return key if _both_whole_and_different(ours, theirs, key) else None

    for key in map_ordered(shared, differs):
        if key is not None:
            raise RequestRefused(
                tr("refused.copy.key_of_another_archive", key=key, name_a_copy=tr("refused.copy.name_a_copy"))
            )


def _has(store: ObjectStore, key: str) -> bool:
    return any(found == key for found in store.keys(key))


def _both_whole_and_different(ours: ObjectStore, theirs: ObjectStore, key: str) -> bool:
    try:
        pair = [read_whole(store, key) for store in (ours, theirs)]
        if pair[0] == pair[1]:
            return False
        for data in pair:
            validate(key, data)
    except INTEGRITY_ERRORS:
        return False  # damage is reported when each object is verified
    return True


def _sound(store: ObjectStore, key: str) -> bytes:
    try:
        data = read_whole(store, key)
        validate(key, data)
    except INTEGRITY_ERRORS as error:
        raise _LeftOutError(str(error)) from error
    return data


def _written(keys: Iterable[tuple[str, bool]]) -> IO[str]:
    """Return the present keys as a temporary file, because there may be millions. The caller closes it."""
    file = TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 - closed with the others
    for key, there in keys:
        file.write(f"{'=' if there else '+'}{key}\n")
    file.seek(0)
    return file


def _read_list(file: IO[str]) -> Iterator[tuple[str, bool]]:
    for line in file:
        yield line[1:-1], line[0] == "="
