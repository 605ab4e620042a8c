"""Errors of S3 servers and boto3, translated into StoreUnavailable (retry) or SettingsError (change a setting)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import SettingsError, StoreError, StoreUnavailable
from archive.messages.catalogue import tr
from archive.messages.sentence import Sentence, joined

_KEYS = tr("store.s3.check_the_access_key_and_its")
_RIGHTS = tr("store.s3.give_these_credentials_the_rights_that")
_CLOCK = tr("store.s3.this_machine_clock_differs_too_much")
_REGION = tr("store.s3.set_s3_region_to_where_the")
_BUCKET = tr("store.s3.make_the_bucket_or_mend_its")
_EXPIRED = tr("store.s3.get_new_credentials_these_have_expired")
_LACKS = tr("store.s3.the_server_cannot_do_this_use")
_LOCK = tr("store.s3.make_the_bucket_with_object_lock")
_FULL = tr("store.s3.free_some_space_on_the_server")
_WAIT = tr("store.s3.wait_a_little_then_run_again")
_REACH = tr("store.s3.check_that_the_server_runs_and")

# Errors that a person must resolve, by the server's code. HEAD has no body, so its code is the status.
_TO_MEND: Mapping[str, str] = {
    "NoSuchBucket": _BUCKET,
    "InvalidBucketName": _BUCKET,
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "AccountProblem": _RIGHTS,
    "403": tr("store.s3.keys_and_rights", keys=_KEYS),
    "401": _KEYS,
    "InvalidAccessKeyId": _KEYS,
    "SignatureDoesNotMatch": _KEYS,
    "InvalidToken": _KEYS,
    "ExpiredToken": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "RequestTimeTooSkewed": _CLOCK,
    "RequestExpired": _CLOCK,
    "PermanentRedirect": _REGION,
    "301": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "NotImplemented": _LACKS,
    "501": _LACKS,
    "MethodNotAllowed": _LACKS,
    "ObjectLockConfigurationNotFoundError": _LOCK,
}
# Transient errors although their status is not 5xx: throttling, or bytes lost in transit.
_TO_RETRY: Mapping[str, str] = {
    "SlowDown": _WAIT,
    "Throttling": _WAIT,
    "ThrottlingException": _WAIT,
    "RequestLimitExceeded": _WAIT,
    "TooManyRequests": _WAIT,
    "RequestTimeout": _WAIT,
    "OperationAborted": _WAIT,
    "ConditionalRequestConflict": _WAIT,
    "NoSuchUpload": _WAIT,
    "BadDigest": _WAIT,
    "IncompleteBody": _WAIT,
    "XAmzContentSHA256Mismatch": _WAIT,
    "QuotaExceeded": _FULL,
    "XMinioStorageFull": _FULL,
}
_PASSING_STATUS = frozenset({408, 409, 425, 429})
_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.NoAuthTokenError,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
)


def translated(error: Exception, what: str, endpoint: str) -> SettingsError | StoreError:
    """Return our error for one of boto3's. ``what``: the object or request; the message has no secrets."""
    if isinstance(error, ClientError):
        return _answered(error, what, endpoint)
    if isinstance(error, boto.SSLError) or _tls_cause(error):
        return _by_tls(error, what, endpoint)
    if isinstance(error, boto.ConnectionError | boto.HTTPClientError | boto.IncompleteReadError | boto.ChecksumError):
        return StoreUnavailable(
            tr("store.s3.the_store_at_did_not_answer", what=what, endpoint=endpoint, kind=_kind(error), reach=_REACH)
        )
    if isinstance(error, BotoCoreError):
        return SettingsError(joined(": ", [what, _unusable(error)]))
    return StoreUnavailable(
        tr("store.s3.the_connection_to_the_store_at", what=what, endpoint=endpoint, kind=_kind(error), reach=_REACH)
    )


def code_of(error: ClientError) -> str:
    """Return the server's code, such as ``NoSuchKey``; the status where the answer has no body."""
    return str(error.response.get("Error", {}).get("Code", "") or status_of(error))


def status_of(error: ClientError) -> int:
    """Return the HTTP status of the answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _answered(error: ClientError, what: str, endpoint: str) -> SettingsError | StoreError:
    code, status = code_of(error), status_of(error)
    answer = code if code == str(status) else f"{code} ({status})"
    said = tr("store.s3.the_store_answered", what=what, endpoint=endpoint, answer=answer)
    if code == "InvalidRequest" and "lock" in str(error).lower():
        return SettingsError(joined("; ", [said, _LOCK]))
    if code in _TO_MEND:
        return SettingsError(joined("; ", [said, _TO_MEND[code]]))
    if code in _TO_RETRY:
        return StoreUnavailable(joined("; ", [said, _TO_RETRY[code]]))
    if status == 507:  # Insufficient Storage
        return StoreUnavailable(joined("; ", [said, _FULL]))
    if status >= 500 or status in _PASSING_STATUS:
        return StoreUnavailable(tr("store.s3.if_it_stays_so_look_at", said=said, wait=_WAIT))
    return SettingsError(tr("store.s3.archive_doctor_shows_what_this_server", said=said))


def _by_tls(error: Exception, what: str, endpoint: str) -> SettingsError | StoreError:
    cause = _tls_cause(error)
    words = str(cause or error)
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "EOF" in words or "timed out" in words:
        return StoreUnavailable(tr("store.s3.the_tls_connection_to_broke", what=what, endpoint=endpoint, reach=_REACH))
    if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in words:
        return SettingsError(tr("store.s3.the_certificate_of_is_not_trusted", what=what, endpoint=endpoint))
    return SettingsError(tr("store.s3.tls_with_failed_check_that_s3", what=what, endpoint=endpoint))


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    return next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and its causes; urllib3 keeps the inner error as an argument."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = one.kwargs.get("error") if isinstance(one, BotoCoreError) else None
        waiting += [one.__cause__, one.__context__, inner, *one.args]


def _unusable(error: BotoCoreError) -> Sentence:
    if isinstance(error, _NO_CREDENTIALS):
        return tr("store.s3.boto3_finds_no_usable_credentials_set")
    if isinstance(error, boto.ProfileNotFound):
        return tr("store.s3.boto3_configuration_has_no_profile_mend", profile=error.kwargs.get("profile"))
    if isinstance(error, boto.InvalidRegionError | boto.NoRegionError):
        return tr("store.s3.the_region_cannot_be_used", region=_REGION)
    if isinstance(error, boto.ParamValidationError):
        return tr("store.s3.the_bucket_name_or_a_key", kind=_kind(error))
    return tr("store.s3.boto3_cannot_work_with_these_settings", kind=_kind(error))


def _kind(error: Exception) -> str:
    return type(error).__name__
