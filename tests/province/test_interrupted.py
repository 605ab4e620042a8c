"""Ctrl-C is not kept waiting by a store that says nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from archive.errors import Exit
from tests.doubles.fault_proxy import Fault, FaultProxy
from tests.doubles.whole_import import draw_page
from tests.province.conftest import ROOT, Province
from tests.servers.fixtures import Bucket

PATIENCE = 120.0  # of a test that would else hang


@pytest.mark.long
def test_an_import_whose_store_has_fallen_silent_ends_at_once(
    province: Province, bucket: Bucket, tmp_path: Path
) -> None:
    folder = tmp_path / "hop"
    folder.mkdir()
    draw_page(5).save(folder / "a.png", dpi=(50, 50))
    reached, over = threading.Event(), threading.Event()

    def fall_silent() -> None:
        reached.set()
        over.wait(3 * PATIENCE)

    with closing(FaultProxy(bucket.server.endpoint)) as proxy:
        proxy.plan(Fault(method="PUT", path="/records/", times=-1, act=fall_silent))
        variables = {**province.variables, "ARCHIVE_S3_ENDPOINT": proxy.endpoint, "ARCHIVE_S3_READ_SECONDS": "1000"}
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "cli.py", "--home", str(tmp_path / "home"), "import", str(folder), "--jobs", "1"],
            cwd=ROOT,
            env=os.environ | variables,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert reached.wait(PATIENCE), "it never came to writing a record"
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE)
        finally:
            over.set()
            process.kill()

    assert process.returncode == Exit.UNEXPECTED
    assert said.splitlines()[-1].startswith("Interrupted. Nothing is lost")
