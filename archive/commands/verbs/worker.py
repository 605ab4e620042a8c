"""archive worker: let this machine read pages for a cluster."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, pass_context
from archive.errors import Exit
from archive.wiring import serve_cluster


@click.command()
@click.argument("url", required=False)
@click.option("--jobs", type=click.IntRange(1, 256), help="Worker processes; without it, one for each core.")
@pass_context
def worker(context: CommandContext, url: str | None, jobs: int | None) -> int:
    """Work for the imports of other machines: join the Dask cluster at URL, such as dask://scheduler:8786.

    Without URL the setting work names it. Runs until it is asked to end (Ctrl-C, SIGTERM); waits for a scheduler that
    is not there. Every machine must see the scans under the same path as the one that imports, and have this same
    version of the archive and of its reader.
    """
    serve_cluster(context.settings(), url, jobs, lambda line: click.echo(line, err=True))
    return Exit.OK
