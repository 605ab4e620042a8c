"""Context: what an import works with, and what travels between its steps."""

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
    """Everything that imports of one person share, made once by wiring.

    ``concurrent_scans``: how many journeys may speak to the store at the same time. ``commit_every``: how many entries
    are put into index and page table at once.
    """

    vault: Vault
    index: SearchIndex
    table: PageTable
    workers: Workers
    tools: ReadingTools
    fingerprint: dict[str, str]  # pipeline identity: whatever may change a reading
    software: str
    actor: Actor
    now: Callable[[], str]  # UTC, ISO, to the second
    commit_every: int
    concurrent_scans: int = 1
    log: RunLog = field(default_factory=RunLog)

    @cached_property
    def fingerprint_id(self) -> str:
        """The fingerprint as it stands in keys."""
        return keys.fingerprint_id("\n".join(f"{name}={value}" for name, value in sorted(self.fingerprint.items())))


@dataclass(frozen=True, slots=True)
class Override:
    """The decision of a person about one named file, after a look at the paper.

    ``unscreened``: the file may be imported although not all of it was screened. ``false_alarm``: the reason why the
    mark that the screen saw is no secret mark; None without such a decision.
    """

    unscreened: bool = False
    false_alarm: str | None = None


NO_OVERRIDE = Override()


@dataclass(frozen=True, slots=True)
class GivenScan:
    """A scan as it was given to an import: where it lies, its path relative to what was given (NFC), and its batch.

    ``retry``: it is read again if pages of it failed before. ``shared``: other scans of this run come under the same
    path; ``taken``: the ledger lines that they have so far, for this one needs another.
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
    """How one scan's journey ended. ``fresh`` is False when an earlier run had settled it already.

    ``entry``: what the index is to know of the record; None where it has nothing new to learn. ``notice``: what the
    person at the importing terminal is to know beside the line, which does not hold it. ``seconds``: of the whole
    journey as ``journey``, and of its waits for workers by the name of the call.
    """

    scan: GivenScan
    line: LedgerLine
    record: ResultRecord | None
    fresh: bool
    entry: IndexEntry | None = None
    notice: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)
