"""archive count: count pages for payment, and list the pages behind each number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from typing import Any

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.common import (
    CommandContext,
    StreamedList,
    as_data,
    json_option,
    pass_context,
    print_json,
    print_table,
)
from archive.commands.printing import print_data, say, shown
from archive.errors import Exit, RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.model.ledger import CountBy, CountQuery
from archive.rules.counting.judge import PAYABLE, Count, CountRow
from archive.rules.words import word
from archive.services.audit.counting import CountedPage, SheetCount, group_name
from archive.services.audit.recount import Recount
from archive.services.imports.batch_seal import SealDifference
from archive.services.unreadable_objects import UnreadableObjects
from archive.store.keys import ChainKey, batch_id, parse_chain_key

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@click.command(help=tr("count.help"))
@click.option("--by", type=click.Choice([by.value for by in CountBy]), help=tr("count.break_the_count_down"))
@click.option("--from", "from_day", metavar="DAY", help=tr("count.scans_from_this_day"))
@click.option("--to", "to_day", metavar="DAY", help=tr("count.scans_to_this_day"))
@click.option("--as-of", metavar="DAY", help=tr("count.the_number_as_it_stood"))
@click.option("--batch", type=BATCH_NAME, help=tr("count.only_this_batch"))
@click.option("--pages", is_flag=True, help=tr("count.list_the_pages_behind_the"))
@click.option("--to-measure", is_flag=True, help=tr("count.list_only_pages_whose_size"))
@click.option("--sheets", is_flag=True, help=tr("count.also_the_sheets_of_paper"))
@click.option("--recount", is_flag=True, help=tr("count.open_the_stored_originals_and"))
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
    """Count pages and A4 equivalents under a named rule set."""
    if recount + sheets + (pages or to_measure) > 1:
        raise RequestRefused(tr("count.recount_sheets_and_lists_of"))
    query = _query(by, **days)
    archive = context.archive(logged=recount)
    if query.batch is not None:
        query = replace(query, batch=archive.batches().named(query.batch).name)
    counting = archive.counting()
    if pages or to_measure:
        _print_pages(_wanted(counting.pages(query), to_measure), as_json)
        return _say_lacking(_lacking(archive.left_out(), query))
    unreadable = UnreadableObjects()
    differing = list(archive.batches().differing(query.batch, unreadable, deep=recount))
    lacking = _lacking([*archive.left_out(), *(parse_chain_key(one.key) for one in unreadable)], query)
    if recount:
        with closing(archive.workers()) as workers:
            again = archive.recounting(workers).run(query)
        for one in again.differences:
            context.log.write("difference", line=one.line)
        counts = {"scans": again.scans, "originals": again.originals, "batches_not_as_sealed": len(differing)}
        context.log.write("result", counts={**counts, "differences": len(again.differences), "gaps": len(unreadable)})
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
    return max(_say(differing, as_json), _say_lacking(lacking), _print_foreign_batches(counting.foreign_batches()))


def _say(differing: list[SealDifference], as_json: bool) -> Exit:
    """Say what of closed batches is not as it was sealed: their numbers prove nothing."""
    for one in [] if as_json else differing:
        say(tr("count.batch_is_not_as_it", batch=shown(one.batch), message=one.message))
    return Exit.VERIFY_FAILED if differing else Exit.OK


def _lacking(left_out: list[ChainKey], query: CountQuery) -> list[str]:
    """Return the ledger lines, or batches for all their lines, that a count lacks because they cannot be read."""
    batch = batch_id(query.batch) if query.batch is not None else None
    owners = {key.key: key.owner if key.space == "ledger" else key.id for key in left_out if key.space != "records"}
    return sorted(key for key, owner in owners.items() if batch in (None, owner))


def _say_lacking(lacking: list[str]) -> Exit:
    if not lacking:
        return Exit.OK
    lines = sum(key.startswith("ledger/") for key in lacking)
    batches = len(lacking) - lines
    if lines and batches:
        what = tr("count.lines_and_batches", lines=quantity("ledger_line", lines), batches=quantity("batch", batches))
    else:
        what = quantity("ledger_line", lines) if lines else quantity("batch", batches)
    say(tr("count.cannot_be_read_this_number", what=what), err=True)
    return Exit.VERIFY_FAILED


def _print_foreign_batches(names: list[str]) -> Exit:
    if not names:
        return Exit.OK
    what = tr("count.counted_here_and_not_in", batches=quantity("batch", len(names)))
    say(tr("count.run_archive_reconcile", what=what, names=", ".join(map(shown, names[:3]))), err=True)
    return Exit.VERIFY_FAILED


def _query(
    by: str | None, from_day: str | None, to_day: str | None, as_of: str | None, batch: str | None
) -> CountQuery:
    for day in (from_day, to_day, as_of):
        if day is not None and not _DAY.fullmatch(day):
            raise RequestRefused(tr("count.is_no_day_write_it", day=day))
    if from_day and to_day and from_day > to_day:
        raise RequestRefused(tr("count.no_day_lies_between_and", from_day=from_day, to_day=to_day))
    return CountQuery(CountBy(by) if by else None, from_day, to_day, as_of, batch)


def _print(counted: Count, query: CountQuery) -> None:
    span = " ".join(
        part
        for part in (
            tr("count.from", from_day=query.from_day) if query.from_day else "",
            tr("count.to", to_day=query.to_day) if query.to_day else "",
            tr("count.as_of", as_of=query.as_of) if query.as_of else "",
        )
        if part
    )
    say(tr("count.pages_trang_under_rule_set", rules=counted.rules, span=", " + span if span else ""))
    _print_count(counted)
    if counted.total.to_measure:
        say(tr("count.to_measure_by_hand_archive", pages=quantity("page", counted.total.to_measure)))


def _print_sheets(paper: SheetCount | None, asked: bool) -> None:
    if paper is not None:
        unknown = quantity("page", paper.pages_without_sides)
        rest = tr("count.sides_not_known_for", unknown=unknown) if paper.pages_without_sides else ""
        say(tr("count.sheets_behind_the_scanned_pages", sheets=paper.sheets, rest=rest))
    elif asked:
        say(tr("count.no_batch_says_how_many"))


def _print_count(counted: Count) -> None:
    outside = [name for name in counted.total.columns if name != PAYABLE]
    header = (
        counted.by.value if counted.by else "",
        "payable_pages",
        "payable_a4",
        "to_measure",
        *outside,
        "all_pages",
    )
    rows = list(counted.rows) if counted.by is not None else []
    print_table(
        header,
        [
            *(_cells(group_name(row.group, counted.by), row, outside) for row in rows),
            _cells(tr("column.total"), counted.total, outside),
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
            print_data(json.dumps(as_data(values), ensure_ascii=False))
        else:
            size = (
                tr("count.size_mm", width_mm=values["width_mm"], height_mm=values["height_mm"])
                if values["width_mm"]
                else tr("count.size_not_proven")
            )
            dpi = tr("count.dpi", dpi=values["dpi"]) if values["dpi"] else tr("count.dpi_not_known")
            where = shown(values["path"] or tr("count.scan_without_name", line=page.row.line[:12]))
            say(
                tr(
                    "count.page_a4",
                    batch=values["batch"],
                    where=where,
                    page=values["page"],
                    outcome=word(values["outcome"]),
                    size=size,
                    dpi=dpi,
                    column=word(values["column"]),
                    a4=values["a4"],
                    why=values["why"],
                )
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
    say(tr("count.from_the_ledger_under_rule", rules=recount.ledger.rules))
    _print_count(recount.ledger)
    say(tr("count.from_measured_again", originals=quantity("original", recount.originals)))
    _print_count(recount.again)
    for one in recount.differences:
        say(f"  {one.batch} · {shown(one.path or one.line[:12])}: {one.message}")
    say(
        tr("count.the_recount_agrees")
        if same
        else tr("count.see_above", differences=quantity("difference", len(recount.differences)))
    )
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
