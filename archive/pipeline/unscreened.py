"""Unscreened pages: a scan with such pages is kept only when a person accepts it."""

from __future__ import annotations

from collections.abc import Sequence

from archive.errors import NotScreened
from archive.messages.catalogue import tr
from archive.messages.sentence import Sentence, joined
from archive.model.pages import ScreenAnswer
from archive.model.results import Problem
from archive.pipeline.read_pages import ProcessedPage
from archive.rules.problem_texts import unscreened_in_words

ACCEPTED_UNSCREENED = "accepted_unscreened"
_MOST_RANGES = 12  # of one cause, so that a message stays readable


def unscreened(pages: Sequence[ProcessedPage]) -> tuple[ProcessedPage, ...]:
    """Return the pages that were not screened, or not wholly."""
    return tuple(page for page in pages if page.screening.answer is ScreenAnswer.NOT_SCREENED)


def refusal(pages: Sequence[ProcessedPage]) -> NotScreened:
    """Return the error that names the unscreened ``pages`` of a scan, with the causes."""
    return NotScreened(tr("rejected.not_screened", pages=in_words(pages)))


def acceptance(pages: Sequence[ProcessedPage]) -> Problem:
    """Return the problem of a record whose unscreened pages a person accepted."""
    causes = dict.fromkeys(cause for page in pages for cause in page.screening.causes)
    numbers = ranges([page.read.entry.number for page in pages])
    return Problem("accepted_unscreened", {"pages": numbers, "causes": ", ".join(causes)})


def in_words(pages: Sequence[ProcessedPage]) -> Sentence:
    """Return pages and causes as a short text, grouped by causes."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for page in pages:
        alike.setdefault(page.screening.causes, []).append(page.read.entry.number)
    return joined(", ", (_pages_and_causes(numbers, causes) for causes, numbers in alike.items()))


def _pages_and_causes(numbers: Sequence[int], causes: tuple[str, ...]) -> Sentence:
    if len(numbers) == 1:
        return tr("rejected.page_and_causes", page=numbers[0], causes=unscreened_in_words(causes))
    return tr("rejected.pages_and_causes", pages=ranges(numbers), causes=unscreened_in_words(causes))


def ranges(numbers: Sequence[int]) -> str:
    """Return ascending page numbers as text, ``1, 3-5``: a limited number of ranges, and how many more there are."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs[:_MOST_RANGES]]
    more = sum(len(run) for run in runs[_MOST_RANGES:])
    return ", ".join(shown) + (f" and {more} more" if more else "")
