"""Import and search side by side: a folder with the embedded index, a bucket with Elasticsearch, and both from afar.

The same scans are really read each time. Servers are the real ones that tests use, on this machine's loopback; the
distance is made by a proxy that holds every request back. Prints ratios to the folder, asserts nothing.

usage: python -m bench.backends [--files FOLDER] [--copies N] [--jobs N] [--round-trip MS]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from archive.services.search.query import parse_query
from archive.settings import load
from archive.wiring import open_archive
from tests.doubles.fault_proxy import FaultProxy
from tests.servers import elasticsearch
from tests.servers.seaweedfs import KEY, REGION, SECRET, SeaweedFS

BUCKET = "bench"
QUERIES = (
    "giấy phép xây dựng",
    "giay phep xay dung",
    '"ủy ban nhân dân"',
    "quyết định",
    "15/GPXD-UBND",
    "trích lục khai sinh",
    "ho kinh doanh",
    "công văn -đất",
    "",
)
ROUNDS = 5  # each query so often; the middle one counts


@dataclass(frozen=True)
class Place:
    """One pair of backends, as variables of a run."""

    name: str
    variables: dict[str, str]


@dataclass(frozen=True)
class Cost:
    """What a place cost: import in seconds and CPU seconds, a search in milliseconds."""

    wall: float
    cpu: float
    search: float


def main() -> None:
    """Start the servers, run each place, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=Path, default=Path("samples/scans"))
    options.add_argument("--copies", type=int, default=1, help="each scan so often, every copy with bytes of its own")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--round-trip", type=float, default=50.0, metavar="MS", help="of the place far away")
    given = options.parse_args()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scans = copied(given.files, folder / "scans", given.copies)
        costs = {}
        for place in places(folder, given.round_trip, stack):
            costs[place.name] = measured(folder / "homes" / place.name.replace(" ", "-"), scans, place, given.jobs)
            base = next(iter(costs.values()))
            cost = costs[place.name]
            print(
                f"{place.name:<34}{cost.wall:>8.1f} s{cost.wall / base.wall:>7.2f}{cost.cpu:>9.1f} s"
                f"{cost.cpu / base.cpu:>7.2f}{cost.search:>9.1f} ms{cost.search / base.search:>8.1f}"
            )
            sys.stdout.flush()


def copied(files: Path, target: Path, copies: int) -> Path:
    """Return a folder with so many copies of the scans; bytes behind a file's end change its digest and no page."""
    for copy in range(copies):
        folder = target / f"hop-{copy}"
        folder.mkdir(parents=True)
        for file in sorted(path for path in files.iterdir() if path.is_file()):
            (folder / file.name).write_bytes(file.read_bytes() + (f"\n%{copy}\n".encode() if copy else b""))
    return target


def places(folder: Path, round_trip: float, stack: ExitStack) -> Iterator[Place]:
    """Yield the places, nearest first; servers are started when they are wanted and stopped by ``stack``."""
    print(f"{'':<34}{'import':>10}{'ratio':>7}{'CPU':>11}{'ratio':>7}{'search':>12}{'ratio':>8}")
    yield Place("folder, embedded", {})
    bucket = SeaweedFS(folder / "s3").start()
    stack.callback(bucket.stop)
    client = bucket.client()
    client.create_bucket(Bucket=BUCKET)
    client.close()
    node = elasticsearch.up(folder / "es", bound=True)
    stack.callback(node.stop)
    yield elsewhere("bucket, Elasticsearch", "near", bucket.endpoint, node.url)
    far = [FaultProxy(bucket.endpoint), FaultProxy(node.url)]
    for proxy in far:
        stack.callback(proxy.close)
        proxy.latency = round_trip / 1000
    name = f"bucket, Elasticsearch, {round_trip:.0f} ms away"
    yield elsewhere(name, "far", *(proxy.endpoint for proxy in far))


def elsewhere(name: str, prefix: str, s3: str, index: str) -> Place:
    """Return a place in a bucket and on a server."""
    return Place(
        name,
        {
            "ARCHIVE_STORE": f"s3://{BUCKET}/{prefix}",
            "ARCHIVE_S3_ENDPOINT": s3,
            "ARCHIVE_S3_REGION": REGION,
            "ARCHIVE_INDEX": f"{index}/{prefix}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        },
    )


def measured(home: Path, scans: Path, place: Place, jobs: int) -> Cost:
    """Import once with the program itself, then search in this process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHIVE_", "AWS_"))}
    command = [sys.executable, "cli.py", "--home", str(home), "import", str(scans), "--jobs", str(jobs)]
    started = time.monotonic()
    process = subprocess.Popen(command, env=kept | place.variables, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    if process.returncode not in (0, 3):
        raise SystemExit(f"the import into {place.name} ended with code {process.returncode}")
    os.environ.update(place.variables)
    search = open_archive(load(home)).search()
    times = []
    for words in QUERIES:
        query = parse_query(words)
        for _ in range(ROUNDS):
            began = time.monotonic()
            search.search(query)
            times.append(time.monotonic() - began)
    for name in place.variables:
        del os.environ[name]
    return Cost(wall, usage.ru_utime + usage.ru_stime, 1000 * statistics.median(times))


if __name__ == "__main__":
    main()
