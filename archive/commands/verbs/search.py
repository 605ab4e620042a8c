"""archive search: find a result that an agency issued."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from archive.commands.common import CommandContext, is_terminal, json_option, pass_context, plural, print_json, shown
from archive.commands.gaps import gap_values, say_gaps
from archive.errors import Exit, RequestRefused
from archive.model.search import Sort
from archive.rules.catalogue import kinds
from archive.services.search.query import parse_query
from archive.services.search.search import FoundRecord, FoundRecords
from archive.services.search.snippet import Snippet
from archive.services.search.validity import day_in_words
from archive.text.vietnamese import unmark

_ID_SHOWN = 12
_WHOLE_DAY = len("2021-03-05")


@click.command()
@click.argument("query", nargs=-1)
@click.option("--kind", help="Kind of result by name or slug, e.g. giay-phep-xay-dung.")
@click.option("--agency", help="Words of the issuing agency's name, marks optional.")
@click.option("--issued-from", metavar="DATE", help="Issued on or after: 2021, 2021-03 or 2021-03-05.")
@click.option("--issued-to", metavar="DATE", help="Issued on or before.")
@click.option("--holder", help="Words of the holder's name, marks optional.")
@click.option("--holder-id", metavar="NUMBER|-", help="Holder's number; - asks, so that it stays out of the history.")
@click.option("--batch", help="Name of a batch.")
@click.option(
    "--sort",
    type=click.Choice([sort.value for sort in Sort]),
    default=Sort.RELEVANCE.value,
    show_default=True,
    help="Order of hits; date is newest first.",
)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Hits on one page.")
@click.option("--cursor", help="Continue: the cursor that the page before printed.")
@json_option
@pass_context
def search(context: CommandContext, /, query: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Find results, with or without Vietnamese marks.

    \b
    giay phep xay dung      all these words, marks optional
    "giấy phép xây dựng"    these words side by side (quote twice in a shell)
    -- nhà -tạm             without a word (after --, so that it is no option)
    123/QĐ-UBND             an official number, however it is written
    """  # noqa: D301 - click needs the character itself
    if options["holder_id"] == "-":
        options["holder_id"] = _asked("Holder's number")
    archive = context.archive()
    if options["kind"] is not None:
        options["kind"] = _slug(options["kind"])
    if options["batch"] is not None:
        options["batch"] = archive.batches().named(options["batch"]).name
    parsed = parse_query(" ".join(query), **{**options, "sort": Sort(options["sort"])})
    found = archive.search().search(parsed)
    left_out = [key.key for key in archive.left_out() if key.space == "records"]
    if as_json:
        print_json({**_values(found), "cannot_be_read": gap_values(found.gaps), "not_searched": left_out})
    else:
        _print(found)
    code = say_gaps(found.gaps, "the hits above lack what they hold", err=as_json)
    if left_out:
        what = plural(len(left_out), "record")
        click.echo(f"{what} cannot be read, and so not be found: run `archive verify`", err=True)
    return Exit.VERIFY_FAILED if left_out else code


def _asked(what: str) -> str:
    """Ask a person without echo; a program gives the value as a line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    return sys.stdin.readline().strip()


def _slug(kind: str) -> str:
    """Return the slug of a kind given by slug or name, marks optional. Raises RequestRefused."""
    slug = "-".join(unmark(kind).lower().replace("-", " ").split())
    if kinds.kind_by_slug(slug) is None:
        known = ", ".join(sorted(one.slug for one in kinds.all_kinds()))
        raise RequestRefused(f"there is no kind {kind!r}; there are {known}")
    return slug


def _print(found: FoundRecords) -> None:
    click.echo(f"{plural(found.total, 'result')} (kết quả) found")
    if found.gone:
        left = plural(found.gone, "of them is", "of them are")
        click.echo(f"{left} in the vault no more, or out of sight: the index is older; run `archive reconcile`")
    for place, hit in enumerate(found.found, 1):
        click.echo(f"\n{place:>3}. {click.style(hit.title, bold=True)}")
        for facts in filter(any, _facts(hit)):
            click.echo("     " + " · ".join(shown(fact) for fact in facts if fact))
        if hit.snippet is not None:
            click.echo(f"     page {hit.snippet.page}: {_highlighted(hit.snippet)}")
        if hit.another_begins is not None:
            click.echo(f"     page {hit.another_begins} begins another result, whose fields were not read")
    filled = {name: values for name, values in found.facets.items() if values}
    if filled:
        click.echo()
    for name, values in filled.items():
        counts = ", ".join(f"{_facet_name(name, value)} {count:,}" for value, count in values[:6])
        click.echo(f"{name}: {counts}")
    if found.cursor is not None:
        click.echo(f"\nMore: repeat the command with --cursor {found.cursor}")


def _facts(hit: FoundRecord) -> Iterator[tuple[str | None, ...]]:
    """Yield the lines below a title. The number is no fact of its own: the title says it."""
    issued = day_in_words("issue_date", hit.record.fields.get("issue_date")) if hit.issue_date else None
    whole = hit.issue_date is not None and len(hit.issue_date) == _WHOLE_DAY
    yield (
        f"holder {hit.holder}" if hit.holder else None,
        f"issued {issued}" if whole else issued and f"date of issue: {issued}",
        hit.validity.in_words if hit.validity else None,
    )
    yield hit.agency, f"batch {hit.record.batch_name}"
    doubts = len(hit.record.problems)
    yield f"id {hit.record.id[:_ID_SHOWN]}", plural(doubts, "doubt") if doubts else None


def _facet_name(facet: str, value: str) -> str:
    return (kinds.name_of(value) or value) if facet == "kind" else value


def _highlighted(snippet: Snippet) -> str:
    """Return the snippet on one line, what matches in colour, or between « » where there is no terminal."""
    parts, at = [], 0
    for start, end in snippet.highlights:
        match = snippet.text[start:end]
        parts += [snippet.text[at:start], click.style(match, fg="yellow", bold=True) if is_terminal() else f"«{match}»"]
        at = end
    return " ".join("".join([*parts, snippet.text[at:]]).split())


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
