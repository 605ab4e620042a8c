"""archive settings: list each setting with its value and source."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json, print_table
from archive.commands.printing import say
from archive.errors import Exit
from archive.messages.catalogue import tr


@click.command(help=tr("settings.help"))
@json_option
@pass_context
def settings(context: CommandContext, as_json: bool) -> int:
    """Show each setting, its value and where it came from."""
    rows = context.settings().listed()
    if as_json:
        print_json([{"name": name, "value": value, "origin": origin} for name, value, origin in rows])
    else:
        print_table(("setting", "value", "origin"), rows)
        say(tr("settings.set_them_in_settings_toml"))
    return Exit.OK
