"""Doubts: what a person must settle about a scan, gathered and put into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.results import Problem, ResultRecord
from archive.rules.problem_texts import sentence


@dataclass(frozen=True, slots=True)
class Doubt:
    """One problem of one scan; ``path`` as given, or the opaque number of a quarantined scan."""

    path: str
    problem: Problem


def doubts_of(line: LedgerLine, record: ResultRecord | None) -> tuple[Problem, ...]:
    """Return all that a person must settle about the scan of a ledger line; ``record`` is what it became."""
    if line.outcome is ScanOutcome.QUARANTINED:
        return (Problem("secret_mark", {"line": line.id[:12]}),)
    if line.outcome is ScanOutcome.REJECTED:
        return (Problem(line.reason or "rejected", {"text": line.message or ""}),)
    return record.problems if record is not None and line.outcome is ScanOutcome.STORED else ()


def _urgency(doubt: Doubt) -> tuple[int, str]:
    """Order doubts: scans that were not taken in, pages that were not read, contradictions, then fields."""
    problem = doubt.problem
    if problem.page is None and problem.field is None:
        return 0, doubt.path
    if problem.code.startswith("page_"):
        return 1, doubt.path
    return (2 if problem.code in _STRUCTURAL else 3), doubt.path


_STRUCTURAL = frozenset({"two_results", "size_conflict", "contradiction", "no_header"})


def in_words(doubts: Iterable[Doubt]) -> list[str]:
    """Return doubts as lines, the gravest first; those of one page that differ in their field share a line."""
    fields: dict[tuple[str, str, int | None, str], list[str]] = {}
    for doubt in sorted(doubts, key=_urgency):
        problem = doubt.problem
        message = sentence(problem)
        message = message.removeprefix(f"{problem.field}: ") if problem.field else message  # as format 1 began it
        named = fields.setdefault((doubt.path, problem.code, problem.page, message), [])
        named += [problem.field] if problem.field else []
    return [
        ": ".join(part for part in (path, f"page {page}" if page else "", ", ".join(named), message) if part)
        + f" [{code}]"
        for (path, code, page, message), named in fields.items()
    ]
