"""archive search: find a result that an agency issued."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.common import CommandContext, json_option, pass_context, print_json
from archive.commands.printing import is_terminal, say, say_styled, shown, styled
from archive.commands.unreadable_printing import print_unreadable, unreadable_values
from archive.errors import Exit, RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.model.search import Sort
from archive.rules import kinds
from archive.rules.words import word
from archive.services.search.query import parse_query
from archive.services.search.search import FoundRecord, FoundRecords
from archive.services.search.snippet import Snippet
from archive.services.search.validity import day_in_words
from archive.text.vietnamese import unmark

_ID_SHOWN = 12
_BLANK = re.compile(r"\s")
_WHOLE_DAY = len("2021-03-05")


@click.command(help=tr("search.help"))
@click.argument("query", nargs=-1)
@click.option("--kind", help=tr("search.kind_of_result_by_name"))
@click.option("--agency", help=tr("search.words_of_the_issuing_agency"))
@click.option("--issued-from", metavar="DATE", help=tr("search.issued_on_or_after_or"))
@click.option("--issued-to", metavar="DATE", help=tr("search.issued_on_or_before"))
@click.option("--holder", help=tr("search.words_of_the_holder_s"))
@click.option("--holder-id", metavar="NUMBER|-", help=tr("search.holder_s_number_asks_so"))
@click.option("--batch", type=BATCH_NAME, help=tr("search.name_of_a_batch"))
@click.option(
    "--sort",
    type=click.Choice([sort.value for sort in Sort]),
    default=Sort.RELEVANCE.value,
    show_default=True,
    help=tr("search.order_of_hits_date_is"),
)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help=tr("search.hits_on_one_page"))
@click.option("--cursor", help=tr("search.continue_the_cursor_that_the"))
@json_option
@pass_context
def search(context: CommandContext, /, query: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Find results, with or without Vietnamese marks."""
    if options["holder_id"] == "-":
        options["holder_id"] = _asked(tr("search.holder_s_number"))
    archive = context.archive(logged=False)
    if options["kind"] is not None:
        options["kind"] = _slug(options["kind"])
    if options["batch"] is not None:
        options["batch"] = archive.batches().named(options["batch"]).name
    parsed = parse_query(" ".join(query), **{**options, "sort": Sort(options["sort"])})
    found = archive.search().search(parsed)
    left_out = [key.key for key in archive.left_out() if key.space == "records"]
    if as_json:
        print_json({**_values(found), "cannot_be_read": unreadable_values(found.unreadable), "not_searched": left_out})
    else:
        _print(found)
    code = print_unreadable(found.unreadable, tr("search.the_hits_above_are_incomplete"), err=as_json)
    if left_out:
        what = quantity("record", len(left_out))
        say(tr("search.cannot_be_read_and_so", what=what), err=True)
    return Exit.VERIFY_FAILED if left_out else code


def _asked(what: str) -> str:
    """Ask for a value without echo; a program passes it as a line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _slug(kind: str) -> str:
    """Return the slug of a kind given by slug or name, marks optional. Raises RequestRefused."""
    slug = "-".join(unmark(kind).lower().replace("-", " ").split())
    if kinds.kind_by_slug(slug) is None:
        known = ", ".join(sorted(one.slug for one in kinds.all_kinds()))
        raise RequestRefused(tr("search.there_is_no_kind_there", kind=kind, known=known))
    return slug


def _print(found: FoundRecords) -> None:
    say(tr("search.found", results=quantity("result", found.total)))
    if found.gone:
        left = quantity("of_them_is", found.gone)
        say(tr("search.in_the_vault_no_more", left=left))
    for place, hit in enumerate(found.found, 1):
        say_styled(f"\n{place:>3}. {styled(hit.title, bold=True)}")
        for facts in filter(any, _facts(hit)):
            say("     " + " · ".join(shown(fact) for fact in facts if fact))
        if hit.snippet is not None:
            say_styled(tr("search.page", page=hit.snippet.page, highlighted=_highlighted(hit.snippet)))
        if hit.another_begins is not None:
            say(tr("search.page_begins_another_result_whose", another_begins=hit.another_begins))
    filled = {name: values for name, values in found.facets.items() if values}
    if filled:
        say()
    for name, values in filled.items():
        counts = ", ".join(f"{_facet_name(name, value)} {count:,}" for value, count in values[:6])
        say(f"{word(name)}: {counts}")
    if found.cursor is not None:
        say(tr("search.more_repeat_the_command_with", cursor=found.cursor))


def _facts(hit: FoundRecord) -> Iterator[tuple[str | None, ...]]:
    """Yield the lines below a title, without the number, which the title holds."""
    issued = day_in_words("issue_date", hit.record.fields.get("issue_date")) if hit.issue_date else None
    whole = hit.issue_date is not None and len(hit.issue_date) == _WHOLE_DAY
    yield (
        tr("search.holder", holder=hit.holder) if hit.holder else None,
        tr("search.issued", issued=issued) if whole else issued and tr("search.date_of_issue", issued=issued),
        hit.validity.in_words if hit.validity else None,
    )
    yield hit.agency, tr("search.batch", batch_name=hit.record.batch_name)
    doubts = len(hit.record.problems)
    yield tr("search.id", id=hit.record.id[:_ID_SHOWN]), quantity("doubt", doubts) if doubts else None


def _facet_name(facet: str, value: str) -> str:
    return (kinds.name_of(value) or value) if facet == "kind" else value


def _highlighted(snippet: Snippet) -> str:
    """Return the snippet on one line, with its matches in colour, or between « » without a terminal."""
    text = _BLANK.sub(" ", snippet.text)
    parts, at = [], 0
    for start, end in snippet.highlights:
        match = text[start:end]
        highlighted = styled(match, fg="yellow", bold=True) if is_terminal() else f"«{match}»"
        parts += [shown(text[at:start]), highlighted]
        at = end
    return " ".join("".join([*parts, shown(text[at:])]).split())


def _values(found: FoundRecords) -> dict[str, Any]:
    return {
        "total": found.total,
        "gone": found.gone,
        "hits": [_hit_values(hit) for hit in found.found],
        "facets": {name: [{"value": v, "count": c} for v, c in values] for name, values in found.facets.items()},
        "cursor": found.cursor,
    }


def _hit_values(hit: FoundRecord) -> dict[str, Any]:
    snippet = hit.snippet
    return {
        "id": hit.record.id,
        "version": hit.record.version,
        "title": hit.title,
        "kind": hit.record.kind,
        "number": hit.number,
        "issue_date": hit.issue_date,
        "agency": hit.agency,
        "holder": hit.holder,
        "valid_until": hit.validity.until if hit.validity else None,
        "valid_until_confirmed": hit.validity.confirmed if hit.validity else None,
        "batch": hit.record.batch_name,
        "problems": len(hit.record.problems),
        "page": snippet.page if snippet else None,
        "another_result_begins": hit.another_begins,
        "snippet": snippet.text if snippet else None,
        "highlights": [list(span) for span in snippet.highlights] if snippet else [],
    }
