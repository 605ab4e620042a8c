"""archive reindex: rebuild search index and page table."""

from __future__ import annotations

from collections import Counter

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json
from archive.commands.printing import say
from archive.commands.unreadable_printing import print_unreadable
from archive.errors import Exit
from archive.messages.catalogue import quantity, tr
from archive.services.unreadable_objects import UnreadableReason


@click.command(help=tr("reindex.help"))
@json_option
@pass_context
def reindex(context: CommandContext, as_json: bool) -> int:
    """Rebuild search index and page table from the vault; searching goes on meanwhile."""
    rebuilt = context.archive().maintenance().reindex()
    unreadable = Counter(one.why.value for one in rebuilt.unreadable)
    context.log.write("result", counts={"records": rebuilt.records, "rows": rebuilt.rows, **unreadable})
    if as_json:
        by_why = {why.value: [one.key for one in rebuilt.unreadable if one.why is why] for why in UnreadableReason}
        print_json({"records": rebuilt.records, "rows": rebuilt.rows, **by_why})
    else:
        say(
            tr(
                "reindex.searchable_again_page_table_rebuilt",
                records=quantity("record", rebuilt.records),
                rows=rebuilt.rows,
            )
        )
        print_unreadable(rebuilt.unreadable, tr("reindex.search_and_counts_are_incomplete"))
    return Exit.VERIFY_FAILED if rebuilt.unreadable else Exit.OK
