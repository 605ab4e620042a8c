"""archive count: count pages for payment, and list the pages behind each number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

import click

from archive.commands.common import (
    CommandContext,
    StreamedList,
    json_option,
    pass_context,
    plural,
    print_json,
    print_table,
    shown,
)
from archive.errors import Exit, RequestRefused
from archive.model.ledger import CountBy, CountQuery
from archive.rules.counting.judge import PAYABLE, Count, CountRow
from archive.services.audit.counting import CountedPage, SheetCount, group_name
from archive.services.audit.recount import Recount
from archive.services.gaps import Gaps
from archive.services.imports.batch_seal import SealDifference
from archive.store.keys import ChainKey, batch_id, parse_chain_key

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@click.command()
@click.option("--by", type=click.Choice([by.value for by in CountBy]), help="Break the count down.")
@click.option("--from", "from_day", metavar="DAY", help="Scans taken in on this day (+07:00) or later: YYYY-MM-DD.")
@click.option("--to", "to_day", metavar="DAY", help="Scans taken in on this day or earlier.")
@click.option("--as-of", metavar="DAY", help="The number as it stood at the end of this day.")
@click.option("--batch", help="Only this batch.")
@click.option("--pages", is_flag=True, help="List the pages behind the number (with --json: one object a line).")
@click.option("--to-measure", is_flag=True, help="List only pages whose size is not proven: to be measured by hand.")
@click.option("--sheets", is_flag=True, help="Also the sheets of paper, where batches say how many sides they have.")
@click.option("--recount", is_flag=True, help="Open the stored originals and measure their pages again.")
@json_option
@pass_context
def count(
    context: CommandContext,
    /,
    by: str | None,
    pages: bool,
    to_measure: bool,
    sheets: bool,
    recount: bool,
    as_json: bool,
    **days: Any,
) -> int:
    """Count pages and A4 equivalents under a named rule set.

    Only the payable columns are paid. Born-digital, blank, separator, duplicate and below-norm pages stand beside
    them. A page whose size is not proven counts as one A4 and is listed with --to-measure.
    """
    if recount + sheets + (pages or to_measure) > 1:
        raise RequestRefused("--recount, --sheets and lists of pages are several questions; ask one at a time")
    query = _query(by, **days)
    archive = context.archive()
    if query.batch is not None:
        query = replace(query, batch=archive.batches().named(query.batch).name)
    counting = archive.counting()
    if pages or to_measure:
        _print_pages(_wanted(counting.pages(query), to_measure), as_json)
        return _say_lacking(_lacking(archive.left_out(), query))
    gaps = Gaps()
    differing = list(archive.batches().differing(query.batch, gaps, deep=recount))
    lacking = _lacking([*archive.left_out(), *(parse_chain_key(gap.key) for gap in gaps)], query)
    if recount:
        with closing(archive.workers()) as workers:
            again = archive.recounting(workers).run(query)
        agrees = _print_recount(again, differing, as_json)
        return max(agrees, _say(differing, as_json), _say_lacking(lacking))
    counted = counting.count(query)
    paper = counting.sheets(query) if sheets else None  # it goes through all pages, one by one
    if as_json:
        said = {"sheets": asdict(paper) if paper else None, "as_of": query.as_of, "cannot_be_read": lacking}
        print_json({**_values(counted), **said, "not_as_sealed": [asdict(one) for one in differing]})
    else:
        _print(counted, query)
        _print_sheets(paper, sheets)
    return max(_say(differing, as_json), _say_lacking(lacking), _say_strangers(counting.strangers()))


def _say(differing: list[SealDifference], as_json: bool) -> Exit:
    """Say what of closed batches is not as it was sealed: their numbers prove nothing."""
    for one in [] if as_json else differing:
        click.echo(f"Batch {shown(one.batch)} is not as it was closed: {one.message}")
    return Exit.VERIFY_FAILED if differing else Exit.OK


def _lacking(left_out: list[ChainKey], query: CountQuery) -> list[str]:
    """Return the ledger lines, or batches for all their lines, that a count lacks because they cannot be read."""
    batch = batch_id(query.batch) if query.batch is not None else None
    owners = {key.key: key.owner if key.space == "ledger" else key.id for key in left_out if key.space != "records"}
    return sorted(key for key, owner in owners.items() if batch in (None, owner))


def _say_lacking(lacking: list[str]) -> Exit:
    lines = sum(key.startswith("ledger/") for key in lacking)
    what = [plural(lines, "ledger line")] if lines else []
    if len(lacking) > lines:
        what.append(plural(len(lacking) - lines, "batch", "batches"))
    if not what:
        return Exit.OK
    click.echo(f"{' and '.join(what)} cannot be read; this number is too small: run `archive verify`", err=True)
    return Exit.VERIFY_FAILED


def _say_strangers(names: list[str]) -> Exit:
    if not names:
        return Exit.OK
    what = f"{plural(len(names), 'batch', 'batches')} counted here and not in the vault"
    click.echo(f"{what} ({', '.join(map(shown, names[:3]))}): run `archive reconcile`", err=True)
    return Exit.VERIFY_FAILED


def _query(
    by: str | None, from_day: str | None, to_day: str | None, as_of: str | None, batch: str | None
) -> CountQuery:
    for day in (from_day, to_day, as_of):
        if day is not None and not _DAY.fullmatch(day):
            raise RequestRefused(f"{day!r} is no day; write it as YYYY-MM-DD, such as 2026-03-05")
    if from_day and to_day and from_day > to_day:
        raise RequestRefused(f"no day lies between {from_day} and {to_day}; exchange --from and --to")
    return CountQuery(CountBy(by) if by else None, from_day, to_day, as_of, batch)


def _print(counted: Count, query: CountQuery) -> None:
    span = " ".join(
        part
        for part in (
            f"from {query.from_day}" if query.from_day else "",
            f"to {query.to_day}" if query.to_day else "",
            f"as of {query.as_of}" if query.as_of else "",
        )
        if part
    )
    click.echo(f"Pages (trang) under rule set {counted.rules}{', ' + span if span else ''}")
    _print_count(counted)
    if counted.total.to_measure:
        click.echo(f"{plural(counted.total.to_measure, 'page')} to measure by hand: archive count --to-measure")


def _print_sheets(paper: SheetCount | None, asked: bool) -> None:
    if paper is not None:
        unknown = plural(paper.pages_without_sides, "page")
        rest = f"; sides not known for {unknown}" if paper.pages_without_sides else ""
        click.echo(f"Sheets (tờ) behind the scanned pages: {paper.sheets:,}{rest}")
    elif asked:
        click.echo("No batch says how many sides were scanned: archive import --about sides=1, or 2")


def _print_count(counted: Count) -> None:
    outside = [name for name in counted.total.columns if name != PAYABLE]
    header = (
        counted.by.value if counted.by else "",
        "payable\npages",
        "payable\nA4",
        "to\nmeasure",
        *(name.replace("_", "\n") for name in outside),
        "all\npages",
    )
    rows = list(counted.rows) if counted.by is not None else []
    print_table(
        header,
        [
            *(_cells(group_name(row.group, counted.by), row, outside) for row in rows),
            _cells("total", counted.total, outside),
        ],
        numbers=len(header) - 1,
    )


def _cells(name: str, row: CountRow, outside: list[str]) -> tuple[str, ...]:
    figures = (row.payable.pages, row.payable.a4, row.to_measure, *(row.columns[c].pages for c in outside), row.pages)
    return (name, *(f"{figure:,}" for figure in figures))


def _wanted(pages: Iterator[CountedPage], to_measure: bool) -> Iterator[CountedPage]:
    return (page for page in pages if page.judgement.to_measure or not to_measure)


def _print_pages(pages: Iterator[CountedPage], as_json: bool) -> None:
    """Print page by page as they come: there may be millions."""
    for page in pages:
        values = _page_values(page)
        if as_json:
            click.echo(json.dumps(values, ensure_ascii=False))
        else:
            size = f"{values['width_mm']:.0f}×{values['height_mm']:.0f} mm" if values["width_mm"] else "size not proven"
            dpi = f"{values['dpi']:.0f} dpi" if values["dpi"] else "dpi not known"
            where = shown(values["path"] or f"no. {page.row.line[:12]}")
            click.echo(
                f"{values['batch']} · {where} · page {values['page']} · {values['outcome']} · {size} · {dpi} · "
                f"{values['column']} {values['a4']} A4 ({values['why']})"
            )


def _page_values(page: CountedPage) -> dict[str, Any]:
    row, judgement = page.row, page.judgement
    facts = asdict(row.facts)
    return {
        "batch": row.batch_name,
        "path": page.path,
        "line": row.line,
        "record": row.record,
        "sha256": row.sha256,
        "page": row.page,
        **facts,
        "scan_outcome": row.facts.scan_outcome.value,
        "column": judgement.column,
        "size": judgement.size,
        "a4": judgement.a4,
        "to_measure": judgement.to_measure,
        "why": judgement.why,
    }


def _print_recount(recount: Recount, differing: list[SealDifference], as_json: bool) -> int:
    same = recount.ledger == recount.again and not recount.differences
    if as_json:
        print_json(
            {
                "agrees": same,
                "scans": recount.scans,
                "originals": recount.originals,
                "ledger": _values(recount.ledger),
                "again": _values(recount.again),
                "differences": StreamedList(len(recount.differences), lambda: map(asdict, recount.differences)),
                "not_as_sealed": [asdict(one) for one in differing],
            }
        )
        return Exit.OK if same else Exit.VERIFY_FAILED
    click.echo(f"From the ledger, under rule set {recount.ledger.rules}:")
    _print_count(recount.ledger)
    click.echo(f"\nFrom {plural(recount.originals, 'original')} measured again:")
    _print_count(recount.again)
    for one in recount.differences:
        click.echo(f"  {one.batch} · {shown(one.path or one.line[:12])}: {one.message}")
    click.echo("\nThe recount agrees." if same else f"\n{plural(len(recount.differences), 'difference')}: see above.")
    return Exit.OK if same else Exit.VERIFY_FAILED


def _values(counted: Count) -> dict[str, Any]:
    return {
        "rules": counted.rules,
        "by": counted.by.value if counted.by else None,
        "rows": [_row_values(row) for row in counted.rows],
        "total": _row_values(counted.total),
    }


def _row_values(row: CountRow) -> dict[str, Any]:
    return {
        "group": row.group,
        "pages": row.pages,
        "to_measure": row.to_measure,
        "columns": {name: asdict(cell) for name, cell in row.columns.items()},
    }
