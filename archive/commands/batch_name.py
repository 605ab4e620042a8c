"""The name of a batch on the command line."""

from __future__ import annotations

import click

from archive.messages.catalogue import tr


class BatchName(click.ParamType[str]):
    """A text that holds more than blanks: an empty one is a variable that was not set, and no wish for all batches."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as it was given. Raises click.BadParameter for one of blanks alone."""
        if not value.strip():
            self.fail(tr("common.the_name_of_a_batch_is"), param, ctx)
        return value


BATCH_NAME = BatchName()
