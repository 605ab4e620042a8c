"""The journey of a scan: read first, keep after.

    accept ── settled before? ── duplicate? ─┐
       │                                     │
   screen and read   units, by workers       │   nothing of the scan is in vault, index or log so far
       │                                     │
       ├──── secret mark? ── quarantined ────┤   unless a person other than its importer clears it
       ├──── not screened? ── rejected ──────┤   unless a person looked at the paper and accepts it
       │                                     │
      keep   the original, checked           │
       │                                     │
    reading, record, ledger line ────────────┴──> ScanReport; the index comes after

Screening comes first, as a separate step: it needs only images, and its result survives later failures (ADR 15).
Only ``store_original`` writes in a worker. Everything else is written here, in the parent, in this order: content,
reading, record, ledger line. After a kill, the next run finds the written objects and continues.
Many journeys run at the same time, each in its own thread (pipeline/scheduler.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from archive.errors import InputRejected, ScanChanged, VersionConflict
from archive.index_entries.from_record import index_entry_for
from archive.messages.catalogue import tr
from archive.model.ledger import ScanOutcome
from archive.model.pages import ScreenAnswer
from archive.model.results import RecordState, ResultRecord
from archive.pipeline import append_line, append_record
from archive.pipeline.accept import Accepted, accept
from archive.pipeline.context import GivenScan, ImportContext, ScanReport
from archive.pipeline.read_pages import ProcessedPage, Unit
from archive.pipeline.rescreen.override_pages import false_alarms
from archive.pipeline.scheduler import ScanJob, ScanScheduler
from archive.pipeline.store_original import store_original
from archive.pipeline.tasks import read_scan
from archive.pipeline.unscreened import refusal, unscreened
from archive.store.format.readings import decode_reading
from archive.store.version_chains import MAX_ATTEMPTS, refused_unseen
from archive.work.api import Done


def journey(scan: GivenScan, context: ImportContext, job: ScanJob) -> ScanReport:
    """Import one scan, from the operator's file to its ledger line; ``job`` waits for workers and for its content.

    Raises StoreError when the vault cannot be written, RequestRefused when the batch was closed meanwhile.
    """
    failure: ScanChanged | VersionConflict
    for _ in range(MAX_ATTEMPTS):
        try:
            report = _attempt_or_reject(scan, context, job)
            if not report.fresh:  # settled by an earlier run, which may have been killed before its fsync
                context.vault.make_durable(report.line)
            return _findable(report, context)
        except (ScanChanged, VersionConflict) as error:
            failure = error  # the file changed, or another run was faster: begin again
    if isinstance(failure, VersionConflict):
        raise refused_unseen() from failure
    changing = InputRejected(tr("rejected.the_file_kept_changing_while_it"), "changing")
    return append_line.rejected(scan, changing, context)


def _findable(report: ScanReport, context: ImportContext) -> ScanReport:
    """Return the report with the index entry of a record that this scan added or changed."""
    record = report.record
    if not report.fresh or record is None or record.provenance.line != report.line.id:
        return report
    return replace(report, entry=index_entry_for(record, context.vault))


def _attempt_or_reject(scan: GivenScan, context: ImportContext, job: ScanJob) -> ScanReport:
    try:
        return _attempt(scan, context, job)
    except InputRejected as error:
        return append_line.rejected(scan, error, context)


def _attempt(scan: GivenScan, context: ImportContext, job: ScanJob) -> ScanReport:
    accepted = accept(scan, context)
    job.lock_content(accepted.sha256)  # one scan with these bytes at a time, until its journey ends
    known = context.vault.head(accepted.record_id)
    settled = _settled(accepted, known, context)
    if settled is not None:
        return settled
    reading = append_record.earlier_reading(accepted, context)
    if reading is not None:
        pages = append_record.pages_of(reading)
    else:
        pages = read_scan(accepted, context, job.run_all)
        stopped = _stopped(accepted, known, pages, context)
        if stopped is not None:
            return stopped
    store_original(accepted, context, job.run_all)
    if reading is None:
        reading = append_record.keep_reading(accepted, pages, context)
    append_line.refuse_closed(scan.batch, context.vault)
    made = append_record.append(accepted, pages, reading, known, context)
    return append_line.stored(accepted, made, [page.read.entry for page in pages], context)


def _stopped(
    accepted: Accepted, known: ResultRecord | None, pages: Sequence[ProcessedPage], context: ImportContext
) -> ScanReport | None:
    """Return the report of a scan that must not be kept, or should not have been; None when it may be kept.

    Raises NotScreened. A scan that is kept already cannot be refused: its problems name the unscreened parts.
    """
    marks = [] if accepted.clears else _marks(accepted, known, pages, context)
    if marks:
        return _kept_secret(accepted, known, marks, context) if known else append_line.quarantined(accepted, context)
    lacking = unscreened(pages)
    if lacking and known is None and not accepted.scan.override.unscreened:
        if accepted.clears:  # it stays quarantined: with only one of two overrides its name must not enter the ledger
            return append_line.quarantined(accepted, context, tr("rejected.not_let_in", refusal=refusal(lacking)))
        raise refusal(lacking)
    return None


def _marks(
    accepted: Accepted, known: ResultRecord | None, pages: Sequence[ProcessedPage], context: ImportContext
) -> list[int]:
    """Return the pages on which a mark was seen, without those whose marks people declared to be false alarms."""
    seen = [page.read.entry.number for page in pages if page.screening.answer is ScreenAnswer.SEEN]
    if not seen or known is None:
        return seen
    false = false_alarms(known, accepted.before, context.vault)
    return [number for number in seen if number not in false]


def _kept_secret(accepted: Accepted, known: ResultRecord, marks: Sequence[int], context: ImportContext) -> ScanReport:
    """Withhold the record of a kept scan on which a secret mark is found only now.

    The vault destroys nothing by itself; the scan stays in the sum until a person decides.
    """
    made = append_record.marked(known, marks, context)
    report = append_line.stored(accepted, made, append_line.pages_behind(known, context), context)
    # hides it in the index, although the line does not change
    return replace(report, entry=index_entry_for(made, context.vault))


def _settled(accepted: Accepted, kept: ResultRecord | None, context: ImportContext) -> ScanReport | None:
    """Return the report of a scan that needs no reading: settled before, kept already, or only without its line."""
    before = accepted.before
    if kept is None:
        return None
    if kept.provenance.line != accepted.line_id:
        context.vault.make_durable(kept)
        return append_line.duplicate(accepted, kept, context)
    again = accepted.scan.retry and kept.state is RecordState.KEPT
    if again and any(page.outcome.failed for page in append_line.pages_behind(kept, context)):
        return None
    if before is not None and before.outcome in (ScanOutcome.STORED, ScanOutcome.WITHDRAWN):
        return ScanReport(accepted.scan, before, kept, fresh=False)
    context.vault.make_durable(kept)
    reading = decode_reading(context.vault.fetch_reading(kept.parts[0]))
    return append_line.stored(accepted, kept, [page.entry for page in reading], context)


@dataclass(frozen=True, slots=True)
class PagesRead:
    """A number of pages that workers have read, for the progress."""

    pages: int


def take_in(scans: Iterable[GivenScan], context: ImportContext) -> Iterator[PagesRead | ScanReport]:
    """Import every scan, many at once; yield progress, and a report for each scan.

    Raises StoreError when the vault cannot be written, WorkersUnavailable when no worker is left; journeys under way
    are abandoned then, and the next run continues them.
    """
    scheduler = ScanScheduler(
        iter(scans),
        lambda scan, job: journey(scan, context, job),
        context.workers,
        context.concurrent_scans,
        context.tools.limits.worker_mib,
    )
    with scheduler:
        for event in scheduler.run():
            if isinstance(event, ScanReport):
                yield event
            elif isinstance(event, Done) and isinstance(event.value, Unit):
                yield PagesRead(len(event.value.pages))
