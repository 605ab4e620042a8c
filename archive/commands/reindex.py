"""archive reindex: rebuild what is derived."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import Call, json_option, pass_call, plural, print_json
from archive.errors import Exit


@click.command()
@json_option
@pass_call
def reindex(call: Call, as_json: bool) -> int:
    """Rebuild search index and page table from the vault; searching goes on meanwhile."""
    rebuilt = call.archive().upkeep().reindex()
    if as_json:
        print_json(asdict(rebuilt))
    else:
        click.echo(
            f"{plural(rebuilt.records, 'record')} searchable again; page table rebuilt from {rebuilt.rows:,} versions."
        )
    return Exit.OK
