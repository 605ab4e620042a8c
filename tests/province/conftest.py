"""A province: a bucket, a search server, homes that import, and what an undisturbed import would have given."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.model.counting import CountQuery
from archive.model.search import Query
from archive.services.exchange.export import export
from archive.services.preservation.verify import Maintenance
from archive.settings import load
from archive.store.verify.check import CheckReport
from archive.wiring import Archive, open_archive
from tests.doubles.whole_import import draw_batch, draw_page
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.fixtures import Bucket
from tests.servers.fixtures_es import new_name
from tests.servers.seaweedfs import REGION

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # of a test that would else hang


@dataclass(frozen=True)
class Province:
    """Settings that all homes of one test share."""

    folder: Path
    variables: dict[str, str]

    def home(self, name: str = "home") -> Archive:
        """Return the archive as one home sees it, opened anew."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        return open_archive(load(home, self.variables))

    def start(self, home: str, scans: Path, batch: str) -> subprocess.Popen[str]:
        """Start an import in a process of its own."""
        (self.folder / home).mkdir(exist_ok=True)
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.doubles.province", str(self.folder / home), str(scans), batch],
            cwd=ROOT,
            env=os.environ | self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for an import; return what it said, or fail with why it did not end well."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err[-2000:]
    return out.strip()


def state(archive: Archive) -> dict[str, Any]:
    """Return all that people could see, less times and salts."""
    return {
        "export": list(export(archive.vault)),
        "lines": sorted(
            (line.path or "", line.outcome.value, len(line.pages), line.version)
            for batch in archive.vault.batches()
            for line in archive.vault.lines(batch.id)
        ),
        "searchable": sorted((hit.id, hit.version) for hit in archive.index.search(Query(limit=1000)).hits),
        "counted": sum(tally.pages for tally in archive.table.tally(CountQuery())),
    }


def is_whole(maintenance: Maintenance) -> bool:
    """Say whether verifying the vault finds nothing at all."""
    found = [one for one in maintenance.verify() if not isinstance(one, CheckReport)]
    assert found == []
    return True


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box: single pages, several pages, a duplicate, what is no scan, what is broken, and thirty more."""
    folder = tmp_path_factory.mktemp("province") / "hop-1"
    draw_batch(folder)
    for number in range(30):
        draw_page(100 + number).save(folder / f"scan{number:04d}.png", dpi=(50, 50))
    return folder


@pytest.fixture
def province(tmp_path: Path, bucket: Bucket, elastic_node: Elasticsearch) -> Province:
    """A bucket and a search server."""
    return Province(
        tmp_path,
        {
            "ARCHIVE_STORE": f"s3://{bucket.name}/{bucket.prefix}",
            "ARCHIVE_S3_ENDPOINT": bucket.server.endpoint,
            "ARCHIVE_S3_REGION": REGION,
            "ARCHIVE_INDEX": f"{elastic_node.url}/{new_name()}",
        },
    )


@pytest.fixture(scope="session")
def undisturbed(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an import into a folder gives when nobody disturbs it."""
    alone = Province(tmp_path_factory.mktemp("alone"), {})
    ended(alone.start("home", scans, "Hộp 1"))
    return state(alone.home())
