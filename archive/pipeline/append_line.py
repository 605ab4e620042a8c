"""Append the ledger line: every given scan gets one, whatever its outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from archive.errors import InputRejected, RequestRefused
from archive.messages.catalogue import tr
from archive.messages.sentence import in_english
from archive.model.ledger import Batch, LedgerLine, ScanOutcome
from archive.model.pages import PageEntry
from archive.model.results import ResultRecord
from archive.model.sign_off import SignOff
from archive.pipeline.accept import Accepted, lines_of
from archive.pipeline.append_record import CLEARED
from archive.pipeline.context import GivenScan, ImportContext, ScanReport
from archive.pipeline.unscreened import ACCEPTED_UNSCREENED
from archive.store import keys
from archive.store.format.readings import decode_reading
from archive.store.keys import ChainKey
from archive.store.vault import Vault


def stored(accepted: Accepted, record: ResultRecord, pages: Sequence[PageEntry], context: ImportContext) -> ScanReport:
    """Append the line of a scan that became ``record``."""
    line = _line(accepted, ScanOutcome.STORED, record, tuple(pages), context)
    line = replace(_let_in(line, accepted, record, context), action=record.provenance.action)
    return _append(accepted.scan, line, accepted.before, record, context)


def duplicate(accepted: Accepted, kept: ResultRecord, context: ImportContext) -> ScanReport:
    """Append the line of a scan whose bytes are kept already; its pages are counted in a separate column."""
    line = _line(accepted, ScanOutcome.DUPLICATE, kept, pages_behind(kept, context), context)
    if accepted.clears or (accepted.before is not None and accepted.before.cleared_by is not None):
        line = _cleared(line, accepted, SignOff(context.actor.identity, context.now()))
        first = context.vault.line(kept.batch, kept.provenance.line)
        if line.cleared_because is None and first is not None:  # cleared under another path, with the same bytes
            line = replace(line, cleared_by=first.cleared_by, cleared_because=first.cleared_because)
    return _append(accepted.scan, line, accepted.before, kept, context)


def quarantined(accepted: Accepted, context: ImportContext, notice: str | None = None) -> ScanReport:
    """Append the line of a scan with a secret mark: an opaque number, no name, no digest, no text."""
    before = accepted.secret_before
    if before is not None:
        return ScanReport(accepted.scan, before, None, fresh=False, notice=notice)
    blank = _line(accepted, ScanOutcome.QUARANTINED, None, (), context)
    line = replace(blank, reason="secret_mark", sha256=None, bytes=None, path=None)
    return _append(accepted.scan, line, accepted.before, None, context)


def rejected(scan: GivenScan, error: InputRejected, context: ImportContext) -> ScanReport:
    """Append the line of a scan that cannot be imported; the same reason again changes nothing."""
    earlier = lines_of(scan, context)
    free = (line for line in earlier if line.id not in scan.taken)
    before = next((line for line in free if line.outcome is ScanOutcome.REJECTED), None)
    occurrence = before.occurrence if before else len(earlier)
    line = LedgerLine(
        id=keys.line_id(scan.path_id, occurrence),
        version=1,
        batch=scan.batch.id,
        path_id=scan.path_id,
        occurrence=occurrence,
        outcome=ScanOutcome.REJECTED,
        reason=error.reason,
        message=in_english(error),  # stored in English, independent of release and language
        sha256=None,
        bytes=None,
        record=None,
        path=scan.path,
        pages=(),
        actor=context.actor,
        at=context.now(),
    )
    return _append(scan, line, before, None, context)


def refuse_closed(batch: Batch, vault: Vault) -> None:
    """Check once more that a batch is open before a line is added, because its seal covers all lines.

    Costs one listing while nobody changes the batch. Raises RequestRefused.
    """
    following = ChainKey("batches", "", batch.id, batch.version + 1).key
    if next(vault.store.keys(following), None) is None:
        return
    last = vault.batch(batch.id)
    if last is not None and last.closed:
        raise RequestRefused(tr("refused.batches.batch_was_closed_while_this_import", name=batch.name))


def pages_behind(record: ResultRecord, context: ImportContext) -> tuple[PageEntry, ...]:
    """Return the pages of a kept record's first scan: from its ledger line, or from its reading after a crash."""
    line = context.vault.line(record.batch, record.provenance.line)
    if line is not None:
        return tuple(replace(page, measure=None, exclusion=None) for page in line.pages)
    return tuple(page.entry for page in decode_reading(context.vault.fetch_reading(record.parts[0])))


def _line(
    accepted: Accepted,
    outcome: ScanOutcome,
    record: ResultRecord | None,
    pages: tuple[PageEntry, ...],
    context: ImportContext,
) -> LedgerLine:
    return LedgerLine(
        id=accepted.line_id,
        version=1,
        batch=accepted.scan.batch.id,
        path_id=accepted.scan.path_id,
        occurrence=accepted.occurrence,
        outcome=outcome,
        reason=None,
        message=None,
        sha256=accepted.sha256,
        bytes=accepted.bytes,
        record=record.id if record else None,
        path=accepted.scan.path,
        pages=pages,
        actor=context.actor,
        at=context.now(),
    )


def _let_in(line: LedgerLine, accepted: Accepted, record: ResultRecord, context: ImportContext) -> LedgerLine:
    """Return the line of a kept scan with the person who let it in, if one was needed.

    That is in the line before, or in the record: a run may have been killed between the two. The record may have got
    versions since; the sign-off is that of the first version that needed one.
    """
    before = accepted.before
    if _accepts_unscreened(record):
        unscreened_by = before.unscreened_by if before is not None else None
        if unscreened_by is None:
            accepting = _first_with(record, _accepts_unscreened, context)
            unscreened_by = _sign_off(accepting or record)
        line = replace(line, unscreened_by=unscreened_by)
    if before is not None and before.cleared_by is not None:
        return replace(line, cleared_by=before.cleared_by, cleared_because=before.cleared_because)
    if not accepted.clears:
        return line
    clearing = _first_with(record, lambda one: one.provenance.action == CLEARED, context)
    if clearing is None:
        return line
    because = clearing.provenance.reason or accepted.scan.override.false_alarm  # older records have no reason
    return replace(line, cleared_by=_sign_off(clearing), cleared_because=because)


def _first_with(
    record: ResultRecord, says: Callable[[ResultRecord], bool], context: ImportContext
) -> ResultRecord | None:
    """Return the first version of a record that ``says`` something, None when no version does."""
    versions = context.vault.history(record.id) if record.version > 1 else iter((record,))
    return next(filter(says, versions), None)


def _accepts_unscreened(record: ResultRecord) -> bool:
    return any(problem.code == ACCEPTED_UNSCREENED for problem in record.problems)


def _sign_off(record: ResultRecord) -> SignOff:
    return SignOff(record.provenance.actor.identity, record.provenance.at)


def _cleared(line: LedgerLine, accepted: Accepted, by: SignOff) -> LedgerLine:
    """Return the line with the person who cleared its mark, and the reason; an earlier version may have them."""
    before = accepted.before
    if before is not None and before.cleared_by is not None:
        return replace(line, cleared_by=before.cleared_by, cleared_because=before.cleared_because)
    return replace(line, cleared_by=by, cleared_because=accepted.scan.override.false_alarm)


def _with_decisions(pages: Sequence[PageEntry], before: Sequence[PageEntry]) -> tuple[PageEntry, ...]:
    """Return pages that were read again with what people decided about them: the bytes are the same."""
    decided = {page.number: (page.measure, page.exclusion) for page in before}
    unknown = (None, None)
    return tuple(
        replace(page, measure=measure, exclusion=exclusion)
        for page, (measure, exclusion) in ((page, decided.get(page.number, unknown)) for page in pages)
    )


def _append(
    scan: GivenScan, line: LedgerLine, before: LedgerLine | None, record: ResultRecord | None, context: ImportContext
) -> ScanReport:
    """Append ``line`` after ``before``; append nothing when both are equal, so that a retry repeats nothing."""
    if before is None:
        refuse_closed(scan.batch, context.vault)
        return ScanReport(scan, context.vault.append_line(line), record, fresh=True)
    line = replace(line, pages=_with_decisions(line.pages, before.pages))
    same = replace(
        line,
        version=before.version,
        at=before.at,
        actor=before.actor,
        action=before.action,
        previous=before.previous,
    )
    if same == before:
        return ScanReport(scan, before, record, fresh=False)
    refuse_closed(scan.batch, context.vault)
    following = replace(line, version=before.version + 1, digest=before.digest)
    return ScanReport(scan, context.vault.append_line(following), record, fresh=True)
