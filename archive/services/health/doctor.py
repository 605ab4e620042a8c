"""Doctor: health checks of everything that an archive depends on."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError, Exit, StoreUnavailable
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.messages.catalogue import quantity, tr
from archive.model.counting import CountQuery
from archive.model.diagnosis import HealthCheck, HealthChecks
from archive.model.search import Query
from archive.services.derived.comparison import Comparison, MismatchKind
from archive.services.health.store_probe import StoreProbe
from archive.store.api import ObjectStore
from archive.store.vault import Vault
from archive.work.api import Workers

_MIN_FREE_BYTES = 1 << 30  # bytes: less than a day of scanning 4,000 pages; time to act before an import stops
# Priority of exit codes: first the store, then settings; an index can be rebuilt.
_GRAVEST_FIRST = (Exit.STORE, Exit.SETTINGS, Exit.INDEX)
_COMPARED = ("store", "search index", "page table")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check, the part of the archive that it is about, and the exit code if it failed."""

    part: str
    check: HealthCheck
    code: Exit


@dataclass(frozen=True, slots=True)
class LocalPaths:
    """Paths on this machine. ``secrets``: names of secret settings that stand in the settings file."""

    home: Path
    settings_file: Path
    secrets: tuple[str, ...]
    store_folder: Path | None  # None: the store lies elsewhere
    index_folder: Path | None
    log_folder: Path | None = None  # None: the run log is off


@dataclass(frozen=True)
class Doctor:
    """Checks one archive. Each part is opened only when it is checked, so that one failure hides no other."""

    paths: LocalPaths
    store: Callable[[], ObjectStore]
    index: Callable[[], SearchIndex]
    table: Callable[[], PageTable]
    engine: Callable[[], str]  # the reader's identity
    workers: Callable[[], Workers]
    large_bytes: int  # of the large probe: more than the store writes in one piece

    def health_checks(self) -> Iterator[CheckResult]:
        """Yield each result at once. A failure is a failed check, never an exception."""
        parts: tuple[tuple[str, Exit, Callable[[], Iterator[HealthCheck]]], ...] = (
            ("home", Exit.SETTINGS, self._home),
            ("store", Exit.STORE, self._store),
            ("search index", Exit.INDEX, self._search_index),
            ("page table", Exit.INDEX, self._page_table),
            ("agreement", Exit.INDEX, self._agreement),
            ("reader", Exit.SETTINGS, self._reader),
            ("workers", Exit.SETTINGS, self._work),
        )
        closed: set[str] = set()
        for part, code, look in parts:
            if part == "agreement" and closed.intersection(_COMPARED):
                continue  # reported already
            try:
                for nth, check in enumerate(look()):
                    if nth == 0 and not check.ok:
                        closed.add(part)
                    yield CheckResult(part, check, code)
            except ArchiveError as error:
                closed.add(part)
                known = error.exit_code if error.exit_code in _GRAVEST_FIRST else code
                yield CheckResult(part, HealthCheck("reachable", False, str(error), None), known)

    def _home(self) -> Iterator[HealthCheck]:
        yield _permissions("folder", self.paths.home, "700")
        if self.paths.secrets:
            names = ", ".join(self.paths.secrets)
            check = _permissions("secrets", self.paths.settings_file, "600")
            yield (
                check
                if not check.ok
                else HealthCheck(
                    "secrets",
                    True,
                    tr("doctor.in_its_owner_alone", names=names, settings_file=self.paths.settings_file),
                )
            )
        if self.paths.log_folder is not None:
            yield _permissions("run log", self.paths.log_folder, "700")
        folders = (self.paths.home, self.paths.store_folder, self.paths.index_folder)
        disks = {
            one.stat().st_dev: one for one in map(_existing, reversed([one for one in folders if one is not None]))
        }
        yield from (_free_space(folder) for folder in disks.values())

    def _store(self) -> Iterator[HealthCheck]:
        folder = self.paths.store_folder
        if folder is not None and not _is_there(folder) and self.paths.home not in folder.parents:
            # Do not create it: if a disk should be mounted there, the next import would write beside it.
            raise StoreUnavailable(tr("doctor.the_store_folder_is_not_there", folder=folder))
        store = self.store()
        if (yield from _backend_checks(store)):
            yield from StoreProbe(store, self.large_bytes).run()

    def _search_index(self) -> Iterator[HealthCheck]:
        index = self.index()
        if (yield from _backend_checks(index)):
            known = index.search(Query(limit=1)).total
            yield HealthCheck("reachable", True, tr("doctor.knows_records", records=quantity("record", known)))

    def _page_table(self) -> Iterator[HealthCheck]:
        table = self.table()
        if (yield from _backend_checks(table)):
            pages = sum(tally.pages for tally in table.tally(CountQuery()))
            yield HealthCheck("reachable", True, tr("doctor.answers_and_knows_pages", pages=quantity("page", pages)))

    def _agreement(self) -> Iterator[HealthCheck]:
        """Compare index and page table with the keys of the vault. Raises IndexUnavailable, StoreUnavailable."""
        index = self.index()
        comparison = Comparison(Vault(self.store()), index, self.table())
        unlisted = uncounted = 0
        for mismatch in comparison.run():
            unlisted += mismatch.kind in (MismatchKind.MISSING, MismatchKind.STALE)
            uncounted += mismatch.kind is MismatchKind.UNCOUNTED
        too_many = max(0, index.search(Query(limit=1)).total - comparison.found)
        advice = tr("doctor.archive_reconcile_says_which_archive_reconcile")
        vault = tr("doctor.vault_holds_records", records=quantity("record", comparison.records))
        if unlisted or too_many:
            seen = tr("doctor.index_lacks", vault=vault, unlisted=unlisted, too_many=too_many)
            yield HealthCheck("records", False, seen, advice)
        elif not comparison.records and not comparison.lines:
            yield HealthCheck("records", True, tr("doctor.holds_nothing_yet"))
        else:
            yield HealthCheck("records", True, tr("doctor.index_has_all", vault=vault))
        vault = tr("doctor.vault_holds_lines", lines=quantity("ledger_line", comparison.lines))
        if uncounted:
            yield HealthCheck("lines", False, tr("doctor.table_lacks", vault=vault, uncounted=uncounted), advice)
        else:
            yield HealthCheck("lines", True, tr("doctor.table_has_all", vault=vault))

    def _reader(self) -> Iterator[HealthCheck]:
        yield HealthCheck("language data", True, self.engine())

    def _work(self) -> Iterator[HealthCheck]:
        workers = self.workers()
        try:
            yield from _backend_checks(workers)
            yield HealthCheck("reachable", True, tr("doctor.room_for_pages_at_the_same", count=workers.count))
        finally:
            workers.close()


def _backend_checks(backend: object) -> Generator[HealthCheck, None, bool]:
    """Yield a backend's own checks; return False if it cannot be reached.

    Its first check is the connection; if that fails, further checks are useless.
    """
    told = list(backend.health_checks()) if isinstance(backend, HealthChecks) else []
    yield from told
    return not told or told[0].ok


def exit_code_of(seen: list[CheckResult]) -> Exit:
    """Return the exit code of all checks: store before settings, settings before index."""
    codes = {one.code for one in seen if not one.check.ok}
    return next((code for code in _GRAVEST_FIRST if code in codes), Exit.OK)


def _permissions(name: str, path: Path, mode: str) -> HealthCheck:
    """Check that only its owner may read a path."""
    try:
        held = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        return HealthCheck(
            name,
            False,
            tr("doctor.cannot_be_looked_at", path=path, reason=error.strerror),
            tr("doctor.mend_its_permissions"),
        )
    if held & 0o077:
        return HealthCheck(
            name,
            False,
            tr("doctor.is_open_to_others_than_its", path=path, held=held),
            tr("doctor.chmod", mode=mode, path=path),
        )
    if not os.access(path, os.R_OK | os.W_OK):
        return HealthCheck(
            name,
            False,
            tr("doctor.cannot_be_written_by_this_account", path=path),
            tr("doctor.run_as_the_account_that_owns"),
        )
    return HealthCheck(name, True, tr("doctor.is_its_owner_alone", path=path))


def _existing(path: Path) -> Path:
    """Return the nearest existing parent folder, which is on the disk to be written."""
    return next(one for one in (path, *path.parents) if _is_there(one))


def _is_there(path: Path) -> bool:
    """Say whether there is something at ``path``; a name that is too long, or in a locked folder, has nothing."""
    try:
        return path.exists()
    except OSError:
        return False


def _free_space(folder: Path) -> HealthCheck:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return HealthCheck(
            "disk",
            False,
            tr("doctor.cannot_be_looked_at", path=folder, reason=error.strerror),
            tr("doctor.check_the_disk"),
        )
    seen = tr("doctor.gib_free_for", free=free / 2**30, folder=folder)
    if free < _MIN_FREE_BYTES:
        return HealthCheck("disk", False, seen, tr("doctor.free_some_space_before_the_next"))
    return HealthCheck("disk", True, seen)
