"""Wiring: from settings to live services."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from archive import __version__, backend_factory
from archive.backend_factory import (
    check_vault_is_apart,
    concurrent_scans,
    folder_of,
    local_folders,
    make_workers,
    open_given_path,
    open_index,
    open_other_store,
    open_store,
    open_table,
)
from archive.clock import utc_now
from archive.errors import SettingsError
from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.messages.catalogue import tr
from archive.model.closeable import Closeable
from archive.model.results import Actor
from archive.ocr.registry import engine_named
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.context import ImportContext, ReadingTools
from archive.pipeline.reading_fingerprint import pipeline_identity
from archive.rules.counting.judge import RuleSet, load_rule_set
from archive.run_log.folder import LogFolder
from archive.run_log.run_log import RunLog
from archive.services.audit.counting import Counting
from archive.services.audit.page_decisions import PageDecisions
from archive.services.audit.recount import Recounting
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.publisher import Publisher
from archive.services.derived.run_locks import Runs
from archive.services.exchange.export import export
from archive.services.health.doctor import Doctor, LocalPaths
from archive.services.imports.batches import Batches
from archive.services.imports.dry_run import DryRun
from archive.services.imports.folders import GivenPath
from archive.services.imports.questions import Questions
from archive.services.imports.run import Intake
from archive.services.preservation.copy import Copying
from archive.services.preservation.reconcile import Reconciling
from archive.services.preservation.seal import Sealing
from archive.services.preservation.verify import Maintenance
from archive.services.search.search import Search
from archive.services.secrecy.rescreen import Rescreening
from archive.services.secrecy.rescreen_log import RescreenLog
from archive.services.secrecy.withhold import Withholding
from archive.services.unreadable_objects import UnreadableObjects
from archive.settings import FILE_NAME, Settings
from archive.store.api import ObjectStore
from archive.store.keys import ChainKey, digest_of, identity_id
from archive.store.vault import Vault
from archive.work.api import Workers
from archive.work.logged import LoggedWorkers

_MAX_PROBED_MIB = 64  # a health check should not send gigabytes

Backend = TypeVar("Backend")

SOFTWARE = f"results-archive {__version__}"


@dataclass(frozen=True)
class Archive:
    """The services that commands and, later, web pages share. Objects are made at first use.

    Callers call ``close`` at the end.
    """

    settings: Settings
    actor: Actor
    log: RunLog = field(default_factory=RunLog, repr=False, compare=False)
    _to_close: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    @cached_property
    def vault(self) -> Vault:
        """The vault over the chosen store."""
        return Vault(self._closed_later(open_store(self.settings)))

    @cached_property
    def index(self) -> SearchIndex:
        """The chosen search index."""
        return self._closed_later(open_index(self.settings))

    @cached_property
    def table(self) -> PageTable:
        """The chosen page table."""
        return self._closed_later(open_table(self.settings))

    @cached_property
    def runs(self) -> Runs:
        """The import runs of this home."""
        return Runs(self.settings.home / "running")

    @cached_property
    def catch_up(self) -> CatchUp:
        """The catch-up of index and table with the feed."""
        mark = self.settings.home / f"caught-up-{digest_of(self.settings.index.encode())[:8]}"  # one for each index
        shared = not self.settings.index.startswith("embedded:")
        return CatchUp(self.vault, self.index, self.table, mark, shared)

    @property
    def _publisher(self) -> Publisher:
        return Publisher(self.catch_up, self.runs)

    def store_at(self, url: str) -> ObjectStore:
        """Return another store, which is closed with this archive. Raises SettingsError."""
        return self._closed_later(open_other_store(url, self.settings))

    def close(self) -> None:
        """Close all connections that were opened here."""
        self._to_close.close()

    @property
    def rules(self) -> RuleSet:
        """The counting rule set that settings name."""
        return load_rule_set(self.settings.count_rules)

    def batches(self) -> Batches:
        """Batches: list, show, close."""
        return Batches(self.vault, self.actor, utc_now, self._publisher)

    def search(self) -> Search:
        """Search."""
        self.catch_up.ensure_current(self.runs)
        return Search(self.vault, self.index)

    def showing(self) -> Search:
        """Show: uses only the vault, so that papers can be opened without index and table."""
        return Search(self.vault, self.index)

    def counting(self) -> Counting:
        """Count."""
        self.catch_up.ensure_current(self.runs)
        return Counting(self.vault, self.table, self.rules)

    def page_decisions(self) -> PageDecisions:
        """Measure pages, dispute that they are paid, and settle that."""
        return PageDecisions(self.vault, self._publisher, self.actor, utc_now)

    def left_out(self) -> list[ChainKey]:
        """Return the keys that searches and counts lack, because they were unreadable when they should be published."""
        return self.catch_up.left_out()

    def recounting(self, workers: Workers) -> Recounting:
        """Recount, on ``workers``, which the caller closes."""
        self.catch_up.ensure_current(self.runs)
        return Recounting(self.vault, self.table, self.rules, workers, self.settings.limits)

    def maintenance(self) -> Maintenance:
        """Verify and reindex."""
        return Maintenance(self.vault, self.index, self.table, self.catch_up)

    def copying(self, url: str) -> Copying:
        """Copy the vault to the store that ``url`` names."""
        return Copying(self.vault.store, self.store_at(url))

    def withholding(self) -> Withholding:
        """Withhold records, and lift that."""
        return Withholding(self.vault, self._publisher, self.actor, utc_now, SOFTWARE)

    def sealing(self) -> Sealing:
        """Seal days, and compare roots with the vault."""
        return Sealing(self.vault, self.actor, utc_now)

    def rescreening(self) -> Rescreening:
        """Rescreen what is kept for secret marks."""
        engine, stamps = engine_named(self.settings.ocr), StampReader()
        fingerprint = pipeline_identity(engine, stamps).fingerprint
        tools = ReadingTools(engine, stamps, self.settings.limits, fingerprint)
        self._log_identity(fingerprint)
        rescreen_log = RescreenLog(self.settings.home / "looked-at.sqlite")
        return Rescreening(self.vault, self.batches(), self.withholding(), tools, rescreen_log)

    def reconciling(self) -> Reconciling:
        """Compare the vault with derived data, and repair these."""
        return Reconciling(self.vault, self.index, self.table, self.catch_up, self.maintenance())

    def doctor(self) -> Doctor:
        """Health checks; each part is opened when it is checked."""
        settings = self.settings
        return Doctor(
            paths=LocalPaths(
                settings.home,
                settings.home / FILE_NAME,
                settings.secrets_in_file(),
                *local_folders(settings),
                log_folder=log_folder(settings).path if settings.log.files else None,
            ),
            store=lambda: self.vault.store,
            index=lambda: self.index,
            table=lambda: self.table,
            engine=lambda: engine_named(settings.ocr).identity,
            workers=lambda: make_workers(settings),
            large_bytes=_large_probe(settings),
        )

    def intake(self, workers: Workers) -> Intake:
        """Import, on ``workers``, which the caller closes."""
        engine = engine_named(self.settings.ocr)
        stamps = StampReader()
        fingerprint = pipeline_identity(engine, stamps).fingerprint
        context = ImportContext(
            vault=self.vault,
            index=self.index,
            table=self.table,
            workers=workers,
            tools=ReadingTools(engine, stamps, self.settings.limits, fingerprint),
            fingerprint=fingerprint,
            software=SOFTWARE,
            actor=self.actor,
            now=utc_now,
            commit_every=self.settings.commit_every,
            concurrent_scans=concurrent_scans(self.settings, workers),
            log=self.log,
        )
        self._log_identity(fingerprint)
        return Intake(context, self.runs, self.catch_up)

    def questions(self) -> Questions:
        """What an import asks before it begins."""
        return Questions(self.vault)

    def dry_run(self, workers: Workers) -> DryRun:
        """A dry run of an import, on ``workers``, which the caller closes."""
        return DryRun(self.vault, workers, self.settings.limits, local_folders(self.settings)[0])

    def export(self, batch: str | None, unreadable: UnreadableObjects) -> Iterator[dict[str, Any]]:
        """Yield the records of one batch or all as values of JSON; ``unreadable`` notes what cannot be read."""
        return export(self.vault, batch, unreadable)

    def workers(self) -> Workers:
        """Return the workers that settings name, which the caller closes. Raises SettingsError, WorkersUnavailable."""
        workers = make_workers(self.settings)
        self.log.write("workers", workers=self.settings.work.partition(":")[0], count=workers.count)
        return LoggedWorkers(workers, self.log)

    def given_path(self, given: str) -> AbstractContextManager[GivenPath]:
        """Open the place of scans that a person named: a path, or ``s3://BUCKET/PREFIX`` of an inbox bucket.

        Raises RequestRefused, SettingsError, StoreUnavailable.
        """
        return open_given_path(given, self.settings)

    def _log_identity(self, fingerprint: Mapping[str, str]) -> None:
        engine, screen = fingerprint["engine"], fingerprint["screen"]
        self.log.write("pipeline", fingerprint=identity_id(fingerprint), engine=engine, screen=screen)

    def _closed_later(self, backend: Backend) -> Backend:
        if isinstance(backend, Closeable):
            self._to_close.callback(backend.close)
        return backend


def open_archive(settings: Settings, note: str | None = None, log: RunLog | None = None) -> Archive:
    """Return the archive of ``settings``; a missing home is created. Raises SettingsError.

    Its services write to ``log``.
    """
    archive = archive_of(settings, note, log)
    make_home(settings)
    return archive


def archive_of(settings: Settings, note: str | None = None, log: RunLog | None = None) -> Archive:
    """Return the archive of ``settings``, which need not be there; nothing is created. Raises SettingsError."""
    check_vault_is_apart(settings, log_folder(settings).path)
    return Archive(settings, Actor(f"os:{_login()}", note), log or RunLog())


def make_home(settings: Settings) -> None:
    """Create a missing home. Raises SettingsError when it cannot be created or written."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            tr("settings.home_cannot_be_made_choose_another", home=settings.home, reason=error.strerror)
        ) from error
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise SettingsError(tr("settings.home_cannot_be_written_choose_another", home=settings.home))


def missing_vault(settings: Settings) -> Path | None:
    """Return the folder of a vault that is not there, or in which nothing lies: nothing was ever imported into it.

    None for a vault with something in it, for one on a server, which other machines fill, and for a folder that cannot
    be looked at: the store says why.
    """
    folder, _ = local_folders(settings)
    try:
        return None if folder is None or any(folder.iterdir()) else folder
    except FileNotFoundError:
        return folder
    except OSError:
        return None


def log_folder(settings: Settings) -> LogFolder:
    """Return the folder of the run log, with its limits."""
    return LogFolder(folder_of(settings.log.folder, settings), settings.log.files, settings.log.mib)


def serve_cluster(settings: Settings, url: str | None, jobs: int | None, say: Callable[[str], None]) -> None:
    """Serve the Dask cluster at ``url``, or the one that the setting ``work`` names. Raises SettingsError."""
    backend_factory.serve_cluster(settings, url, jobs, say)


def _large_probe(settings: Settings) -> int:
    """Return the size in bytes of a probe that the store cannot write from memory in one request, up to a limit."""
    if not settings.store.startswith("s3:"):
        return 1 << 20
    mib = settings.s3.part_mib  # above this it is not sent from memory, above whole_mib it is sent in parts
    return (max(mib, settings.s3.whole_mib if settings.s3.whole_mib <= _MAX_PROBED_MIB else 0) << 20) + 1


def _login() -> str:
    """Return the name of this process's account: from the system, not from environment variables."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # an account without a name, as in some containers
