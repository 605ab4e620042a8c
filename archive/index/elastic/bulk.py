"""Bulk requests, bounded in number and bytes; the answer for each document is checked."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from elasticsearch import Elasticsearch

from archive.errors import IndexUnavailable
from archive.index.elastic.errors import WORTH_ANOTHER_TRY, AliasMissing, failed
from archive.index.elastic.retry import pauses
from archive.messages.catalogue import tr

MAX_DOCUMENTS: Final = 500
MAX_BYTES: Final = 5_000_000  # the vendor advises 5 to 15 MB; a server refuses 100 MB, or a tenth of its memory
_log = logging.getLogger(__name__)

_CONFLICT: Final = 409
_ANSWERS: Final = "items.*.status,items.*.error.type,items.*.error.reason"
_ALIAS_MISSING: Final = "index_not_found_exception"  # with require_alias: no such alias, or an index of that name


@dataclass(frozen=True, slots=True)
class Document:
    """One document. With a version it replaces only lower versions; without one it is written once and then stays."""

    id: str
    source: Mapping[str, Any]
    version: int | None = None


class Caller(Protocol):
    """A client with retries, such as ElasticConnection."""

    retries: int
    seconds: float
    url: str

    def call(self, ask: Callable[[Elasticsearch], Any]) -> Any:
        """Return the result of ``ask``."""


def write(caller: Caller, alias: str, documents: Iterable[Document], refresh: bool) -> None:
    """Write all documents through ``alias``, which must be there. Raises IndexUnavailable, AliasMissing, SettingsError.

    Idempotent: a document that exists in that version or a later one counts as written.
    """
    for batch in batches(documents):
        write_batch(caller, alias, batch, refresh)


def batches(documents: Iterable[Document]) -> Iterator[list[bytes]]:
    """Yield documents as the lines of bulk requests, bounded in number and bytes (one alone may be larger)."""
    batch: list[bytes] = []
    size = 0
    for document in documents:
        lines = _lines(document)
        if batch and (len(batch) >= MAX_DOCUMENTS or size + len(lines) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(lines)
        size += len(lines)
    if batch:
        yield batch


def _lines(document: Document) -> bytes:
    if document.version is None:
        action: dict[str, Any] = {"create": {"_id": document.id}}
    else:
        about = {"_id": document.id, "version": document.version, "version_type": "external"}
        action = {"index": about}
    return b"\n".join(json.dumps(part, ensure_ascii=False).encode("utf-8") for part in (action, document.source))


def write_batch(caller: Caller, alias: str, batch: list[bytes], refresh: bool) -> None:
    """Write one of ``batches``; documents that a busy server refused, and only those, are retried after a pause."""
    waits = pauses(caller.retries, caller.seconds)
    while batch:
        refused = _refused(caller, alias, batch, refresh)
        if not refused:
            return
        wait = next(waits, None)
        if wait is None:
            raise failed(*next(iter(refused.values())), caller.url)
        _log.info("retry")
        time.sleep(wait)
        batch = [batch[position] for position in refused]


def _refused(caller: Caller, alias: str, batch: list[bytes], refresh: bool) -> dict[int, tuple[int, str, str]]:
    """Send one request; return the retryable refusals by position. Raises for a permanent one."""

    def send(client: Elasticsearch) -> Any:
        lines: list[Any] = list(batch)  # the client accepts encoded bytes, although its types do not say so
        return client.bulk(index=alias, operations=lines, require_alias=True, refresh=refresh, filter_path=_ANSWERS)

    answers = [next(iter(item.values())) for item in caller.call(send).get("items", ())]
    if len(answers) != len(batch):
        raise IndexUnavailable(
            tr("elastic.the_search_server_at_answered_for", url=caller.url, answers=len(answers), batch=len(batch))
        )
    refused = {}
    for position, answer in enumerate(answers):
        status, error = int(answer["status"]), answer.get("error", {})
        told = (status, str(error.get("type", "unknown")), str(error.get("reason", "")))
        if 200 <= status < 300 or status == _CONFLICT:
            continue
        if told[1] == _ALIAS_MISSING:
            raise AliasMissing(tr("elastic.there_is_no_alias_on_the", alias=alias, url=caller.url))
        if status not in WORTH_ANOTHER_TRY:
            raise failed(*told, caller.url)
        refused[position] = told
    return refused
