"""archive reconcile: compare derived data and batches with the vault."""

from __future__ import annotations

from typing import Any

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json
from archive.commands.printing import say, shown
from archive.errors import Exit, IndexUnavailable, RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.services.preservation.reconcile import Differences, Examples, Reconciling

_SHOWN = 3  # ids named on the screen; --json has more
# The text for each kind of difference in index and page table.
_KINDS = (
    ("missing", "record", tr("reconcile.not_in_the_search_index")),
    ("stale", "record", tr("reconcile.older_in_the_search_index")),
    ("orphaned", "record", tr("reconcile.in_the_search_index_and")),
    ("uncounted_records", "version_of_records", tr("reconcile.not_in_the_page_table")),
    ("uncounted_lines", "version_of_ledger_lines", tr("reconcile.not_in_the_page_table")),
    ("uncounted_batches", "version_of_batches", tr("reconcile.not_in_the_page_table")),
    ("orphaned_lines", "ledger_line", tr("reconcile.in_the_page_table_and")),
)
# The remedy for a difference, by: does the vault have unreadable objects, and was --fix given?
_MENDS = {
    (False, False): tr("reconcile.archive_reconcile_fix_mends_this"),
    (False, True): tr("reconcile.what_is_left_archive_reconcile"),
    (True, False): tr("reconcile.archive_reconcile_fix_mends_what"),
    (True, True): tr("reconcile.what_is_left_waits_for"),
}


@click.command(help=tr("reconcile.help"))
@click.option("--fix", is_flag=True, help=tr("reconcile.mend_search_index_and_page"))
@click.option("--everything", is_flag=True, help=tr("reconcile.with_fix_rebuild_both_from"))
@json_option
@pass_context
def reconcile(context: CommandContext, fix: bool, everything: bool, as_json: bool) -> int:
    """Compare the vault with search index and page table, and batches with the vault."""
    if everything and not fix:
        raise RequestRefused(tr("reconcile.everything_says_how_to_mend"))
    reconciling = context.archive().reconciling()
    before = _before(reconciling, everything)
    after = reconciling.fix(everything) if before is None or (before.derived and fix) else before
    context.log.write("result", counts={**_counts(before, "before"), **_counts(after, "after")})
    mended = max(0, before.derived - after.derived) if before is not None else None
    if as_json:
        print_json(
            {
                "ok": not (after.derived or after.needs_person or after.unreadable.count),
                "mended": mended,
                **_values(after),
            }
        )
    else:
        if mended is None:
            say(tr("reconcile.search_index_and_page_table"))
        elif fix:
            say(tr("reconcile.mended", differences=quantity("difference", mended)))
        _print(after, fix)
    if after.derived or after.unreadable.count:
        return Exit.VERIFY_FAILED
    return Exit.NEEDS_PERSON if after.needs_person else Exit.OK


def _before(reconciling: Reconciling, everything: bool) -> Differences | None:
    """Return the differences; None when index or table cannot be used and are rebuilt anyway."""
    try:
        return reconciling.compare()
    except IndexUnavailable:
        if not everything:
            raise
        return None


def _counts(found: Differences | None, when: str) -> dict[str, int]:
    if found is None:
        return {}
    names = [*(name for name, _, _ in _KINDS), "unreadable", "ownerless"]
    counts = {name: getattr(found, name).count for name in names}
    counts |= {"records": found.records, "lines": found.lines, "batches": found.batches}
    counts["unfinished"] = len(found.unfinished)
    return {f"{when}_{name}": count for name, count in counts.items()}


def _print(found: Differences, fixed: bool) -> None:
    say(
        tr(
            "reconcile.the_vault_holds_and_in",
            records=quantity("record", found.records),
            ledger_lines=quantity("ledger_line", found.lines),
            batches=quantity("batch", found.batches),
        )
    )
    for name, one, where in _KINDS:
        some: Examples = getattr(found, name)
        if some.count:
            say(f"  {quantity(one, some.count)} {where}: {_named(some)}")
    if found.unreadable.count:
        say(
            tr(
                "reconcile.of_the_vault_missing_or",
                objects=quantity("object", found.unreadable.count),
                named=_named(found.unreadable),
            )
        )
    if found.orphans and not fixed:
        say(tr("reconcile.index_and_page_table_are"))
    elif found.derived:
        say(_MENDS[bool(found.unreadable.count), fixed])
    _print_for_a_person(found)
    if found.agrees:
        say(tr("reconcile.all_agree"))


def _print_for_a_person(found: Differences) -> None:
    for one in found.unfinished:
        say(tr("reconcile.batch_given_and_without_an", name=shown(one.name), scans=quantity("scan", one.scans)))
        if one.records:
            say(tr("reconcile.kept_without_a_ledger_line", records=quantity("record", len(one.records))))
        say(tr("reconcile.an_import_was_broken_off"))
    if found.ownerless.count:
        say(tr("reconcile.ledger_lines_of_batches_that", named=_named(found.ownerless)))


def _named(some: Examples) -> str:
    names = ", ".join(name if "/" in name else name[:12] for name in some.first[:_SHOWN])
    return names if some.count <= _SHOWN else f"{names} …"


def _values(found: Differences) -> dict[str, Any]:
    """Return the JSON values; long lists of ids are cut after the first thousand."""
    return {
        "records": found.records,
        "lines": found.lines,
        "batches": found.batches,
        **{name: _some(getattr(found, name)) for name, _, _ in _KINDS},
        "unreadable": _some(found.unreadable),
        "unfinished": [
            {"batch": one.name, "scans": one.scans, "records": list(one.records)} for one in found.unfinished
        ],
        "ownerless": _some(found.ownerless),
    }


def _some(some: Examples) -> dict[str, Any]:
    return {"count": some.count, "first": some.first}
