"""A real proxy in front of a real HTTP server: it passes everything on, or fails as networks and servers do.

It hears plain text or TLS on loopback and passes the Host header through, so that signatures hold. A client may also
name it as its HTTP proxy: then any host name leads to the one server behind it.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import BinaryIO
from urllib.parse import urlsplit

import trustme

HOST = "127.0.0.1"
_PATIENCE = 30.0  # for the server behind and for a client that says nothing: a test that hangs must end
_BODY_LIMIT = 1 << 30
_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "expect", "content-length"})


@dataclass
class Fault:
    """What goes wrong with the next ``times`` requests whose method and target match; -1: with all of them."""

    method: str = ""  # empty: any
    path: str = ""  # part of the target, its query included; empty: any
    times: int = 1
    status: int = 0  # answered in the server's place
    body: bytes = b""  # … with this
    delay: float = 0.0  # seconds before the request is passed on
    refuse: bool = False  # the connection is closed before the server hears of it
    drop: bool = False  # the server does it, and its answer is lost
    cut_after: int | None = None  # bytes of the answer's body, then the connection is cut
    flip: int | None = None  # this byte of the answer's body arrives changed
    headers: dict[str, str] = field(default_factory=dict)  # of the answer, in place of the server's
    act: Callable[[], None] | None = None  # what else happens before the request is passed on
    met: int = 0  # how often it happened

    def matches(self, method: str, target: str) -> bool:
        """Say whether it is this request's turn."""
        return self.times != 0 and self.method in ("", method) and self.path in target


@dataclass
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    length: str | None = None  # what the server said of a body that does not follow (HEAD)


class FaultProxy:
    """Stands before ``upstream``, such as ``http://127.0.0.1:8333``; close it when done."""

    def __init__(
        self, upstream: str, *, authority: trustme.CA | None = None, required: tuple[str, str] | None = None
    ) -> None:
        """``authority`` signs its certificate (TLS); ``required`` is a header that a request must have, else 401."""
        self.upstream = urlsplit(upstream).netloc
        self.required = required
        self.latency = 0.0  # seconds added to every request: a network that is far away
        self.seen: list[str] = []  # "METHOD target" of every request, in order
        self.errors: list[str] = []  # of the proxy itself: a test may look that there are none
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._tls = _tls(authority) if authority else None
        self._server = _Server(self, self._tls)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def plan(self, fault: Fault) -> Fault:
        """Let ``fault`` happen from now on; the first one that matches a request happens to it."""
        with self._lock:
            self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Forget all faults and what was seen."""
        with self._lock:
            self.faults.clear()
            self.seen.clear()

    def close(self) -> None:
        """Stop listening, cut all connections, wait for all threads."""
        self._server.shutdown()
        self._thread.join()
        self._server.cut_all()
        self._server.server_close()

    def note(self, method: str, target: str) -> Fault:
        """Note a request; return the fault that happens to it, or one that does nothing."""
        with self._lock:
            self.seen.append(f"{method} {target}")
            fault = next((one for one in self.faults if one.matches(method, target)), None)
            if fault is None:
                return Fault()
            fault.met += 1
            fault.times -= fault.times > 0
            return fault

    def pass_on(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> _Answer:
        """Ask the server behind. A connection for each request: a server that was started again is found at once."""
        connection = HTTPConnection(self.upstream, timeout=_PATIENCE)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in _HOP:
                    connection.putheader(name, value)
            if body or method in ("PUT", "POST"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return _Answer(answer.status, answer.getheaders(), answer.read(), answer.headers.get("Content-Length"))
        finally:
            connection.close()


@contextmanager
def fault_proxy(
    upstream: str, *, authority: trustme.CA | None = None, required: tuple[str, str] | None = None
) -> Iterator[FaultProxy]:
    """Stand a proxy before ``upstream`` for as long as the block lasts; its own errors fail the test."""
    proxy = FaultProxy(upstream, authority=authority, required=required)
    try:
        yield proxy
    finally:
        proxy.close()
    assert proxy.errors == []


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, proxy: FaultProxy, tls: ssl.SSLContext | None) -> None:
        super().__init__((HOST, 0), _Handler)
        self.proxy = proxy
        self.tls = tls
        self._open: set[socket.socket] = set()

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override] - a TCP server's request is a socket
        """Remember the connection, so that it can be cut."""
        self.remember(request)
        super().process_request(request, client_address)  # type: ignore[arg-type] - handed on as it came

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override] - a TCP server's request is a socket
        """Forget it."""
        self.forget(request)
        super().shutdown_request(request)

    def remember(self, connection: socket.socket) -> None:
        """Count ``connection`` among those that are cut in the end."""
        self._open.add(connection)

    def forget(self, connection: socket.socket) -> None:
        """It is closed."""
        self._open.discard(connection)

    def cut_all(self) -> None:
        """Wake every thread that waits for its client."""
        for connection in list(self._open):
            with suppress(OSError, ValueError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # TLS too: its own way waits for the other side


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.request.settimeout(_PATIENCE)
        connection: socket.socket = self.request
        try:
            if self.server.tls:
                connection = self.server.tls.wrap_socket(connection, server_side=True)
                self.server.remember(connection)  # the one within has given its handle away and cannot be cut
            with connection.makefile("rb") as stream:
                while self._exchange(connection, stream):
                    pass
        except (OSError, HTTPException):
            pass  # the client went away, does not trust us, or the server is down: the connection ends
        except Exception as error:
            self.server.proxy.errors.append(repr(error))
        finally:
            if connection is not self.request:
                self.server.forget(connection)
                connection.close()

    def _exchange(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """Serve one request; return whether the connection goes on."""
        line = stream.readline().decode("latin-1").split()
        if len(line) < 2:
            return False
        method, target = line[0], _origin_form(line[1])
        headers = list(_headers(stream))
        known = {name.lower(): value for name, value in headers}
        if known.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _body(stream, known)
        proxy = self.server.proxy
        fault = proxy.note(method, target)
        if proxy.required and known.get(proxy.required[0].lower()) != proxy.required[1]:
            return _send(connection, method, _Answer(401, [("WWW-Authenticate", "Basic")], b""), Fault())
        time.sleep(proxy.latency + fault.delay)
        if fault.act:
            fault.act()
        if fault.refuse:
            return False
        if fault.status:
            return _send(connection, method, _Answer(fault.status, [], fault.body), fault)
        answer = proxy.pass_on(method, target, headers, body)
        return not fault.drop and _send(connection, method, answer, fault)


def _origin_form(target: str) -> str:
    """Return the path and query of a target; a client that uses us as its proxy sends the whole address."""
    if not target.startswith("http://"):
        return target
    return "/" + target.removeprefix("http://").partition("/")[2]


def _headers(stream: BinaryIO) -> Iterator[tuple[str, str]]:
    while (line := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        yield name, value.strip()


def _body(stream: BinaryIO, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        whole = b""
        while size := int(stream.readline().split(b";")[0], 16):
            whole += stream.read(size)
            stream.readline()
        stream.readline()
        return whole
    length = int(headers.get("content-length", "0"))
    assert length <= _BODY_LIMIT
    body = stream.read(length)
    if len(body) != length:
        raise ConnectionResetError("the client went away in the middle")
    return body


def _send(connection: socket.socket, method: str, answer: _Answer, fault: Fault) -> bool:
    body = bytearray(answer.body)
    if fault.flip is not None and body:
        body[fault.flip % len(body)] ^= 1
    length = answer.length if method == "HEAD" and answer.length else str(len(body))
    changed = {name.lower() for name in fault.headers}
    head = [f"HTTP/1.1 {answer.status} X"]
    head += [f"{name}: {value}" for name, value in answer.headers if name.lower() not in _HOP | changed]
    head += [f"{name}: {value}" for name, value in fault.headers.items()]
    if answer.status not in (204, 304):
        head.append(f"Content-Length: {length}")
    connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
    if method == "HEAD":
        return True
    if fault.cut_after is not None:
        connection.sendall(body[: fault.cut_after])
        return False
    connection.sendall(body)
    return True


def _tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "localhost", "*.localhost").configure_cert(context)
    return context
