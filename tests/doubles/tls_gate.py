"""TlsGate: a reverse proxy on loopback that ends TLS, checks credentials, and fails as it is told to."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, Mapping[str, str], bytes]
_KEPT_HEADERS = ("content-type", "x-elastic-product")
_JSON = {"content-type": "application/json", "x-elastic-product": "Elasticsearch"}


def refusal(status: int, kind: str, reason: str = "") -> Answer:
    """Return an error as Elasticsearch writes it."""
    cause = {"type": kind, "reason": reason}
    body = {"error": {"root_cause": [cause], **cause}, "status": status}
    return status, _JSON, json.dumps(body).encode()


@dataclass
class Faults:
    """What goes wrong next, and what was asked so far."""

    accepted: frozenset[str] | None = None  # Authorization headers that are let through; None: all
    slow_s: float = 0.0
    answers: list[Answer] = field(default_factory=list)  # given in place of the server's, one a request
    cut: int = 0  # requests whose connection is cut before the server hears of them,
    cut_after: int = 0  # … and after it has done them
    item_status: dict[str, list[int]] = field(default_factory=dict)  # document id -> statuses of its next tries
    item_cause: str = "es_rejected_execution_exception"
    rewritten: Callable[[str, Answer], Answer] | None = None  # path, answer of the server -> what the client gets
    only: str = ""  # faults are for requests whose path holds this
    asked: list[str] = field(default_factory=list)  # METHOD path
    sent: list[bytes] = field(default_factory=list)  # bodies of these requests


@dataclass(frozen=True)
class Gate:
    """A running gate."""

    port: int
    scheme: str
    faults: Faults

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextmanager
def tls_gate(upstream: str, context: ssl.SSLContext | None = None) -> Iterator[Gate]:
    """Run a gate before ``upstream``; with ``context`` it speaks TLS."""
    faults = Faults()
    server = _Server(upstream, faults, context)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Gate(server.server_address[1], "https" if context else "http", faults)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them: no thread outlives its test

    def __init__(self, upstream: str, faults: Faults, context: ssl.SSLContext | None) -> None:
        self.upstream, self.faults, self.context = urlsplit(upstream), faults, context
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> Any:
        connection, address = super().get_request()
        if self.context is not None:
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that distrusts us or gives up is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10  # seconds: a client that says nothing must not keep a test from ending

    def setup(self) -> None:
        if self.server.context is not None:
            self.request.settimeout(self.timeout)
            self.request.do_handshake()
        super().setup()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        faults = self.server.faults
        faults.asked.append(f"{self.command} {self.path}")
        faults.sent.append(body)
        if faults.accepted is not None and self.headers.get("authorization") not in faults.accepted:
            self._answer(refusal(401, "security_exception", "missing or wrong credentials"))
        elif faults.only not in self.path:
            self._answer(self._forwarded(body))
        else:
            self._answer_faultily(body, faults)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 - http.server looks for these names

    def _answer_faultily(self, body: bytes, faults: Faults) -> None:
        time.sleep(faults.slow_s)
        if faults.cut:
            faults.cut -= 1
            return
        if faults.answers:
            self._answer(faults.answers.pop(0))
            return
        answer = self._bulk(body, faults) if "_bulk" in self.path and faults.item_status else self._forwarded(body)
        if faults.cut_after:
            faults.cut_after -= 1
            return
        self._answer(faults.rewritten(self.path, answer) if faults.rewritten else answer)

    def _bulk(self, body: bytes, faults: Faults) -> Answer:
        """Keep single documents from the server, and answer for them."""
        lines = body.splitlines(keepends=True)
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        through, answers = [], []
        for action, source in pairs:
            ((kind, about),) = json.loads(action).items()
            statuses = faults.item_status.get(about["_id"], [])
            if statuses:
                error = {"type": faults.item_cause, "reason": "as the test wants it"}
                answers.append({kind: {"status": statuses.pop(0), "error": error}})
            else:
                answers.append(None)
                through.append(action + source)
        status, headers, told = self._forwarded(b"".join(through)) if through else (200, _JSON, b'{"items": []}')
        done = iter(json.loads(told).get("items", []))
        return status, headers, json.dumps({"items": [answer or next(done) for answer in answers]}).encode()

    def _forwarded(self, body: bytes) -> Answer:
        upstream = http.client.HTTPConnection(
            self.server.upstream.hostname or "", self.server.upstream.port, timeout=30
        )
        try:
            headers = {name: self.headers[name] for name in ("content-type", "accept") if name in self.headers}
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            kept = {name: value for name in _KEPT_HEADERS if (value := answer.getheader(name))}
            return answer.status, kept, answer.read()
        finally:
            upstream.close()

    def _answer(self, answer: Answer) -> None:
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
