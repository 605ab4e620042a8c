"""archive reconcile: compare derived data and batches with the vault."""

from __future__ import annotations

from typing import Any

import click

from archive.commands.common import CommandContext, json_option, pass_context, plural, print_json, shown
from archive.errors import Exit, IndexUnavailable, RequestRefused
from archive.services.preservation.reconcile import Differences, Examples, Reconciling

_SHOWN = 3  # ids named on the screen; --json has more
# What the screen says of each kind of difference in index and page table.
_KINDS = (
    ("missing", "record", "not in the search index"),
    ("stale", "record", "older in the search index than in the vault"),
    ("orphaned", "record", "in the search index and not in the vault"),
    ("uncounted_records", "version of records", "not in the page table"),
    ("uncounted_lines", "version of ledger lines", "not in the page table"),
    ("orphaned_lines", "ledger line", "in the page table and not in the vault"),
)
# What mends a difference, by whether the vault itself has gaps and whether --fix was given.
_MENDS = {
    (False, False): "`archive reconcile --fix` mends this.",
    (False, True): "What is left: `archive reconcile --fix --everything` rebuilds search index and page table.",
    (True, False): "`archive reconcile --fix` mends what does not come from those; mend the vault before, from a copy: "
    "`archive verify --repair-from URL`.",
    (True, True): "What is left waits for those: mend the vault from a copy (`archive verify --repair-from URL`), then "
    "run this again.",
}


@click.command()
@click.option("--fix", is_flag=True, help="Mend search index and page table; what they have too many goes.")
@click.option("--everything", is_flag=True, help="With --fix: rebuild both from the vault, as archive reindex does.")
@json_option
@pass_context
def reconcile(context: CommandContext, fix: bool, everything: bool, as_json: bool) -> int:
    """Compare the vault with search index and page table, and batches with the vault.

    Nothing of the vault is changed. Exit code: 7 when index or page table differ, or something of the vault cannot be
    read, else 3 when a scan that was given to an import has no outcome yet.
    """
    if everything and not fix:
        raise RequestRefused("--everything says how to mend; give it together with --fix")
    reconciling = context.archive().reconciling()
    before = _before(reconciling, everything)
    after = reconciling.fix(everything) if before is None or (before.derived and fix) else before
    mended = max(0, before.derived - after.derived) if before is not None else None
    if as_json:
        print_json(
            {
                "ok": not (after.derived or after.for_a_person or after.unreadable.count),
                "mended": mended,
                **_values(after),
            }
        )
    else:
        if mended is None:
            click.echo("Search index and page table could not be used, and were rebuilt.")
        elif fix:
            click.echo(f"{plural(mended, 'difference')} mended.")
        _print(after, fix)
    if after.derived or after.unreadable.count:
        return Exit.VERIFY_FAILED
    return Exit.NEEDS_PERSON if after.for_a_person else Exit.OK


def _before(reconciling: Reconciling, everything: bool) -> Differences | None:
    """Return what differs; None when index or table cannot be used and are rebuilt anyway."""
    try:
        return reconciling.look()
    except IndexUnavailable:
        if not everything:
            raise
        return None


def _print(found: Differences, fixed: bool) -> None:
    click.echo(
        f"The vault holds {plural(found.records, 'record')} and {plural(found.lines, 'ledger line')} "
        f"in {plural(found.batches, 'batch', 'batches')}."
    )
    for name, one, where in _KINDS:
        some: Examples = getattr(found, name)
        if some.count:
            many = one.replace("version", "versions") if one.startswith("version") else None
            click.echo(f"  {plural(some.count, one, many)} {where}: {_named(some)}")
    if found.unreadable.count:
        click.echo(
            f"  {plural(found.unreadable.count, 'object')} of the vault missing or damaged; `archive verify` tells: "
            f"{_named(found.unreadable)}"
        )
    if found.orphans and not fixed:
        click.echo(
            "Index and page table are newer than the vault, or another vault's. Were newer records lost, restore them "
            "first; `archive reconcile --fix` then rebuilds both from the vault, as with --everything."
        )
    elif found.derived:
        click.echo(_MENDS[bool(found.unreadable.count), fixed])
    _print_for_a_person(found)
    if found.agrees:
        click.echo("Search index and page table agree with it; every scan given has its outcome.")


def _print_for_a_person(found: Differences) -> None:
    for one in found.unfinished:
        click.echo(f"Batch {shown(one.name)}: {plural(one.scans, 'scan')} given and without an outcome.")
        if one.records:
            click.echo(f"  {plural(len(one.records), 'record')} kept without a ledger line, so not counted.")
        click.echo("  An import was broken off: give its folder to `archive import` again.")
    if found.ownerless.count:
        click.echo(
            f"Ledger lines of batches that are not in the vault ({_named(found.ownerless)}): run `archive verify`."
        )


def _named(some: Examples) -> str:
    names = ", ".join(name if "/" in name else name[:12] for name in some.first[:_SHOWN])
    return names if some.count <= _SHOWN else f"{names} …"


def _values(found: Differences) -> dict[str, Any]:
    """Return the JSON values; of long lists of ids the first thousand."""
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
