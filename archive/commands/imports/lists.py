"""Lists of an import that a screen would not hold: cut, with how many more there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.commands.printing import say, shown
from archive.messages.catalogue import quantity, tr
from archive.services.imports.problems import ScanProblem, most_urgent

_SHOWN = 40


def print_problems(problems: Iterable[ScanProblem], batch: str | None = None) -> None:
    """Print the most urgent problems; ``batch``: the name under which the rest is read, None where nothing is kept."""
    waiting, count = most_urgent(problems, _SHOWN)
    if not count:
        return
    say(tr("import.needs_a_person", count=count))
    for line in waiting:
        say(f"  {shown(line)}")
    rest = count - _SHOWN
    if rest > 0 and batch is not None:
        say(tr("import.and_more_archive_batch_show", rest=rest, name=batch))
    elif rest > 0:
        say(tr("import.and_more", rest=rest))


def print_links(links: Sequence[str]) -> None:
    """Print the linked folders that were not followed."""
    if not links:
        return
    say(tr("import.not_followed_to_take_in", linked_folders=quantity("linked_folder", len(links))))
    for path in links[:_SHOWN]:
        say(f"  {shown(path)}")
    if len(links) > _SHOWN:
        say(tr("import.and_more", rest=len(links) - _SHOWN))
