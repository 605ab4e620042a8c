"""archive worker: let this machine read pages for a cluster."""

from __future__ import annotations

import click

from archive.commands.common import CommandContext, pass_context
from archive.commands.printing import say
from archive.errors import Exit
from archive.messages.catalogue import tr
from archive.wiring import serve_cluster


@click.command(help=tr("worker.help"))
@click.argument("url", required=False)
@click.option("--jobs", type=click.IntRange(1, 256), help=tr("worker.worker_processes_without_it_one"))
@pass_context
def worker(context: CommandContext, url: str | None, jobs: int | None) -> int:
    """Work for the imports of other machines: join the Dask cluster at URL, such as dask://scheduler:8786."""
    serve_cluster(context.settings(), url, jobs, lambda line: say(line, err=True))
    return Exit.OK
