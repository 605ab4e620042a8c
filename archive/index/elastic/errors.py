"""Errors of the Elasticsearch client, each translated into one of ours that says what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from elastic_transport import ConnectionError as Unreachable
from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from archive.errors import IndexUnavailable, SearchError, SettingsError
from archive.messages.catalogue import tr
from archive.messages.sentence import Sentence, joined

TOO_BUSY: Final = 429
# Retryable statuses: too busy, a gateway without a server, a cluster that elects a master or recovers.
WORTH_ANOTHER_TRY: Final = frozenset({TOO_BUSY, 500, 502, 503, 504})

_UNAUTHENTICATED, _FORBIDDEN, _NOT_FOUND, _NOT_ACCEPTABLE = 401, 403, 404, 406
_CUT_OFF: Final = ("eof occurred", "unexpected_eof", "reset by peer", "broken pipe", "timed out")
_OTHER_DIALECT: Final = "media_type_header_exception"  # a server before 8 does not know the client's content type


class AliasMissing(IndexUnavailable):
    """The index, or the alias to write through, does not exist: never made, or removed by a rebuild."""


class NotReadyError(TransportError):
    """The server answered, but could not look up a document: its shard is starting or moving."""


@contextmanager
def translating(server: str) -> Iterator[None]:
    """Translate the client's errors about ``server``. Raises IndexUnavailable, SettingsError."""
    try:
        yield
    except (ApiError, TransportError) as error:
        raise translated(error, server) from error


def is_worth_another_try(error: Exception) -> bool:
    """Return True when a retry of the same request may succeed."""
    if isinstance(error, ApiError):
        return not isinstance(error, UnsupportedProductError) and error.status_code in WORTH_ANOTHER_TRY
    return isinstance(error, Unreachable | ConnectionTimeout | NotReadyError) and not _is_distrust(error)


def translated(error: Exception, server: str) -> SearchError | SettingsError:
    """Return the error of ours for one of the client's."""
    if isinstance(error, UnsupportedProductError):
        return SettingsError(tr("elastic.what_answers_at_is_not_elasticsearch", server=server))
    if isinstance(error, ApiError):
        return _refused(error, server)
    if _is_distrust(error):
        return SettingsError(tr("elastic.the_certificate_of_is_not_trusted", server=server))
    if isinstance(error, ConnectionTimeout):
        return IndexUnavailable(tr("elastic.the_search_server_at_did_not", server=server))
    if isinstance(error, NotReadyError):
        return IndexUnavailable(tr("elastic.the_search_server_at_could_not", server=server, message=error.message))
    if isinstance(error, Unreachable):
        return IndexUnavailable(tr("elastic.the_search_server_at_cannot_be", server=server, kind=_kind(error)))
    return IndexUnavailable(
        tr("elastic.the_search_server_at_answered_something", server=server, error=type(error).__name__)
    )


def failed(status: int, cause: str, reason: str, server: str) -> SearchError | SettingsError:
    """Return the error of ours for a status, of a whole request or of one item of a bulk request."""
    if status == _UNAUTHENTICATED:
        return SettingsError(tr("elastic.the_search_server_at_refused_our", server=server))
    if status == _FORBIDDEN and "block" not in cause:
        return SettingsError(
            tr("elastic.our_account_lacks_a_privilege_on", server=server, privilege=_privilege(reason))
        )
    if status == _NOT_ACCEPTABLE or cause == _OTHER_DIALECT:
        return SettingsError(tr("elastic.the_search_server_at_is_of", server=server))
    if status in (TOO_BUSY, _FORBIDDEN) and "block" in cause:
        return IndexUnavailable(tr("elastic.the_search_server_at_takes_no", server=server, cause=cause))
    if status in WORTH_ANOTHER_TRY:
        return IndexUnavailable(tr("elastic.the_search_server_at_is_too", server=server, status=status))
    if status == _NOT_FOUND:
        return IndexUnavailable(tr("elastic.the_search_server_at_lacks_an", server=server, cause=cause))
    return IndexUnavailable(tr("elastic.the_search_server_at_refused_a", server=server, status=status, cause=cause))


def cause_of(error: ApiError) -> str:
    """Return the type of error that the server names; never its reason, which may quote the query."""
    return str(_told(error).get("type", "unknown"))


def _refused(error: ApiError, server: str) -> SearchError | SettingsError:
    return failed(error.status_code, cause_of(error), str(_told(error).get("reason", "")), server)


def _told(error: ApiError) -> dict[str, Any]:
    body = error.body if isinstance(error.body, dict) else {}
    told = body.get("error")
    if not isinstance(told, dict):
        return {}
    roots = told.get("root_cause") or [told]
    return dict(roots[0]) if isinstance(roots[0], dict) else dict(told)


def _privilege(reason: str) -> Sentence:
    """Return the refused action and the privilege that would grant it, as the server names them, and no other text."""
    action = re.search(r"action \[([\w:/*-]+)\]", reason)
    granted = re.search(r"granted by the (index|cluster) privileges \[([\w,]+)\]", reason)
    said: list[str] = [f": {action[1]}"] if action else []
    if granted:
        privileges = granted[2].split(",")
        grant = tr("elastic.granted_by", kind=granted[1], privileges=joined(tr("elastic.or"), privileges))
        said.append(joined("", [", ", grant]))
    return joined("", said)


def _is_distrust(error: BaseException) -> bool:
    """Return True when a TLS handshake failed permanently; a server that stops during one is another error."""
    if not isinstance(error, TlsError):
        return False
    words = " ".join(str(cause) for cause in _causes(error)).lower()
    return not any(word in words for word in _CUT_OFF)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _kind(error: Unreachable) -> str:
    """Return the class of the innermost error: ConnectionRefusedError says more than its wrapper."""
    return type(list(_causes(error))[-1]).__name__
