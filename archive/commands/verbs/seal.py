"""archive seal: a root over a day, to be kept on paper, signed or time-stamped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import segno

from archive.commands.common import CommandContext, json_option, pass_context, print_json
from archive.commands.printing import say
from archive.errors import Exit, RequestRefused, SettingsError
from archive.messages.catalogue import quantity, tr
from archive.services.preservation.seal import RootCheck, Sealed

_QUIET = 2  # light modules around the code, which QR readers need


@click.command(help=tr("seal.help"))
@click.option("--day", metavar="DAY", help=tr("seal.only_this_day_utc_yyyy_mm_dd"))
@click.option("--check", "root", metavar="ROOT", help=tr("seal.say_whether_the_archive_still"))
@click.option("--adopt", is_flag=True, help=tr("seal.once_for_an_archive_of"))
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help=tr("seal.also_write_the_qr_code"))
@json_option
@pass_context
def seal(
    context: CommandContext, day: str | None, root: str | None, adopt: bool, png: Path | None, as_json: bool
) -> int:
    """Seal the days that are over: one root over everything that was announced on each."""
    if (adopt and (day or root)) or (png and (root or adopt)):
        raise RequestRefused(tr("seal.adopt_check_and_png_are"))
    sealing = context.archive().sealing()
    wanted = _day(day)
    if root is not None:
        checked = sealing.check("".join(root.lower().split()), wanted)
        context.log.write("result", ok=checked.holds, day=checked.day)
        return _say_checked(checked, as_json)
    if adopt:
        adopted = sealing.adopt()
        made = [adopted] if adopted is not None else []
    else:
        made = list(sealing.seal(wanted))
    for one in made:
        context.log.write("seal", day=one.seal.day, root=one.seal.root, count=one.seal.count, fresh=one.fresh)
    if png is not None and made:
        _save_code(made[-1], png)
    if as_json:
        print_json({"seals": [_values(one) for one in made]})
    elif made:
        for one in made:
            _print(one)
        say("\n".join(_code(_text(made[-1]))))
        say(tr("seal.keep_the_root_on_paper"))
    else:
        say(tr("seal.every_version_has_its_witness") if adopt else tr("seal.no_day_that_is_over"))
    return Exit.NEEDS_PERSON if any(one.other for one in made) else Exit.OK


def _day(day: str | None) -> date | None:
    try:
        return date.fromisoformat(day) if day is not None else None
    except ValueError as error:
        raise RequestRefused(tr("seal.is_no_day_write_it", day=day)) from error


def _print(one: Sealed) -> None:
    made = one.seal
    what = tr("seal.day_utc", day=made.day) if made.day else tr("seal.what_an_earlier_release_wrote")
    how = tr("seal.sealed") if one.fresh else tr("seal.sealed_before_and_unchanged")
    rest = tr("seal.of_them_never_written", empty=made.empty) if made.empty else ""
    say(
        tr(
            "seal.with",
            what=what,
            how=how,
            quantity=quantity("announcement" if made.day else "version", made.count),
            rest=rest,
        )
    )
    say(tr("seal.root", root=made.root))
    say(tr("seal.seal", version=made.version, digest=made.digest))
    if one.before is not None:
        say(tr("seal.day_before_root", day=one.before.day, root=one.before.root))
    if one.other is not None:
        say(tr("seal.this_day_was_sealed_before", other=one.other))


def _say_checked(checked: RootCheck, as_json: bool) -> int:
    if as_json:
        print_json({"holds": checked.holds, "day": checked.day, "seal": checked.seal})
    elif checked.holds:
        of = tr("seal.of_day", day=checked.day) if checked.day else tr("seal.of_what_was_adopted")
        say(tr("seal.the_archive_still_gives_this", of=of))
    elif checked.seal is not None:
        say(tr("seal.gives_root_no_more", seal=checked.seal))
    else:
        say(tr("seal.gives_root_for_no_day"))
    return Exit.OK if checked.holds else Exit.VERIFY_FAILED


def _save_code(one: Sealed, png: Path) -> None:
    try:
        segno.make(_text(one)).save(str(png), kind="png", scale=6)
    except OSError as error:
        raise SettingsError(tr("seal.cannot_be_written", png=png, reason=error.strerror)) from error


def _text(one: Sealed) -> str:
    """Return the text of the QR code: the day and its root, so that the paper can be checked."""
    made = one.seal
    return f"results-archive seal {made.version} day {made.day or 'adopted'} root {made.root}"


def _code(text: str) -> Iterator[str]:
    """Yield a QR code as lines, two rows of modules each; light modules are drawn, because terminals are dark."""
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
