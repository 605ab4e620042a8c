"""archive exclude: dispute that a page is paid; uphold or drop that."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, json_option, pass_context
from archive.commands.page_decision import end
from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.model.pages import ExclusionState
from archive.services.audit.page_decisions import EXCLUSION_REASONS


@click.command(help=tr("exclude.help"))
@click.argument("record_id", metavar="RECORD")
@click.argument("page", type=click.IntRange(min=1), metavar="PAGE")
@click.option("--reason", type=click.Choice(EXCLUSION_REASONS), help=tr("exclude.why_it_is_not_paid"))
@click.option("--uphold", is_flag=True, help=tr("exclude.leave_the_page_out"))
@click.option("--drop", is_flag=True, help=tr("exclude.pay_the_page_after_all"))
@json_option
@pass_context
def exclude(
    context: CommandContext, record_id: str, page: int, reason: str | None, uphold: bool, drop: bool, as_json: bool
) -> int:
    """Say that a page shall not be paid; another person upholds or drops that. RECORD may be cut to a few digits."""
    if (reason is not None) + uphold + drop != 1:
        raise RequestRefused(tr("exclude.one_of_three"))
    decisions = context.archive().page_decisions()
    if reason is not None:
        done = decisions.exclude(record_id, page, reason)
        message = tr("exclude.page_is_disputed", page=page)
    elif uphold:
        done = decisions.settle(record_id, page, ExclusionState.UPHELD)
        message = tr("exclude.page_is_left_out", page=page)
    else:
        done = decisions.settle(record_id, page, ExclusionState.DROPPED)
        message = tr("exclude.page_is_paid_again", page=page)
    return end(context, done, message, as_json)
