"""Override pages: the pages of a kept scan that people let in; no later screen overrules that."""

from __future__ import annotations

from collections.abc import Iterator

from archive.model.ledger import LedgerLine
from archive.model.pages import ScreenAnswer
from archive.model.results import ResultRecord
from archive.pipeline.append_record import LIFTED, MARK_KEPT, SECRET_FOUND, WITHHELD, secret_pages
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.vault import Vault


def false_alarms(record: ResultRecord, line: LedgerLine | None, vault: Vault) -> frozenset[int]:
    """Return the pages of a record whose marks people declared to be no secret marks; ``line`` brought it in.

    These are the pages on which a mark was seen when a person cleared the scan, and those on which one was seen when
    the record was withheld, if two people lifted that. What cannot be read declares nothing. Raises StoreUnavailable.
    """
    return _cleared(line, vault) | _lifted(record, vault)


def accepted_unscreened(line: LedgerLine | None, vault: Vault) -> frozenset[int]:
    """Return the pages that were not screened when a person took the scan in all the same. Raises StoreUnavailable."""
    if line is None or line.unscreened_by is None:
        return frozenset()
    for version in _versions(line, vault):
        if version.unscreened_by is not None:
            return _with_answer(version, ScreenAnswer.NOT_SCREENED)
    return frozenset()


def _cleared(line: LedgerLine | None, vault: Vault) -> frozenset[int]:
    if line is None or line.cleared_by is None:
        return frozenset()
    for version in _versions(line, vault):
        if version.cleared_by is not None:
            return _with_answer(version, ScreenAnswer.SEEN)
    return frozenset()


def _versions(line: LedgerLine, vault: Vault) -> Iterator[LedgerLine]:
    """Yield the versions of a line, oldest first: the first one with a sign-off says what the person was shown."""
    try:
        yield from map(vault.bare_line_at, vault.versions_of_line(line.batch, line.id))
    except INTEGRITY_ERRORS:
        return


def _with_answer(line: LedgerLine, answer: ScreenAnswer) -> frozenset[int]:
    return frozenset(page.number for page in line.pages if page.screening and page.screening.answer is answer)


def _lifted(record: ResultRecord, vault: Vault) -> frozenset[int]:
    """Return the pages with a mark for which the record was withheld, and which two people let be seen again.

    A withholding names its pages in a problem that the version before lacks. One without pages had another reason.
    """
    lifted: set[int] = set()
    withheld: set[int] = set()
    before: ResultRecord | None = None
    try:
        for version in vault.history(record.id) if record.version > 1 else ():
            if version.provenance.action in (WITHHELD, SECRET_FOUND):
                known = before.problems if before is not None else ()
                fresh = [one for one in version.problems if one.code == MARK_KEPT and one not in known]
                withheld.update(number for one in fresh for number in secret_pages(one))
            elif version.provenance.action == LIFTED:
                lifted |= withheld
                withheld.clear()
            before = version
    except INTEGRITY_ERRORS:
        return frozenset()
    return frozenset(lifted)
