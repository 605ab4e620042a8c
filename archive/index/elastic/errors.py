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

TOO_BUSY: Final = 429
# Retryable statuses: too busy, a gateway without a server, a cluster that elects a master or recovers.
WORTH_ANOTHER_TRY: Final = frozenset({TOO_BUSY, 500, 502, 503, 504})

_UNAUTHENTICATED, _FORBIDDEN, _NOT_FOUND, _NOT_ACCEPTABLE = 401, 403, 404, 406
_CUT_OFF: Final = ("eof occurred", "unexpected_eof", "reset by peer", "broken pipe", "timed out")
_OTHER_DIALECT: Final = "media_type_header_exception"  # a server before 8 does not know the client's content type


class AliasMissing(IndexUnavailable):
    """The index, or the alias that should be written through, is not there: never made, or a rebuild took it away."""


class NotReadyError(TransportError):
    """The server answered, and could not look up a document: its shard is just starting, or moving."""


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
        return SettingsError(f"what answers at {server} is not Elasticsearch; the setting index must name one, 8 or 9")
    if isinstance(error, ApiError):
        return _refused(error, server)
    if _is_distrust(error):
        return SettingsError(
            f"the certificate of {server} is not trusted, or it does not speak TLS; set elastic.ca_certs to the file "
            "of its authority, or elastic.fingerprint to the SHA-256 of its certificate; the host's name must be in it"
        )
    if isinstance(error, ConnectionTimeout):
        return IndexUnavailable(
            f"the search server at {server} did not answer in time; see whether it is overloaded, raise "
            "elastic.seconds, or try again later"
        )
    if isinstance(error, NotReadyError):
        return IndexUnavailable(
            f"the search server at {server} could not look into an index ({error.message}); try again later"
        )
    if isinstance(error, Unreachable):
        return IndexUnavailable(
            f"the search server at {server} cannot be reached ({_kind(error)}); see that it runs and that the network "
            "lets it through, then try again"
        )
    return IndexUnavailable(
        f"the search server at {server} answered something that cannot be read ({type(error).__name__}); see what "
        "stands between here and there"
    )


def failed(status: int, cause: str, reason: str, server: str) -> SearchError | SettingsError:
    """Return the error of ours for a status, of a whole request or of one item of a bulk request."""
    if status == _UNAUTHENTICATED:
        return SettingsError(
            f"the search server at {server} refused our credentials (401); mend elastic.api_key, or elastic.username "
            "and elastic.password"
        )
    if status == _FORBIDDEN and "block" not in cause:
        return SettingsError(
            f"our account lacks a privilege on the search server at {server} (403{_privilege(reason)}); give it that, "
            "docs/operations.md lists all that we need"
        )
    if status == _NOT_ACCEPTABLE or cause == _OTHER_DIALECT:
        return SettingsError(f"the search server at {server} is of another major version; we work with 8 and 9")
    if status in (TOO_BUSY, _FORBIDDEN) and "block" in cause:
        return IndexUnavailable(
            f"the search server at {server} takes no writes ({cause}): its disk is full, or somebody closed the index; "
            "free some space there, then try again"
        )
    if status in WORTH_ANOTHER_TRY:
        return IndexUnavailable(f"the search server at {server} is too busy or not ready ({status}); try again later")
    if status == _NOT_FOUND:
        return IndexUnavailable(f"the search server at {server} lacks an index ({cause}); run `archive reindex`")
    return IndexUnavailable(
        f"the search server at {server} refused a request ({status} {cause}); the server's own log says why"
    )


def cause_of(error: ApiError) -> str:
    """Return what kind of error the server names; never its reason, which may quote what was asked."""
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


def _privilege(reason: str) -> str:
    """Return the action that was refused and what would grant it, as the server says it; nothing else of its words."""
    action = re.search(r"action \[([\w:/*-]+)\]", reason)
    granted = re.search(r"granted by the (index|cluster) privileges \[([\w,]+)\]", reason)
    said = f": {action[1]}" if action else ""
    return said + (f", granted by the {granted[1]} privilege {granted[2].replace(',', ' or ')}" if granted else "")


def _is_distrust(error: BaseException) -> bool:
    """Say whether a handshake failed for good: a server that goes down in the middle of one is no matter of trust."""
    if not isinstance(error, TlsError):
        return False
    words = " ".join(str(cause) for cause in _causes(error)).lower()
    return not any(word in words for word in _CUT_OFF)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _kind(error: Unreachable) -> str:
    """Return the innermost kind of the failure: ConnectionRefusedError says more than what wraps it."""
    return type(list(_causes(error))[-1]).__name__
