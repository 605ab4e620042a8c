"""The proxy of our fault tests passes on what it is given, and fails only as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.doubles.fault_proxy import HOST, Fault, FaultProxy, fault_proxy


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Host", self.headers["Host"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[str]:
    with ThreadingHTTPServer((HOST, 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


def put(proxy: FaultProxy, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, bytes, str | None]:
    connection = HTTPConnection(HOST, proxy.port, timeout=10)
    try:
        connection.request("PUT", "/x", body, {"Host": "bucket.example", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers["X-Host"]
    finally:
        connection.close()


def test_what_is_sent_arrives_and_so_does_the_host(echo: str) -> None:
    with fault_proxy(echo) as proxy:
        assert put(proxy, b"x" * 100_000) == (200, b"x" * 100_000, "bucket.example")
        assert proxy.seen == ["PUT /x"]


def test_a_fault_happens_as_often_as_it_was_planned(echo: str) -> None:
    with fault_proxy(echo) as proxy:
        proxy.plan(Fault("PUT", status=503, body=b"busy"))
        proxy.plan(Fault("PUT", flip=0))
        proxy.plan(Fault("GET", status=500, times=-1))

        assert put(proxy, b"abc")[:2] == (503, b"busy")
        assert put(proxy, b"abc")[:2] == (200, b"`bc")
        assert put(proxy, b"abc")[:2] == (200, b"abc")


@pytest.mark.parametrize("fault", [Fault(refuse=True), Fault(drop=True), Fault(cut_after=2)])
def test_a_connection_is_cut(echo: str, fault: Fault) -> None:
    with fault_proxy(echo) as proxy:
        proxy.plan(fault)
        with pytest.raises((OSError, HTTPException)):
            put(proxy, b"abc")


def test_a_required_header_is_required(echo: str) -> None:
    with fault_proxy(echo, required=("Authorization", "ApiKey abc")) as proxy:
        assert put(proxy, b"abc")[0] == 401
        assert put(proxy, b"abc", {"Authorization": "ApiKey wrong"})[0] == 401
        assert put(proxy, b"abc", {"authorization": "ApiKey abc"})[0] == 200


def test_a_network_that_is_far_away_takes_its_time(echo: str) -> None:
    with fault_proxy(echo) as proxy:
        proxy.latency = 0.2
        began = time.monotonic()
        put(proxy, b"abc")

        assert time.monotonic() - began >= 0.2


def test_a_server_that_is_gone_cuts_the_connection() -> None:
    with fault_proxy("http://127.0.0.1:1") as proxy, pytest.raises((OSError, HTTPException)):
        put(proxy, b"abc")
