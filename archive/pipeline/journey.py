"""The journey of a scan: read first, keep after.

    accept ── settled before? ── duplicate? ─┐
       │                                     │
   screen and read   units, by workers       │   nothing of the scan is in vault, index or log so far
       │                                     │
       ├──── secret mark? ── quarantined ────┤   unless another person than its importer clears it
       ├──── not screened? ── rejected ──────┤   unless a person who looked at the paper takes it in
       │                                     │
      keep   the original, checked           │
       │                                     │
    reading, record, ledger line ────────────┴──> ScanReport; the index comes after

Screening comes first and apart: it needs pictures only, and what was seen survives whatever fails later (ADR 15).
Only ``keep`` writes in a worker. All else that lasts is written here, in the parent, in this order:
content, reading, record, ledger line. Killed anywhere in between, the next run finds what is there and goes on.
Many scans travel at once, their steps abreast in threads (pipeline/scheduler.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archive.errors import InputRejected, ScanChanged, VersionConflict
from archive.model.ledger import ScanOutcome
from archive.model.pages import ScreenAnswer
from archive.model.results import RecordState, ResultRecord
from archive.pipeline import append_line, append_record
from archive.pipeline.accept import Accepted, accept
from archive.pipeline.context import Desk, GivenScan, ScanReport
from archive.pipeline.keep import keep
from archive.pipeline.read_pages import ProcessedPage, Unit
from archive.pipeline.scheduler import Claim, Crowd, Journey
from archive.pipeline.tasks import read_scan
from archive.pipeline.unscreened import refusal, unscreened
from archive.projections.index_entry import index_entry_for
from archive.store.chains import MAX_ATTEMPTS, refused_unseen
from archive.store.format.readings import decode_reading
from archive.work.api import Done, Workers

_ANY = 1_000_000  # tasks in flight: the crowd itself keeps their number, which changes with the machines that read


def journey(scan: GivenScan, desk: Desk) -> Journey:
    """Take one scan from the operator's file to its ledger line.

    Yields the tasks to run (and receives their endings) and its Claim. Raises StoreError when truth cannot be kept.
    """
    failure: ScanChanged | VersionConflict
    for _ in range(MAX_ATTEMPTS):
        try:
            report = yield from _attempt_or_reject(scan, desk)
            if not report.fresh:  # found, not made: whoever made it may have been killed before it was durable
                desk.vault.make_durable(report.line)
            return _findable(report, desk)
        except (ScanChanged, VersionConflict) as error:
            failure = error  # the file changed, or another run was faster: look at everything again
    if isinstance(failure, VersionConflict):
        raise refused_unseen() from failure
    changing = InputRejected("the file kept changing while it was read; give it again when it is finished", "changing")
    return append_line.rejected(scan, changing, desk)


def _findable(report: ScanReport, desk: Desk) -> ScanReport:
    """Return the report with what the index needs to know of a record that this scan brought in or changed."""
    record = report.record
    if not report.fresh or record is None or record.provenance.line != report.line.id:
        return report
    return replace(report, entry=index_entry_for(record, desk.vault))


def _attempt_or_reject(scan: GivenScan, desk: Desk) -> Journey:
    try:
        return (yield from _attempt(scan, desk))
    except InputRejected as error:
        return append_line.rejected(scan, error, desk)


def _attempt(scan: GivenScan, desk: Desk) -> Journey:
    accepted = accept(scan, desk)
    yield Claim(accepted.sha256)
    known = desk.vault.head(accepted.record_id)
    settled = _settled(accepted, known, desk)
    if settled is not None:
        return settled
    reading = append_record.earlier_reading(accepted, desk)
    if reading is not None:
        pages = append_record.pages_of(reading)
    else:
        pages = yield from read_scan(accepted, desk)
        stopped = _stopped(accepted, known, pages, desk)
        if stopped is not None:
            return stopped
    yield from keep(accepted, desk)
    if reading is None:
        reading = append_record.keep_reading(accepted, pages, desk)
    append_line.refuse_closed(desk)
    made = append_record.append(accepted, pages, reading, known, desk)
    return append_line.stored(accepted, made, [page.read.entry for page in pages], desk)


def _stopped(
    accepted: Accepted, known: ResultRecord | None, pages: Sequence[ProcessedPage], desk: Desk
) -> ScanReport | None:
    """Return the report of a scan that may not be kept, or may not have been; None when it may be.

    Raises NotScreened. What is kept already cannot be refused: its problems say what of it was not screened.
    """
    if _marks(accepted, pages) and not accepted.clears:
        return _kept_secret(accepted, known, pages, desk) if known else append_line.quarantined(accepted, desk)
    lacking = unscreened(pages)
    if lacking and known is None and not accepted.scan.override.unscreened:
        if accepted.clears:  # it stays the secret scan that it was: a name may not enter the ledger by half an override
            return append_line.quarantined(accepted, desk, f"not let in: {refusal(lacking)}")
        raise refusal(lacking)
    return None


def _marks(accepted: Accepted, pages: Sequence[ProcessedPage]) -> bool:
    """Say whether a mark was seen on a page, other than those that a person took for false alarms when it was kept."""
    before = accepted.before
    cleared = before.pages if before is not None and before.cleared_by is not None else ()
    false = {page.number for page in cleared if page.screening and page.screening.answer is ScreenAnswer.SEEN}
    seen = {page.read.entry.number for page in pages if page.screening.answer is ScreenAnswer.SEEN}
    return bool(seen - false)


def _kept_secret(accepted: Accepted, known: ResultRecord, pages: Sequence[ProcessedPage], desk: Desk) -> ScanReport:
    """Withhold the record of a scan of which a page bears a secret mark that could not be read when it was kept.

    The vault destroys nothing by itself; the scan stays in the sum until a decision takes it out.
    """
    made = append_record.marked(known, pages, desk)
    report = append_line.stored(accepted, made, append_line.pages_behind(known, desk), desk)
    # out of the index, though the line says nothing new
    return replace(report, entry=index_entry_for(made, desk.vault))


def _settled(accepted: Accepted, kept: ResultRecord | None, desk: Desk) -> ScanReport | None:
    """Return the report of a scan that needs no reading: settled before, kept elsewhere, or all but its line done."""
    before = accepted.before
    if kept is None:
        return None
    if kept.provenance.line != accepted.line_id:
        desk.vault.make_durable(kept)
        return append_line.duplicate(accepted, kept, desk)
    again = desk.retry and kept.state is RecordState.KEPT
    if again and any(page.outcome.failed for page in append_line.pages_behind(kept, desk)):
        return None
    if before is not None and before.outcome in (ScanOutcome.STORED, ScanOutcome.WITHDRAWN):
        return ScanReport(accepted.scan, before, kept, fresh=False)
    desk.vault.make_durable(kept)
    reading = decode_reading(desk.vault.fetch_reading(kept.parts[0]))
    return append_line.stored(accepted, kept, [page.entry for page in reading], desk)


@dataclass(frozen=True, slots=True)
class PagesRead:
    """So many pages came back from the workers: for progress."""

    pages: int


def take_in(scans: Iterable[GivenScan], desk: Desk, workers: Workers, abreast: int) -> Iterator[PagesRead | ScanReport]:
    """Walk every scan through its journey, many at once; yield progress, and a report for each scan.

    ``abreast``: how many journeys may speak to the store at the same time. Raises StoreError when truth cannot be kept,
    WorkersUnavailable when nobody is left to read; journeys under way are then left, and the next run finds them.
    """
    heavy_mib = desk.tools.limits.worker_mib
    with Crowd(iter(scans), lambda scan: journey(scan, desk), workers, abreast, heavy_mib) as crowd:
        while not crowd.finished:
            for ending in workers.run(crowd.tasks(), _ANY):
                if isinstance(ending, Done) and isinstance(ending.value, Unit):
                    yield PagesRead(len(ending.value.pages))
                crowd.take(ending)
                yield from crowd.reports()
            crowd.wait()
            yield from crowd.reports()
