"""Append the record: a scan's pages become a reading and a record, or its next version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.extract import combine_pages
from archive.model.results import Part, Problem, Provenance, RecordState, ResultRecord
from archive.pipeline.accept import Accepted
from archive.pipeline.context import ImportContext
from archive.pipeline.read_pages import ProcessedPage, observed
from archive.pipeline.screen import is_screened
from archive.pipeline.unscreened import ACCEPTED_UNSCREENED, acceptance, ranges, unscreened
from archive.store.format.readings import decode_reading, encode_reading
from archive.store.vault import KeptReading

IMPORTED, READ_AGAIN, CLEARED, SECRET_FOUND = "imported", "read_again", "cleared", "secret_mark_found"
WITHHELD, LIFTED = "withheld", "lifted"  # by a person or a rescreen; by two people
MARK_KEPT = "secret_kept"


def secret_kept(pages: Sequence[int]) -> Problem:
    """Return the problem for a secret mark that was found on ``pages`` of a kept record."""
    return Problem("secret_kept", {"pages": ", ".join(map(str, pages))}, page=pages[0])


def secret_pages(problem: Problem) -> frozenset[int]:
    """Return the pages that such a problem names; older versions name the first one alone, or none."""
    named = [part.strip() for part in problem.params.get("pages", "").split(",")]
    numbers = {int(part) for part in named if part.isdecimal()}
    return frozenset(numbers | ({problem.page} if problem.page is not None else set()))


def keep_reading(accepted: Accepted, pages: Sequence[ProcessedPage], context: ImportContext) -> KeptReading:
    """Keep the scan's reading; the first one made wins, unless pages of it failed or were not screened."""
    last = context.vault.last_reading(accepted.sha256, context.fingerprint_id)
    data = encode_reading(accepted.sha256, context.fingerprint, (page.read for page in pages))
    if last is not None and last.data == data:
        context.vault.make_reading_durable(accepted.sha256, context.fingerprint_id, last.attempt)
        return last  # left by a killed run
    attempt = 0 if last is None else last.attempt + 1
    return context.vault.keep_reading(accepted.sha256, context.fingerprint_id, attempt, data)


def earlier_reading(accepted: Accepted, context: ImportContext) -> KeptReading | None:
    """Return the complete reading of an interrupted run, if every page is clear by the current screen."""
    if not context.vault.has(accepted.sha256):
        return None
    last = context.vault.last_reading(accepted.sha256, context.fingerprint_id)
    if last is None:
        return None
    stamps = context.tools.stamps
    if any(page.entry.outcome.failed or not is_screened(page.entry, stamps) for page in decode_reading(last.data)):
        return None
    context.vault.make_reading_durable(accepted.sha256, context.fingerprint_id, last.attempt)
    return last


def pages_of(reading: KeptReading) -> list[ProcessedPage]:
    """Return a kept reading's pages as if they were just read."""
    return [ProcessedPage(page, observed(page.entry, page.text)) for page in decode_reading(reading.data)]


def marked(known: ResultRecord, seen: Sequence[int], context: ImportContext) -> ResultRecord:
    """Withhold a kept record on whose pages ``seen`` a secret mark was seen that nobody declared a false alarm."""
    problem = secret_kept(seen)
    provenance = replace(
        known.provenance,
        actor=context.actor,
        at=context.now(),
        action=SECRET_FOUND,
        software=context.software,
        reason=f"a mark of state secrecy was seen on page {ranges(seen)} when it was read again",
    )
    withheld = replace(known, state=RecordState.WITHHELD, problems=_once((problem, *known.problems)))
    return context.vault.append_record(replace(withheld, version=known.version + 1, provenance=provenance))


def append(
    accepted: Accepted,
    pages: Sequence[ProcessedPage],
    reading: KeptReading,
    before: ResultRecord | None,
    context: ImportContext,
) -> ResultRecord:
    """Append the record that these pages make, after the version that was known when the scan was accepted.

    Raises VersionConflict when another run appended one since.
    """
    return context.vault.append_record(_record(accepted, pages, reading, context, before))


def _record(
    accepted: Accepted,
    pages: Sequence[ProcessedPage],
    reading: KeptReading,
    context: ImportContext,
    before: ResultRecord | None,
) -> ResultRecord:
    extraction = combine_pages([page.observations for page in pages if page.observations is not None])
    page_problems = tuple(problem for page in pages for problem in page.read.problems)
    record = ResultRecord(
        id=accepted.record_id,
        version=1,
        state=RecordState.KEPT,
        batch=accepted.scan.batch.id,
        batch_name=accepted.scan.batch.name,
        parts=(_part(accepted, pages, reading, context),),
        fields=extraction.fields,
        problems=_once((*_accepted(accepted, pages, before), *extraction.problems, *page_problems)),
        provenance=Provenance(
            context.actor,
            context.now(),
            CLEARED if accepted.clears else IMPORTED,
            accepted.line_id,
            context.software,
            accepted.scan.override.false_alarm if accepted.clears else None,
        ),
    )
    if before is None:
        return record
    # Values that a person confirmed or corrected survive a new reading.
    settled = {name: field for name, field in before.fields.items() if field.state.settled}
    return replace(
        record,
        version=before.version + 1,
        digest=before.digest,
        fields={**record.fields, **settled},
        provenance=replace(record.provenance, action=READ_AGAIN),
    )


def _accepted(accepted: Accepted, pages: Sequence[ProcessedPage], before: ResultRecord | None) -> tuple[Problem, ...]:
    """Return the problems for pages that were not screened, if a person accepted the scan with them, now or earlier."""
    lacking = unscreened(pages)
    earlier = before is not None and any(problem.code == ACCEPTED_UNSCREENED for problem in before.problems)
    if not lacking or not (accepted.scan.override.unscreened or earlier):
        return ()  # format 1 kept such scans too; their pages have problems of their own
    return (acceptance(lacking),)


def _part(accepted: Accepted, pages: Sequence[ProcessedPage], reading: KeptReading, context: ImportContext) -> Part:
    return Part(
        sha256=accepted.sha256,
        name=accepted.scan.path.rsplit("/", 1)[-1],
        bytes=accepted.bytes,
        pages=tuple(page.read.entry.number for page in pages),
        fingerprint=context.fingerprint_id,
        attempt=reading.attempt,
        reading=reading.sha256,
    )


def _once(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problems))
