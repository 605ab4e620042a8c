"""archive doctor: everything that the archive stands on, examined."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.commands.common import Call, json_option, pass_call, plural, print_json, shown
from archive.services.health.doctor import Seen, verdict


@click.command()
@json_option
@pass_call
def doctor(call: Call, as_json: bool) -> int:
    """Examine store, index, reader and workers for real, and say in plain words what to mend.

    Writes some probes to the store, apart from the vault, and removes them where it may. Exit code: 0 when all is well,
    else that of the gravest part: 5 store, then 4 settings, then 6 index.
    """
    archive = call.archive()
    seen = []
    for one in archive.doctor().examine():
        seen.append(one)
        if not as_json:
            _print(one)
    code = verdict(seen)
    if as_json:
        signs = [{"part": one.part, **asdict(one.sign)} for one in seen]
        print_json({"ok": not code, "exit": code.value, "signs": signs})
    else:
        to_mend = sum(not one.sign.ok for one in seen)
        click.echo("All is well." if not to_mend else f"{plural(to_mend, 'thing')} to mend: see above.")
    return code


def _print(one: Seen) -> None:
    sign = one.sign
    name = sign.name.rpartition(": ")[2]  # a server with an index and a table says of which of them it speaks
    click.echo(f"{'ok  ' if sign.ok else 'MEND'}  {one.part}, {name}: {shown(sign.seen)}")
    if sign.advice is not None and not sign.ok:
        click.echo(f"      → {shown(sign.advice)}")
