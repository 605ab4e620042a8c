"""A Dask cluster on loopback: a real scheduler and real ``archive worker`` processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds: how long a test waits for what must come, however slow the machine is


def wait_until(what: Callable[[], bool]) -> None:
    """Wait until something has come about."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass
class WorkerProcess:
    """One ``archive worker``, and what it said."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """All that it wrote so far."""
        return self.log.read_text("utf-8")

    def connected(self, times: int = 1) -> None:
        """Wait until it is part of the cluster, for the n-th time."""
        wait_until(lambda: self.said.count("Connected to") >= times or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def children(self) -> list[psutil.Process]:
        """Return the processes that it has now."""
        return psutil.Process(self.process.pid).children()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.process.wait(PATIENCE)


@dataclass
class DaskCluster:
    """A scheduler and its workers. ``certificates``: authority, certificate and key in PEM; without them plain text."""

    folder: Path
    certificates: tuple[Path, Path, Path] | None = None
    port: int = 0
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def address(self) -> str:
        """HOST:PORT of the scheduler."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The setting ``work``."""
        return f"dask://{self.address}"

    def start_scheduler(self) -> None:
        """Start a scheduler, on the same port as before if there was one; wait until it can be reached."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-jupyter"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--scheduler-file", str(file)]
        command += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        surroundings = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(self.folder)}
        if self.certificates:
            for name, certificate in zip(("ca-file", "cert", "key"), self.certificates, strict=True):
                command += [f"--tls-{name}", str(certificate)]
            command += ["--protocol", "tls"]
        with (self.folder / "scheduler.log").open("ab") as log:
            # Away from our own folder, as on an operator's machine: a scheduler need not know our modules.
            self.scheduler = subprocess.Popen(  # noqa: S603 - Dask's own program
                command, cwd=self.folder, env=surroundings, stdout=log, stderr=log
            )
        wait_until(lambda: bool(_address_in(file)) or self.scheduler is None or self.scheduler.poll() is not None)
        assert self.scheduler.poll() is None, (self.folder / "scheduler.log").read_text("utf-8")
        self.port = int(_address_in(file).rpartition(":")[2])

    def start_worker(self, *words: str, jobs: int = 1) -> WorkerProcess:
        """Start a worker; it need not be connected yet."""
        log = self.folder / f"worker{len(self.workers)}.log"
        settings = ["--home", str(self.folder / "no-home")]
        command = [sys.executable, str(ROOT / "cli.py"), *settings, "worker", self.url, "--jobs", str(jobs), *words]
        with log.open("wb") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=file, stderr=file)  # noqa: S603 - our own program
        self.workers.append(WorkerProcess(process, log))
        return self.workers[-1]

    def environment(self) -> dict[str, str]:
        """Return the environment of processes that speak with the cluster."""
        names = ("CA_FILE", "CERT_FILE", "KEY_FILE")
        given = zip(names, map(str, self.certificates or ()), strict=False)
        named = {f"ARCHIVE_DASK_{name}": file for name, file in given}
        return {**os.environ, **named, "TMPDIR": str(self.folder)}  # what a killed worker leaves goes with the test

    def start(self, workers: Sequence[int] = (1, 1, 1)) -> DaskCluster:
        """Start a scheduler and workers with so many places; wait until all are connected."""
        self.start_scheduler()
        for worker in [self.start_worker(jobs=jobs) for jobs in workers]:
            worker.connected()
        return self

    def stop(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()
        if self.scheduler:
            self.scheduler.kill()
            self.scheduler.wait()


def _address_in(file: Path) -> str:
    try:
        return str(json.loads(file.read_text())["address"])
    except (OSError, ValueError, KeyError):  # not there yet, or half written
        return ""
