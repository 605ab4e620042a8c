"""Elasticsearch: the vendor's own server on this machine's loopback, as one node or as three."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers.elastic_parts import Parts, parts

VERSIONS: Final = ("8.19.0", "9.2.2")

_READY_SECONDS: Final = 120.0  # 10 s on a quiet machine; a busy one with two cores has taken a minute
_STOP_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.1
_HEAP: Final = ("-Xms256m", "-Xmx512m")
_JVM: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")  # a small server that starts soon


@dataclass(frozen=True)
class Elasticsearch:
    """A running node."""

    home: Path
    version: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it in good order, and wait until it is gone."""
        _end(self.home, self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does, and wait until it is gone."""
        _end(self.home, self.pid, signal.SIGKILL)


def up(home: Path, version: str = VERSIONS[0], port: int = 0, *, bound: bool = False, **settings: str) -> Elasticsearch:
    """Start a node whose data lie in ``home``, and wait until it answers. Port 0: any that is free.

    ``bound``: it ends when this process does, however that ends. Raises Unavailable, TimeoutError.
    """
    node = _start(
        home, parts(version), version, port or free_port(), bound, {"discovery.type": "single-node"} | settings
    )
    _await(node, nodes=1)
    return node


def cluster(home: Path, version: str = VERSIONS[0], nodes: int = 3, *, bound: bool = False) -> list[Elasticsearch]:
    """Start a cluster of ``nodes``, each in a folder of its own below ``home``, and wait until it is whole."""
    names = [f"node-{number}" for number in range(1, nodes + 1)]
    transports = [free_port() for _ in names]
    shared = {
        "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in transports),
        "cluster.initial_master_nodes": ",".join(names),
    }
    made = parts(version)
    started = [
        _start(
            home / name, made, version, free_port(), bound, {"node.name": name, "transport.port": str(port)} | shared
        )
        for name, port in zip(names, transports, strict=True)
    ]
    for node in started:
        _await(node, nodes)
    return started


def restart(node: Elasticsearch, *, bound: bool = False, **settings: str) -> Elasticsearch:
    """Start a node that was ended again, over the same data and on the same port."""
    return up(node.home, node.version, node.port, bound=bound, **settings)


def down(home: Path) -> bool:
    """End the node that lives in ``home``, whoever started it; say whether there was one."""
    try:
        pid = int((home / "pid").read_text("ascii"))
    except (OSError, ValueError):
        return False
    if _is_gone(home.absolute(), pid):
        return False
    _end(home.absolute(), pid, signal.SIGTERM)
    return True


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(home: Path, made: Parts, version: str, port: int, bound: bool, settings: Mapping[str, str]) -> Elasticsearch:
    home = home.absolute()
    (home / "config").mkdir(parents=True, exist_ok=True)
    chosen = {
        "cluster.name": "results-archive-tests",
        "network.host": "127.0.0.1",
        "http.port": str(port),
        "transport.port": "0",
        "cluster.routing.allocation.disk.threshold_enabled": "false",  # a full disk of ours is no reason to refuse
        **settings,
    }
    java = [str(made.java), *_HEAP, *_JVM, *([f"-Dbound.to={os.getpid()}"] if bound else [])]
    modules = ["--module-path", str(made.lib), "--add-modules", "org.elasticsearch.server,ALL-MODULE-PATH"]
    start = ["-cp", str(made.classes), "Start", str(home), str(made.modules)]
    log = os.open(home / "node.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        pid = os.posix_spawn(
            made.java,
            [*java, *modules, *start, *(f"{name}={value}" for name, value in chosen.items())],
            {**os.environ},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,  # an interrupt at the keyboard is for the tests, not for their server
        )
    finally:
        os.close(log)
        os.close(nothing)
    (home / "pid").write_text(str(pid), "ascii")
    return Elasticsearch(home, version, port, pid)


def _await(node: Elasticsearch, nodes: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _is_ready(node, nodes):
        if _is_gone(node.home, node.pid) or time.monotonic() > deadline:
            _end(node.home, node.pid, signal.SIGKILL)
            log = (node.home / "node.log").read_text("utf-8", "replace")[-2000:]
            raise TimeoutError(f"Elasticsearch {node.version} did not start in {node.home}: {log}")
        time.sleep(_POLL_SECONDS)


def _is_ready(node: Elasticsearch, nodes: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", node.port, timeout=5)) as connection:
        try:
            connection.request("GET", "/_cluster/health")
            told = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return False
    return told.get("status") in ("green", "yellow") and told.get("number_of_nodes") == nodes


def _end(home: Path, pid: int, how: signal.Signals) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while not _is_gone(home, pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if time.monotonic() > deadline else how)
        time.sleep(_POLL_SECONDS)


def _is_gone(home: Path, pid: int) -> bool:
    """Say whether the node has ended. Its number may belong to somebody else by now: the command line tells."""
    with suppress(ChildProcessError):  # no child of ours, or let go of before
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    try:
        return os.fsencode(home) not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return True
