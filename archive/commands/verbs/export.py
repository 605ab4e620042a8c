"""archive export: records as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

import click

from archive.commands.batch_name import BATCH_NAME
from archive.commands.common import CommandContext, as_data, pass_context
from archive.commands.printing import print_data, say
from archive.commands.unreadable_printing import print_unreadable
from archive.errors import SettingsError
from archive.messages.catalogue import quantity, tr
from archive.services.unreadable_objects import UnreadableObjects

_INCOMPLETE = tr("export.the_export_is_incomplete")


@click.command(help=tr("export.help"))
@click.option("--batch", type=BATCH_NAME, help=tr("export.only_the_records_of_this"))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help=tr("export.file_to_write_else_the")
)
@click.option("--json", "as_json", is_flag=True, help=tr("export.accepted_for_symmetry_an_export"))
@pass_context
def export(context: CommandContext, batch: str | None, output: Path | None, as_json: bool) -> int:
    """Write every record as one JSON object a line (docs/format.md)."""
    archive = context.archive()
    if batch is not None:
        archive.batches().named(batch)  # refuses a name that does not exist
    unreadable = UnreadableObjects()
    lines = (json.dumps(as_data(value), ensure_ascii=False) for value in archive.export(batch, unreadable))
    count = _print(lines) if output is None else _save(output, lines)
    context.log.write("result", counts={"records": count, "gaps": len(unreadable)})
    return print_unreadable(tuple(unreadable), _INCOMPLETE, err=True)


def _print(lines: Iterable[str]) -> int:
    count = 0
    for line in lines:
        print_data(line)
        count += 1
    return count


def _save(output: Path, lines: Iterable[str]) -> int:
    """Write lines to a file and say so; return how many. Raises SettingsError."""
    draft = output.with_name(output.name + ".part")  # a broken export must not look like a whole one
    try:
        with draft.open("w", encoding="utf-8") as out:
            count = _write(out, lines)
        draft.replace(output)
    except OSError as error:
        raise SettingsError(
            tr("export.cannot_be_written_choose_another", output=output, reason=error.strerror)
        ) from error
    finally:
        with suppress(OSError):  # a name that is too long cannot be removed either
            draft.unlink(missing_ok=True)
    say(tr("export.written_to", records=quantity("record", count), output=output), err=True)
    return count


def _write(out: IO[str], lines: Iterable[str]) -> int:
    count = 0
    for line in lines:
        out.write(line + "\n")
        count += 1
    return count
