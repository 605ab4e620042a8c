"""Context: the tools of an import, and the values that pass between its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from archive.index.api import SearchIndex
from archive.index.page_table_api import PageTable
from archive.model.ledger import Batch, LedgerLine
from archive.model.limits import Limits
from archive.model.results import Actor, ResultRecord
from archive.model.search import IndexEntry
from archive.ocr.engine import OcrEngine
from archive.ocr.stamps.reader import StampReader
from archive.run_log.run_log import RunLog
from archive.sources.source import Source
from archive.store import keys
from archive.store.vault import Vault
from archive.work.api import Workers


@dataclass(frozen=True)
class ReadingTools:
    """The tools with which a worker reads pages. Picklable; models are loaded once for each worker, at first use.

    ``expected`` is the fingerprint of the import (see ``archive.pipeline.reading_fingerprint``): a worker on another
    machine with a different fingerprint must not read, or records would name the wrong engine. Empty: no check.
    """

    engine: OcrEngine
    stamps: StampReader
    limits: Limits
    expected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportContext:
    """Everything that the imports of one person share; made once by wiring.

    ``concurrent_scans``: number of journeys that may use the store at the same time. ``commit_every``: number of
    entries in one commit of index and page table.
    """

    vault: Vault
    index: SearchIndex
    table: PageTable
    workers: Workers
    tools: ReadingTools
    fingerprint: dict[str, str]  # pipeline identity: everything that may change a reading
    software: str
    actor: Actor
    now: Callable[[], str]  # UTC, ISO, to the second
    commit_every: int
    concurrent_scans: int = 1
    log: RunLog = field(default_factory=RunLog)

    @cached_property
    def fingerprint_id(self) -> str:
        """The id of the fingerprint, as used in keys."""
        return keys.fingerprint_id("\n".join(f"{name}={value}" for name, value in sorted(self.fingerprint.items())))


@dataclass(frozen=True, slots=True)
class Override:
    """The decision of a person who examined the paper, about one named file.

    ``unscreened``: the file may be imported although not all of it was screened. ``false_alarm``: the reason why the
    seen mark is no secret mark; None without such a decision.
    """

    unscreened: bool = False
    false_alarm: str | None = None


NO_OVERRIDE = Override()


@dataclass(frozen=True, slots=True)
class GivenScan:
    """A scan given to an import: its source, its path relative to the given PATH (NFC), and its batch.

    ``retry``: read it again if pages failed before. ``shared``: other scans of this run have the same path;
    ``taken``: their ledger lines so far, because this scan needs another one.
    """

    source: Source
    path: str
    path_id: str
    batch: Batch
    retry: bool = False
    shared: bool = False
    taken: frozenset[str] = frozenset()
    override: Override = NO_OVERRIDE


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The end of one scan's journey. ``fresh`` is False when an earlier run had settled the scan.

    ``entry``: the record's new index entry; None when the index needs none. ``notice``: a message for the person at
    the terminal that the line does not hold. ``seconds``: the duration of the
    ``journey``, and of its waits for workers by the name of the call.
    """

    scan: GivenScan
    line: LedgerLine
    record: ResultRecord | None
    fresh: bool
    entry: IndexEntry | None = None
    notice: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
