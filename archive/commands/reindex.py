"""archive reindex: rebuild what is derived."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import Call, json_option, pass_call, plural, print_json
from archive.errors import Exit

_SHOWN = 20  # keys on a screen; --json has all


@click.command()
@json_option
@pass_call
def reindex(call: Call, as_json: bool) -> int:
    """Rebuild search index and page table from the vault; searching goes on meanwhile.

    What is damaged in the vault is named and left out; exit code 7.
    """
    rebuilt = call.archive().upkeep().reindex()
    if as_json:
        print_json(asdict(rebuilt))
    else:
        click.echo(
            f"{plural(rebuilt.records, 'record')} searchable again; page table rebuilt from {rebuilt.rows:,} versions."
        )
        for key in rebuilt.damaged[:_SHOWN]:
            click.echo(f"left out, because it is damaged: {key}")
        if rebuilt.damaged:
            click.echo(f"{plural(len(rebuilt.damaged), 'object')} left out; `archive verify` says more.")
    return Exit.VERIFY_FAILED if rebuilt.damaged else Exit.OK
