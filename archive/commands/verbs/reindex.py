"""archive reindex: rebuild search index and page table."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, json_option, pass_context, plural, print_json
from archive.commands.gaps import say_gaps
from archive.errors import Exit
from archive.services.gaps import GapReason


@click.command()
@json_option
@pass_context
def reindex(context: CommandContext, as_json: bool) -> int:
    """Rebuild search index and page table from the vault; searching goes on meanwhile.

    What is damaged or missing in the vault is named and left out; exit code 7.
    """
    rebuilt = context.archive().maintenance().reindex()
    if as_json:
        by_why = {why.value: [gap.key for gap in rebuilt.gaps if gap.why is why] for why in GapReason}
        print_json({"records": rebuilt.records, "rows": rebuilt.rows, **by_why})
    else:
        click.echo(
            f"{plural(rebuilt.records, 'record')} searchable again; page table rebuilt from {rebuilt.rows:,} versions."
        )
        say_gaps(rebuilt.gaps, "search and counts lack what they hold")
    return Exit.VERIFY_FAILED if rebuilt.gaps else Exit.OK
