"""Problems: the problems of a scan for a person, collected and as text."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.messages.catalogue import tr
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.results import Problem, ResultRecord
from archive.rules.problem_texts import sentence
from archive.rules.words import word


@dataclass(frozen=True, slots=True)
class ScanProblem:
    """One problem of one scan; ``path`` as given, or the opaque number of a quarantined scan."""

    path: str
    problem: Problem


def problems_of_line(line: LedgerLine, record: ResultRecord | None) -> tuple[Problem, ...]:
    """Return all problems of the scan of a ledger line; ``record``: its record, if any."""
    if line.outcome is ScanOutcome.QUARANTINED:
        return (Problem("secret_mark", {"line": line.id[:12]}),)
    if line.outcome is ScanOutcome.REJECTED:
        return (Problem(line.reason or "rejected", {"text": line.message or ""}),)
    return problems_of_record(record) if record is not None and line.outcome is ScanOutcome.STORED else ()


def problems_of_record(record: ResultRecord) -> tuple[Problem, ...]:
    """Return a record's problems that may be shown: without problems of fields if it is withheld."""
    return tuple(problem for problem in record.problems if record.state.open or problem.field is None)


def _urgency(found: ScanProblem) -> tuple[int, str]:
    """Return the sort key of a problem: scans not imported, pages not read, contradictions, then fields."""
    problem = found.problem
    if problem.page is None and problem.field is None:
        return 0, found.path
    if problem.code.startswith("page_"):
        return 1, found.path
    return (2 if problem.code in _STRUCTURAL else 3), found.path


_STRUCTURAL = frozenset({"two_results", "size_conflict", "contradiction", "no_header"})


def as_lines(problems: Iterable[ScanProblem]) -> list[str]:
    """Return problems as lines, the most urgent first; those of one kind about fields of one page share a line."""
    lines: dict[tuple[str, int | None, str, str], dict[str, list[str]]] = {}
    for found in sorted(problems, key=_urgency):
        problem = found.problem
        message = sentence(problem)
        alone = "" if problem.field else message
        message = message.removeprefix(f"{problem.field}: ") if problem.field else message  # as format 1 began it
        line = lines.setdefault((found.path, problem.page, problem.code, alone), {})
        line.setdefault(message, []).extend([problem.field] if problem.field else [])
    return [
        ": ".join(part for part in (path, tr("problems.page", page=page) if page else "", _said(line)) if part)
        + f" [{code}]"
        for (path, page, code, _), line in lines.items()
    ]


def most_urgent(problems: Iterable[ScanProblem], most: int) -> tuple[list[str], int]:
    """Return the ``most`` most urgent of as_lines' lines, and how many there are; those of a scan stand side by side.

    Holds only these lines, whatever the number of problems.
    """
    count = 0

    def lines() -> Iterator[tuple[tuple[int, str], int, str]]:
        nonlocal count
        for _, alike in itertools.groupby(problems, key=lambda problem: problem.path):
            by_urgency = itertools.groupby(sorted(alike, key=_urgency), key=_urgency)
            for urgency, equal in by_urgency:
                for line in as_lines(equal):
                    count += 1
                    yield urgency, count, line

    first = heapq.nsmallest(most, lines())
    return [line for _, _, line in first], count


def _said(messages: dict[str, list[str]]) -> str:
    """Return ``number, holder_id: not read; issue_date: day not read``."""
    return "; ".join(
        ": ".join(part for part in (", ".join(map(word, fields)), message) if part)
        for message, fields in messages.items()
    )
