"""ElasticConnection: a client of one cluster, safe for any number of threads and processes."""

from __future__ import annotations

import logging
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Final, TypeVar

from elastic_transport import TransportError, Urllib3HttpNode
from elasticsearch import ApiError, Elasticsearch

from archive.errors import SettingsError
from archive.index.elastic import bulk
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.bulk import Document
from archive.index.elastic.errors import is_worth_another_try, translating
from archive.index.elastic.retry import pauses
from archive.messages.catalogue import tr

MAJOR_VERSIONS: Final = (8, 9)
_FORBIDDEN: Final = 403

T = TypeVar("T")

_log = logging.getLogger(__name__)

# Without a handler, a library's warnings go to the screen; the same errors are also raised.
for _logger in ("elastic_transport", "elasticsearch"):
    logging.getLogger(_logger).addHandler(logging.NullHandler())


class ElasticConnection:
    """Sends requests. Opens its client at the first one; pickled and forked copies open their own."""

    def __init__(self, address: ElasticAddress) -> None:
        self.address = address
        self.retries = address.options.retries
        self.seconds = address.options.seconds
        self.url = address.url
        self._lock = threading.Lock()
        self._opened: tuple[int, Elasticsearch] | None = None  # with the process that it belongs to

    def __reduce__(self) -> tuple[type[ElasticConnection], tuple[ElasticAddress]]:
        return (type(self), (self.address,))

    def call(self, ask: Callable[[Elasticsearch], T]) -> T:
        """Return the result of ``ask``, a call of the client that is retried and so must be idempotent.

        Raises IndexUnavailable, SettingsError; for a 404 as well, unless ``ask`` says ``options(ignore_status=404)``.
        """
        with self.translating():
            return self.patiently(ask)

    def translating(self) -> AbstractContextManager[None]:
        """Translate the client's errors. Raises IndexUnavailable, SettingsError."""
        return translating(self.url)

    def bulk(self, alias: str, documents: Iterable[Document], *, refresh: bool) -> None:
        """Write documents through ``alias``. Raises AliasMissing, IndexUnavailable, SettingsError.

        ``refresh``: they are found as soon as this returns.
        """
        bulk.write(self, alias, documents, refresh)

    def bulk_batch(self, alias: str, batch: list[bytes]) -> None:
        """Write one of ``bulk.batches`` through ``alias``, to be found later. Raises as ``bulk`` does."""
        bulk.write_batch(self, alias, batch, refresh=False)

    def versions(self) -> set[str]:
        """Return the versions of the cluster's nodes; empty when our account may not read them.

        Raises IndexUnavailable, SettingsError.
        """
        return self.call(_versions)

    def close(self) -> None:
        """Close the connections; the next request opens them again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened[0] == os.getpid():
            opened[1].close()

    def patiently(self, ask: Callable[[Elasticsearch], T]) -> T:
        """Like ``call``, but raise the client's own errors; for use inside ``translating``."""
        waits = pauses(self.retries, self.seconds)
        while True:
            try:
                return ask(self._client())
            except (ApiError, TransportError) as error:
                wait = next(waits, None) if is_worth_another_try(error) else None
                if wait is None:
                    raise
                _log.info("retry", exc_info=True)
            time.sleep(wait)

    def _client(self) -> Elasticsearch:
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                client = _open(self.address)
                try:
                    _refuse_other_versions(_versions(client), self.url)
                except BaseException:
                    client.close()
                    raise
                self._opened = (os.getpid(), client)
            return self._opened[1]


class _QuietNode(Urllib3HttpNode):
    """Drops the server's ``Warning`` headers: the client would print them; they concern the server's operator."""

    def perform_request(self, *asked: Any, **more: Any) -> Any:
        answer = super().perform_request(*asked, **more)
        answer.meta.headers.pop("warning", None)
        return answer


def _open(address: ElasticAddress) -> Elasticsearch:
    """Return a client. Raises SettingsError for a malformed file of certificate authorities."""
    options = address.options
    try:
        return Elasticsearch(
            list(address.hosts),
            node_class=_QuietNode,
            request_timeout=options.seconds,
            max_retries=len(address.hosts)
            - 1,  # try another node at once; the same node after a pause, which this class makes
            **_trust(address),
            **_credentials(address),
        )
    except (OSError, ssl.SSLError, ValueError) as error:
        raise SettingsError(
            tr(
                "elastic.setting_elastic_ca_certs_cannot_be",
                certificates=options.ca_certs or tr("elastic.the_list_of_authorities"),
                error=error,
            )
        ) from error


def _trust(address: ElasticAddress) -> dict[str, Any]:
    if address.options.fingerprint:
        return {"ssl_assert_fingerprint": address.options.fingerprint, "ssl_show_warn": False}
    return {"ca_certs": address.options.ca_certs} if address.options.ca_certs else {}


def _credentials(address: ElasticAddress) -> dict[str, Any]:
    options = address.options
    if options.api_key:
        return {"api_key": options.api_key}
    return {"basic_auth": (options.username, options.password)} if options.username else {}


def _versions(client: Elasticsearch) -> set[str]:
    """Return the nodes' versions: a server may lack GET /, and an account the right to ask (then empty)."""
    told = client.options(ignore_status=_FORBIDDEN).nodes.info(metric="http", filter_path="nodes.*.version")
    return {str(node["version"]) for node in told.get("nodes", {}).values()}


def _refuse_other_versions(versions: set[str], server: str) -> None:
    others = sorted(version for version in versions if int(version.partition(".")[0]) not in MAJOR_VERSIONS)
    if others:
        raise SettingsError(
            tr("elastic.the_search_server_at_is_elasticsearch", server=server, others=", ".join(others))
        )
