"""archive doctor: health checks of everything that the archive depends on."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import CommandContext, json_option, pass_context, print_json
from archive.commands.printing import say, shown
from archive.messages.catalogue import quantity, tr
from archive.rules.words import word
from archive.services.health.doctor import CheckResult, exit_code_of


@click.command(help=tr("doctor.help"))
@json_option
@pass_context
def doctor(context: CommandContext, as_json: bool) -> int:
    """Examine store, index, reader and workers for real, and say in plain words what to mend."""
    archive = context.archive(may_be_empty=True)
    seen = []
    for one in archive.doctor().health_checks():
        seen.append(one)
        context.log.write("check", code=one.part.replace(" ", "_"), ok=one.check.ok)
        if not as_json:
            _print(one)
    code = exit_code_of(seen)
    if as_json:
        signs = [{"part": one.part, **asdict(one.check)} for one in seen]
        print_json({"ok": not code, "exit": code.value, "signs": signs})
    else:
        to_mend = sum(not one.check.ok for one in seen)
        say(
            tr("doctor.all_is_well")
            if not to_mend
            else tr("doctor.to_mend_see_above", things=quantity("thing", to_mend))
        )
    return code


def _print(one: CheckResult) -> None:
    check = one.check
    name = check.name.rpartition(": ")[2]  # a server with an index and a table names the one that the check is about
    say(f"{(tr('doctor.ok') if check.ok else tr('doctor.mend'))}  {word(one.part)}, {word(name)}: {shown(check.seen)}")
    if check.advice is not None and not check.ok:
        say(f"      → {shown(check.advice)}")
