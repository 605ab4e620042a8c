"""archive withhold: hide a record at once."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json, text_option
from archive.commands.printing import say
from archive.errors import Exit
from archive.messages.catalogue import tr
from archive.model.results import RecordState
from archive.rules.words import word
from archive.services.secrecy.withhold import Withheld

_ID_SHOWN = 12


@click.command(help=tr("withhold.help"))
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help=tr("withhold.why_it_is_kept_with"))
@click.option("--lift", is_flag=True, help=tr("withhold.ask_that_it_be_seen"))
@json_option
@pass_context
def withhold(context: CommandContext, record_id: str, reason: str, lift: bool, as_json: bool) -> int:
    """Take a record out of search, show, export and new copies, at once. ID may be cut to a few digits."""
    service = context.archive().withholding()
    said = text_option("--reason", reason) or ""
    done = service.lift(record_id, said) if lift else service.withhold(record_id, said)
    record = done.record
    context.log.write(
        "result",
        record=record.id,
        record_version=record.version,
        state=record.state.value,
        action=record.provenance.action,
        left_behind=int(done.unpublished is not None),
    )
    if as_json:
        print_json(_values(done))
    else:
        _print(done)
    waits = done.unpublished is not None or (lift and done.record.state is RecordState.WITHHELD)
    return Exit.NEEDS_PERSON if waits else Exit.OK


def _print(done: Withheld) -> None:
    record, id_ = done.record, done.record.id[:_ID_SHOWN]
    if record.state is not RecordState.WITHHELD:
        say(tr("withhold.record_is_again_search_show", id=id_, state=word(record.state.value)))
    elif record.provenance.action == "lift_asked":
        say(tr("withhold.record_stays_withheld_until_another", id=id_))
        say(tr("withhold.archive_withhold_lift_reason_text", id=id_))
    else:
        say(tr("withhold.record_is_withheld_search_show", id=id_))
        say(tr("withhold.its_pages_are_still_counted"))
    if done.unpublished is not None:
        say(tr("withhold.index_or_page_table_do", unpublished=done.unpublished))
        say(tr("withhold.search_shows_nothing_of_it"))


def _values(done: Withheld) -> dict[str, object]:
    made = done.record.provenance
    return {
        "id": done.record.id,
        "version": done.record.version,
        "state": done.record.state.value,
        "action": made.action,
        "actor": made.actor.identity,
        "at": made.at,
        "reason": made.reason,
        "unpublished": str(done.unpublished) if done.unpublished is not None else None,
    }
