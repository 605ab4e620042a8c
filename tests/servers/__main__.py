"""scripts/servers: real servers on fixed ports, for a person to play with."""

from __future__ import annotations

import argparse
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from tests.servers import seaweedfs

HOME = Path(__file__).parents[2] / ".servers"
S3_PORT, ES_PORT = 8333, 9200
ES_VERSION = "8.19.0"
BUCKET = "archive"


def main() -> None:
    """Start or stop what the command line names."""
    parser = argparse.ArgumentParser(prog="scripts/servers", description=__doc__)
    parser.add_argument("verb", choices=["up", "down"])
    parser.add_argument("server", nargs="?", choices=["s3", "es"], help="one of them; without it both")
    parser.add_argument("--wipe", action="store_true", help="with down: remove the data too")
    asked = parser.parse_intermixed_args()  # `down --wipe s3` as well as `down s3 --wipe`
    if asked.wipe and asked.verb == "up":
        parser.error("--wipe goes with down")
    for name in [asked.server] if asked.server else ["s3", "es"]:
        if asked.verb == "up":
            {"s3": s3_up, "es": es_up}[name]()
            continue
        {"s3": s3_down, "es": es_down}[name]()
        if asked.wipe:
            shutil.rmtree(HOME / name, ignore_errors=True)
        click.echo(f"{name}: stopped, its data {'removed' if asked.wipe else f'stays in {HOME.name}/{name}'}")


def s3_up() -> None:
    """Start the S3 server, make a bucket, say how to use it."""
    try:
        server = seaweedfs.up(HOME / "s3", S3_PORT)
    except seaweedfs.CannotStart as error:
        raise SystemExit(f"s3: {error}") from error
    client = server.client()
    with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=BUCKET)
    client.close()
    click.echo(f"# S3 at {server.endpoint}: key {seaweedfs.KEY}, secret {seaweedfs.SECRET}, bucket {BUCKET}")
    click.echo(f"export AWS_ACCESS_KEY_ID={seaweedfs.KEY} AWS_SECRET_ACCESS_KEY={seaweedfs.SECRET}")
    click.echo(f"export ARCHIVE_S3_ENDPOINT={server.endpoint} ARCHIVE_S3_REGION={seaweedfs.REGION}")
    click.echo(f"export ARCHIVE_STORE=s3://{BUCKET}/vault")


def s3_down() -> None:
    """Stop the S3 server."""
    seaweedfs.down(HOME / "s3", S3_PORT)


def es_up() -> None:
    """Start the search server, say how to use it."""
    es = _elasticsearch()
    if es is not None:
        es.up(HOME / "es", ES_VERSION, ES_PORT)
        click.echo(f"# Elasticsearch {ES_VERSION} at http://127.0.0.1:{ES_PORT}, without users")
        click.echo(f"export ARCHIVE_INDEX=http://127.0.0.1:{ES_PORT}/archive")


def es_down() -> None:
    """Stop the search server."""
    es = _elasticsearch()
    if es is not None:
        es.down(HOME / "es")


def _elasticsearch() -> Any:
    try:
        from tests.servers import elasticsearch
    except ImportError as error:
        click.echo(f"# Elasticsearch: left out ({error})")
        return None
    return elasticsearch


if __name__ == "__main__":
    main()
