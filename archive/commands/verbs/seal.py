"""archive seal: a root over a day, to be kept on paper, signed or time-stamped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import segno

from archive.commands.common import CommandContext, json_option, pass_context, plural, print_json
from archive.errors import Exit, RequestRefused
from archive.services.preservation.seal import RootCheck, Sealed

_QUIET = 2  # light modules around the code; readers want some


@click.command()
@click.option("--day", metavar="DAY", help="Only this day (UTC): YYYY-MM-DD.")
@click.option("--check", "root", metavar="ROOT", help="Say whether the archive still gives this root.")
@click.option("--adopt", is_flag=True, help="Once, for an archive of the first release: note what it holds now.")
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Also write the QR code into this file.")
@json_option
@pass_context
def seal(
    context: CommandContext, day: str | None, root: str | None, adopt: bool, png: Path | None, as_json: bool
) -> int:
    """Seal the days that are over: one root over everything that was announced on each.

    The root belongs on paper, under a signature or a time stamp, where nobody can alter it together with the archive.
    With --check, exit code 7 says that the archive does not give that root any more; the seals themselves are not
    needed for it.
    """
    if (adopt and (day or root)) or (png and (root or adopt)):
        raise RequestRefused("--adopt, --check and --png are different questions; ask one at a time")
    sealing = context.archive().sealing()
    wanted = _day(day)
    if root is not None:
        return _say_checked(sealing.check("".join(root.lower().split()), wanted), as_json)
    if adopt:
        adopted = sealing.adopt()
        made = [adopted] if adopted is not None else []
    else:
        made = list(sealing.seal(wanted))
    if png is not None and made:
        segno.make(_text(made[-1])).save(str(png), kind="png", scale=6)
    if as_json:
        print_json({"seals": [_values(one) for one in made]})
    elif made:
        for one in made:
            _print(one)
        click.echo("\n".join(_code(_text(made[-1]))))
        click.echo("Keep the root on paper, signed or time-stamped; `archive seal --check ROOT` holds it against this.")
    else:
        click.echo(
            "Every version has its witness: nothing to adopt." if adopt else "No day that is over holds anything."
        )
    return Exit.NEEDS_PERSON if any(one.other for one in made) else Exit.OK


def _day(day: str | None) -> date | None:
    try:
        return date.fromisoformat(day) if day is not None else None
    except ValueError as error:
        raise RequestRefused(f"{day!r} is no day; write it as YYYY-MM-DD, such as 2026-03-05") from error


def _print(one: Sealed) -> None:
    made = one.seal
    what = f"Day {made.day} (UTC)" if made.day else "What an earlier release wrote"
    how = "sealed" if one.fresh else "sealed before, and unchanged"
    rest = f", {made.empty:,} of them never written" if made.empty else ""
    click.echo(f"{what}: {how} with {plural(made.count, 'announcement' if made.day else 'version')}{rest}.")
    click.echo(f"  root        {made.root}")
    click.echo(f"  seal {made.version:>5}  {made.digest}")
    if one.before is not None:
        click.echo(f"  day before  {one.before.day}, root {one.before.root}")
    if one.other is not None:
        click.echo(f"  This day was sealed before with root {one.other}: `archive verify` says what was added or lost.")


def _say_checked(checked: RootCheck, as_json: bool) -> int:
    if as_json:
        print_json({"holds": checked.holds, "day": checked.day, "seal": checked.seal})
    elif checked.holds:
        of = f"of {checked.day}" if checked.day else "of what was adopted"
        click.echo(f"The archive still gives this root {of}: nothing of it was altered or lost.")
    elif checked.seal is not None:
        click.echo(f"The archive does not give this root any more (seal {checked.seal}): run `archive verify`.")
    else:
        click.echo(
            "The archive does not give this root for any day. Look at the root once more; then `archive verify`."
        )
    return Exit.OK if checked.holds else Exit.VERIFY_FAILED


def _text(one: Sealed) -> str:
    """Return what the QR code holds: enough to find the paper's day again, and to check it."""
    made = one.seal
    return f"results-archive seal {made.version} day {made.day or 'adopted'} root {made.root}"


def _code(text: str) -> Iterator[str]:
    """Yield a QR code as lines, two rows of modules each; light ones are drawn, as terminals are dark."""
    rows = [list(row) for row in segno.make(text).matrix_iter(border=_QUIET)]
    rows += [[0] * len(rows[0])] if len(rows) % 2 else []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        yield "".join(" ▄▀█"[2 * (not top) + (not bottom)] for top, bottom in zip(upper, lower, strict=True))


def _values(one: Sealed) -> dict[str, Any]:
    made, before = one.seal, one.before
    return {
        "seal": made.version,
        "day": made.day,
        "root": made.root,
        "digest": made.digest,
        "announcements": made.count,
        "never_written": made.empty,
        "list": made.list,
        "at": made.at,
        "fresh": one.fresh,
        "day_before": {"day": before.day, "root": before.root} if before is not None else None,
        "other_root": one.other,
    }
