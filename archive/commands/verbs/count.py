"""archive count: count pages for payment, and list the pages behind each number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
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
)
from archive.commands.count_tables import (
    Sheets,
    count_sheet,
    count_values,
    decision_parts,
    page_values,
    pages_sheet,
    print_count,
    sheet_values,
    total_sheets,
)
from archive.commands.printing import print_data, say, shown
from archive.commands.spreadsheets import Sheet, write_csv, write_xlsx
from archive.errors import Exit, RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.rules.counting.judge import Count
from archive.rules.words import word
from archive.services.audit.breakdown import DIMENSIONS, CountRequest
from archive.services.audit.counting import CountedPage, Counting, group_name
from archive.services.audit.recount import Recount
from archive.services.imports.batch_seal import SealDifference
from archive.services.unreadable_objects import UnreadableObjects
from archive.store.keys import ChainKey, batch_id, parse_chain_key

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help=tr("count.help"))
@click.option("--by", multiple=True, metavar="NAME", help=tr("count.break_the_count_down", names=", ".join(DIMENSIONS)))
@click.option("--where", multiple=True, metavar="NAME=VALUE", help=tr("count.only_pages_that_have"))
@click.option("--from", "from_day", metavar="DAY", help=tr("count.scans_from_this_day"))
@click.option("--to", "to_day", metavar="DAY", help=tr("count.scans_to_this_day"))
@click.option("--as-of", metavar="DAY", help=tr("count.the_number_as_it_stood"))
@click.option("--batch", type=BATCH_NAME, help=tr("count.only_this_batch"))
@click.option("--pages", is_flag=True, help=tr("count.list_the_pages_behind_the"))
@click.option("--to-measure", is_flag=True, help=tr("count.list_only_pages_whose_size"))
@click.option("--sheets", is_flag=True, help=tr("count.also_the_sheets_of_paper"))
@click.option("--recount", is_flag=True, help=tr("count.open_the_stored_originals_and"))
@click.option("--csv", type=_FILE, metavar="FILE", help=tr("count.write_the_table_as_csv"))
@click.option("--xlsx", type=_FILE, metavar="FILE", help=tr("count.write_the_table_as_workbook"))
@json_option
@pass_context
def count(
    context: CommandContext,
    /,
    by: tuple[str, ...],
    where: tuple[str, ...],
    batch: str | None,
    pages: bool,
    to_measure: bool,
    sheets: bool,
    recount: bool,
    csv: Path | None,
    xlsx: Path | None,
    as_json: bool,
    **days: Any,
) -> int:
    """Count pages and A4 equivalents under a named rule set."""
    listed = pages or to_measure
    _refuse_mixed(recount, sheets, listed, csv, xlsx)
    wanted = _request(by, where, **days)
    archive = context.archive(logged=recount)
    if batch is not None:
        named = archive.batches().named(batch).name  # refuses a name that does not exist
        wanted = replace(wanted, where=(*wanted.where, ("batch", named)))
    counting = archive.counting()
    request = counting.checked(wanted)
    only = dict(request.where).get("batch")
    if listed:
        _list_pages(counting, request, to_measure, csv, xlsx, as_json)
        return _say_lacking(_lacking(archive.left_out(), only))
    unreadable = UnreadableObjects()
    differing = list(archive.batches().differing(only, unreadable, deep=recount))
    lacking = _lacking([*archive.left_out(), *(parse_chain_key(one.key) for one in unreadable)], only)
    if recount:
        with closing(archive.workers()) as workers:
            again = archive.recounting(workers).run(request)
        for one in again.differences:
            context.log.write("difference", line=one.line)
        counts = {"scans": again.scans, "originals": again.originals, "batches_not_as_sealed": len(differing)}
        context.log.write("result", counts={**counts, "differences": len(again.differences), "gaps": len(unreadable)})
        agrees = _print_recount(again, differing, as_json)
        return max(agrees, _say(differing, as_json), _say_lacking(lacking))
    counted = counting.count(request)
    paper = counting.sheets(request) if sheets else None
    if as_json:
        said = {"sheets": sheet_values(counted, paper), "as_of": request.as_of, "cannot_be_read": lacking}
        print_json({**count_values(counted), **said, "not_as_sealed": [asdict(one) for one in differing]})
    else:
        _print(counted, request, paper)
        _print_sheets(paper, sheets)
    _write(csv, xlsx, [count_sheet(counted, paper)], request, counted.rules)
    paid = counting.paid_although_disputed(request)
    if paid:
        say(tr("count.counted_although_disputed", pages=quantity("page", paid), rules=counted.rules), err=True)
    return max(_say(differing, as_json), _say_lacking(lacking), _print_foreign_batches(counting.foreign_batches()))


def _refuse_mixed(recount: bool, sheets: bool, listed: bool, csv: Path | None, xlsx: Path | None) -> None:
    if recount + sheets + listed > 1:
        raise RequestRefused(tr("count.recount_sheets_and_lists_of"))
    if csv is not None and csv == xlsx:
        raise RequestRefused(tr("count.one_file_for_both"))
    if recount and (csv or xlsx):
        raise RequestRefused(tr("count.a_recount_goes_to_the_screen"))


def _request(
    by: tuple[str, ...], where: tuple[str, ...], from_day: str | None, to_day: str | None, as_of: str | None
) -> CountRequest:
    for day in (from_day, to_day, as_of):
        if day is not None and not _DAY.fullmatch(day):
            raise RequestRefused(tr("count.is_no_day_write_it", day=day))
    if from_day and to_day and from_day > to_day:
        raise RequestRefused(tr("count.no_day_lies_between_and", from_day=from_day, to_day=to_day))
    pairs = [one.partition("=") for one in where]
    if not all(equals for _, equals, _ in pairs):
        raise RequestRefused(tr("count.where_is_name_value"))
    return CountRequest(by, tuple((name.strip(), value.strip()) for name, _, value in pairs), from_day, to_day, as_of)


def _list_pages(
    counting: Counting, request: CountRequest, to_measure: bool, csv: Path | None, xlsx: Path | None, as_json: bool
) -> None:
    """Print the pages as they come: there may be millions; or write them to files instead."""

    def pages() -> Iterator[CountedPage]:
        return (page for page in counting.pages(request) if page.judgement.to_measure or not to_measure)

    if csv is None and xlsx is None:
        _print_pages(pages(), as_json)
        return
    if csv is not None:
        write_csv(csv, pages_sheet(pages(), request.by))
    if xlsx is not None:
        counted = counting.count(request)
        tables = [pages_sheet(pages(), request.by), count_sheet(counted, None)]
        _write(None, xlsx, tables, request, counted.rules)


def _write(csv: Path | None, xlsx: Path | None, tables: list[Sheet], request: CountRequest, rules: str) -> None:
    """Write the first table as CSV, and all of them into a workbook with the question that they answer."""
    if csv is not None:
        write_csv(csv, tables[0])
    if xlsx is not None:
        rows = [("rules", rules), *_said(request)]
        write_xlsx(xlsx, [*tables, Sheet(tr("spreadsheet.question"), ("question", "answer"), rows)])


def _said(request: CountRequest) -> Iterator[tuple[str, str]]:
    """Yield what was asked for, as names and values."""
    days = (("from", request.from_day), ("to", request.to_day), ("as of", request.as_of))
    yield from ((name, day) for name, day in days if day)
    yield from ((f"only {name}", group_name(name, value or None)) for name, value in request.where)
    yield from (("by", name) for name in request.by)


def _say(differing: list[SealDifference], as_json: bool) -> Exit:
    """Say what of closed batches is not as it was sealed: their numbers prove nothing."""
    for one in [] if as_json else differing:
        say(tr("count.batch_is_not_as_it", batch=shown(one.batch), message=one.message))
    return Exit.VERIFY_FAILED if differing else Exit.OK


def _lacking(left_out: Iterable[ChainKey], only: str | None) -> list[str]:
    """Return the ledger lines, or batches for all their lines, that a count lacks because they cannot be read."""
    batch = batch_id(only) if only is not None else None
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


def _print(counted: Count, request: CountRequest, paper: Sheets) -> None:
    span = ", ".join(
        part
        for part in (
            tr("count.from", from_day=request.from_day) if request.from_day else "",
            tr("count.to", to_day=request.to_day) if request.to_day else "",
            tr("count.as_of", as_of=request.as_of) if request.as_of else "",
            *(tr("count.only", name=name, value=group_name(name, value or None)) for name, value in request.where),
        )
        if part
    )
    say(shown(tr("count.pages_trang_under_rule_set", rules=counted.rules, span=", " + span if span else "")))
    print_count(counted, paper)
    if counted.total.to_measure:
        say(tr("count.to_measure_by_hand_archive", pages=quantity("page", counted.total.to_measure)))


def _print_sheets(paper: Sheets, asked: bool) -> None:
    if paper is not None:
        total = total_sheets(paper)
        unknown = quantity("page", total.pages_without_sides)
        rest = tr("count.sides_not_known_for", unknown=unknown) if total.pages_without_sides else ""
        say(tr("count.sheets_behind_the_scanned_pages", sheets=total.sheets, rest=rest))
    elif asked:
        say(tr("count.no_batch_says_how_many"))


def _print_pages(pages: Iterator[CountedPage], as_json: bool) -> None:
    for page in pages:
        values = page_values(page)
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
                    record=(page.row.record or "–")[:12],
                )
                + "".join(f" · {part}" for part in decision_parts(page))
            )


def _print_recount(recount: Recount, differing: list[SealDifference], as_json: bool) -> int:
    same = recount.ledger == recount.again and not recount.differences
    if as_json:
        print_json(
            {
                "agrees": same,
                "scans": recount.scans,
                "originals": recount.originals,
                "ledger": count_values(recount.ledger),
                "again": count_values(recount.again),
                "differences": StreamedList(len(recount.differences), lambda: map(asdict, recount.differences)),
                "not_as_sealed": [asdict(one) for one in differing],
            }
        )
        return Exit.OK if same else Exit.VERIFY_FAILED
    say(tr("count.from_the_ledger_under_rule", rules=recount.ledger.rules))
    print_count(recount.ledger)
    say(tr("count.from_measured_again", originals=quantity("original", recount.originals)))
    print_count(recount.again)
    for one in recount.differences:
        say(f"  {one.batch} · {shown(one.path or one.line[:12])}: {one.message}")
    say(
        tr("count.the_recount_agrees")
        if same
        else tr("count.see_above", differences=quantity("difference", len(recount.differences)))
    )
    return Exit.OK if same else Exit.VERIFY_FAILED
