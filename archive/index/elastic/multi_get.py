"""Multi-get: documents by their ids, visible as soon as they are written, before a refresh lets searches find them."""

from __future__ import annotations

from typing import Any, Final

from elasticsearch import Elasticsearch

from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.errors import AliasMissing, NotReadyError
from archive.messages.catalogue import tr

_WANTED: Final = "docs._id,docs._version,docs.found,docs.error.type"
_GONE: Final = "index_not_found_exception"


def multi_get(connection: ElasticConnection, index: str, ids: list[str]) -> list[dict[str, Any]]:
    """Return ``_id``, ``found`` and, where found, ``_version`` for each of ``ids``, in their order.

    The server answers for each document separately. If one cannot be looked up for now, the whole request is retried.
    Raises AliasMissing (a rebuild removed the index), IndexUnavailable, SettingsError.
    """

    def get(client: Elasticsearch) -> list[dict[str, Any]]:
        documents = client.mget(index=index, ids=ids, source=False, filter_path=_WANTED).get("docs", [])
        errors = {str(one["error"].get("type", "unknown")) for one in documents if "error" in one}
        if _GONE in errors:
            raise AliasMissing(tr("elastic.the_index_is_not_there_any", index=index))
        if errors:
            raise NotReadyError(", ".join(sorted(errors)))
        return list(documents)

    return connection.call(get)
