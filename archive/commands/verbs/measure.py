"""archive measure: set the size of a page as measured on the paper."""

from __future__ import annotations

import re

import click

from archive.commands.common import CommandContext, json_option, pass_context
from archive.commands.page_decision import end
from archive.errors import RequestRefused
from archive.messages.catalogue import tr

_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*[x×X*]\s*(\d+(?:[.,]\d+)?)")


@click.command(help=tr("measure.help"))
@click.argument("record_id", metavar="RECORD")
@click.argument("page", type=click.IntRange(min=1), metavar="PAGE")
@click.argument("size", metavar="WIDTHxHEIGHT")
@json_option
@pass_context
def measure(context: CommandContext, record_id: str, page: int, size: str, as_json: bool) -> int:
    """Set the size of a page of --to-measure, in mm. RECORD may be cut to a few digits."""
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        raise RequestRefused(tr("measure.write_a_size_like", size=size))
    width, height = (float(side.replace(",", ".")) for side in found.groups())
    done = context.archive().page_decisions().measure(record_id, page, width, height)
    sides = f"{width:g}×{height:g}"
    if done.waits:
        message = tr("measure.waits_for_another_person", page=page, sides=sides)
    else:
        message = tr("measure.page_has_this_size", page=page, sides=sides)
    return end(context, done, message, as_json)
