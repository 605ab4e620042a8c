"""archive withhold: hide a record at once."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json, text_option
from archive.errors import Exit
from archive.model.results import RecordState
from archive.services.secrecy.withhold import Withheld

_ID_SHOWN = 12


@click.command()
@click.argument("record_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept with the record and shown.")
@click.option("--lift", is_flag=True, help="Ask that it be seen again; a second person who says so too lifts it.")
@json_option
@pass_context
def withhold(context: CommandContext, record_id: str, reason: str, lift: bool, as_json: bool) -> int:
    """Take a record out of search, show, export and new copies, at once. ID may be cut to a few digits.

    One person withholds; it takes two to lift that. Nothing is destroyed, and its pages are still counted. Copies and
    exports that were made before keep what they have.
    """
    service = context.archive().withholding()
    said = text_option("--reason", reason) or ""
    done = service.lift(record_id, said) if lift else service.withhold(record_id, said)
    if as_json:
        print_json(_values(done))
    else:
        _print(done)
    waits = done.unpublished is not None or (lift and done.record.state is RecordState.WITHHELD)
    return Exit.NEEDS_PERSON if waits else Exit.OK


def _print(done: Withheld) -> None:
    record, id_ = done.record, done.record.id[:_ID_SHOWN]
    if record.state is not RecordState.WITHHELD:
        click.echo(f"Record {id_} is {record.state.value} again: search, show, export and copies have it back.")
    elif record.provenance.action == "lift_asked":
        click.echo(f"Record {id_} stays withheld until another person lifts it too:")
        click.echo(f"  archive withhold {id_} --lift --reason TEXT")
    else:
        click.echo(f"Record {id_} is withheld: search, show, export and new copies leave it out.")
        click.echo("Its pages are still counted. Copies and exports made before keep what they have.")
    if done.unpublished is not None:
        click.echo(f"Index or page table do not know it yet: {done.unpublished};")
        click.echo("search shows nothing of it all the same. When that is mended, run `archive reconcile --fix`")


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
