"""archive show: print one record with all its fields, pages and versions."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json, print_table
from archive.commands.printing import print_data, say, say_styled, shown, styled
from archive.commands.unreadable_printing import print_unreadable, unreadable_values
from archive.errors import Exit, RequestRefused, SettingsError
from archive.index_entries.from_record import title_of
from archive.messages.catalogue import quantity, tr
from archive.model.results import Field, RecordState, ResultRecord
from archive.rules import kinds
from archive.rules.fields.dates import time_as_written
from archive.rules.words import word
from archive.services.exchange.export import field_values, page_values, problem_values
from archive.services.imports.problems import ScanProblem, as_lines, problems_of_record
from archive.services.search.search import Search
from archive.services.search.validity import day_in_words, validity_of
from archive.services.unreadable_objects import UnreadableObjects, unreadable_object
from archive.store.format.readings import ReadPage
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import ChainKey

_DAYS = frozenset({"issue_date", "valid_until", "effective_date"})


@click.command(help=tr("show.help"))
@click.argument("record_id", metavar="ID")
@click.option("--page", type=click.IntRange(1), help=tr("show.print_the_text_of_this"))
@click.option("--open", "target", metavar="FILE|-", help=tr("show.write_the_original_byte_for"))
@click.option("--link", is_flag=True, help=tr("show.print_a_link_to_the"))
@click.option("--part", type=click.IntRange(1), default=1, help=tr("show.which_original_when_the_result"))
@json_option
@pass_context
def show(
    context: CommandContext, record_id: str, page: int | None, target: str | None, link: bool, part: int, as_json: bool
) -> int:
    """Show a record: fields, pages, problems, history. ID may be cut to a few digits."""
    if [page is not None, target is not None, link].count(True) > 1:
        raise RequestRefused(tr("show.page_open_and_link_are"))
    service = context.archive(logged=False).showing()
    try:
        record = service.one(record_id)
    except INTEGRITY_ERRORS as error:  # no earlier version instead: the last one may say that nothing is handed out
        return print_unreadable((unreadable_object(record_id, error),), tr("show.nothing_of_the_record_can"), err=True)
    if part > 1 and record.state.open:
        service.check_part(record, part)
    if target is not None:
        return _write_original(service, record, part, target)
    if link:
        address = service.link(record, part)
        print_json({"link": address}) if as_json else print_data(address)
        return Exit.OK
    if page is not None:
        return _print_page(record, list(service.pages(record)), page, as_json)
    unreadable, key = UnreadableObjects(), ChainKey("records", "", record.id, record.version).key
    pages = (unreadable.attempt(key, lambda: list(service.pages(record))) or []) if record.state.open else []
    history = service.history(record, unreadable)
    if as_json:
        print_json({**_values(record, pages, history), "cannot_be_read": unreadable_values(unreadable)})
    else:
        _print(record, pages, history)
    return print_unreadable(tuple(unreadable), tr("show.what_is_shown_is_incomplete"), err=as_json)


def _print(record: ResultRecord, pages: list[tuple[int, str, ReadPage]], history: list[ResultRecord]) -> None:
    title = (
        (title_of(record) or tr("show.no_title_could_be_read"))
        if record.state.open
        else f"({word(record.state.value)})"
    )
    say_styled(styled(title, bold=True))
    say(
        tr(
            "show.id_version_batch",
            id=record.id,
            version=record.version,
            state=word(record.state.value),
            batch_name=record.batch_name or "–",
        )
    )
    if record.state.open:
        _print_content(record, pages)
    problems = problems_of_record(record)
    if problems:
        say(tr("show.problems_xem"))
    for line in as_lines(ScanProblem("", problem) for problem in problems):
        say(f"  {line}")
    say(tr("show.history"))
    for version in history:
        made = version.provenance
        who = tr("show.by", action=word(made.action), identity=made.actor.identity) + (
            f": {shown(made.reason)}" if made.reason else ""
        )
        say(f"  {version.version}  {time_as_written(made.at)}  {who}  ({made.software})")
    if record.state is RecordState.WITHHELD:
        say(tr("show.nothing_of_it_is_handed"))


def _print_content(record: ResultRecord, pages: list[tuple[int, str, ReadPage]]) -> None:
    validity = validity_of(record)
    if validity is not None:
        say(validity.in_words)
    for number, part in enumerate(record.parts, 1):
        say(
            tr(
                "show.original_bytes_sha_256",
                number=number,
                name=shown(part.name),
                bytes=part.bytes,
                sha256=part.sha256,
            )
        )
    say(tr("show.fields"))
    print_table(("field", "confidence", "page", "origin", "value"), _field_rows(record))
    say(tr("show.pages"))
    print_table(
        ("page", "outcome", "size_mm", "dpi", "size_from", "colour", "turned", "confidence"),
        (_page_row(number, page) for number, _, page in pages),
    )


def _field_rows(record: ResultRecord) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each field, values last because they may be long; below it the printed form, if that differs."""
    for name, field in sorted(record.fields.items()):
        confidence = f"{field.confidence:.2f}" if field.confidence is not None else None
        yield (word(name), confidence, field.page, word(field.origin.value), _value_in_words(name, field))
        if field.printed is not None and field.printed != field.value:
            yield ("", "", "", "", tr("show.printed", printed=field.printed))


def _value_in_words(name: str, field: Field) -> str | None:
    if name in _DAYS:
        return day_in_words(name, field)
    return kinds.name_of(field.value) if name == "kind" and field.value is not None else field.value


def _page_row(number: int, page: ReadPage) -> tuple[Any, ...]:
    entry, values = page.entry, page_values(page.entry)
    shape = entry.shape
    size = f"{values['width_mm']:.0f} × {values['height_mm']:.0f}" if values["width_mm"] is not None else None
    return (
        number,
        word(entry.outcome.value),
        size,
        f"{values['dpi']:.0f}" if values["dpi"] is not None else None,
        word(shape.size_origin.value) if shape else None,
        word(shape.colour.value) if shape and shape.colour else None,
        f"{entry.rotation}°" if entry.rotation else None,
        f"{entry.confidence:.2f}" if entry.confidence is not None else None,
    )


def _print_page(record: ResultRecord, pages: list[tuple[int, str, ReadPage]], number: int, as_json: bool) -> int:
    found = next((page for place, _, page in pages if place == number), None)
    if found is None:
        raise RequestRefused(
            tr("show.record_has_no_page", id=record.id[:12], pages=quantity("page", len(pages)), number=number)
        )
    text = found.text
    if as_json:
        print_json({"page": number, **page_values(found.entry), "text": text.text if text else None})
    elif text is None:
        say(tr("show.page_has_no_text", number=number, outcome=word(found.entry.outcome.value)), err=True)
    else:
        say(text.text)
    return Exit.NEEDS_PERSON if found.entry.outcome.failed else Exit.OK


def _write_original(service: Search, record: ResultRecord, part: int, target: str) -> int:
    if target == "-":
        service.write_original(record, part, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return Exit.OK
    with _new_file(Path(target)) as out:
        service.write_original(record, part, out)
    say(tr("show.original_written_to", target=target), err=True)
    return Exit.OK


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that must not exist yet; when writing fails, nothing is left behind."""
    try:
        out = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise RequestRefused(tr("show.exists_already_name_a_new", path=path)) from error
    except OSError as error:
        raise SettingsError(tr("show.cannot_be_written", path=path, reason=error.strerror)) from error
    try:
        with out:
            yield out
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _values(
    record: ResultRecord, pages: list[tuple[int, str, ReadPage]], history: list[ResultRecord]
) -> dict[str, Any]:
    return {
        "id": record.id,
        "version": record.version,
        "state": record.state.value,
        "batch": record.batch_name,
        "kind": record.kind if record.state.open else None,
        "title": title_of(record) if record.state.open else None,
        "parts": [asdict(part) for part in record.parts if record.state.open],
        "fields": {name: field_values(field) for name, field in sorted(record.fields.items()) if record.state.open},
        "pages": [
            {"number": number, "scan_sha256": scan, "scan_page": page.entry.number, **page_values(page.entry)}
            for number, scan, page in pages
        ],
        "problems": [problem_values(problem) for problem in problems_of_record(record)],
        "history": [
            {
                "version": one.version,
                "at": one.provenance.at,
                "action": one.provenance.action,
                "actor": one.provenance.actor.identity,
                "reason": one.provenance.reason,
            }
            for one in history
        ],
    }
