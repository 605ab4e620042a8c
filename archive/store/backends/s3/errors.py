"""Errors of S3 servers and boto3, translated into StoreUnavailable (retry) or SettingsError (change a setting)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import SettingsError, StoreError, StoreUnavailable

_KEYS = "check the access key and its secret in boto3's variables or profile"
_RIGHTS = "give these credentials the rights that the archive needs, or use others"
_CLOCK = "this machine's clock differs too much from the server's; set it by NTP"
_REGION = "set s3.region to where the bucket lies"
_BUCKET = "make the bucket, or mend its name"
_EXPIRED = "get new credentials; these have expired"
_LACKS = "the server cannot do this; use a server that can, or set it otherwise"
_LOCK = "make the bucket with object lock, or set s3.lock_days = 0"
_FULL = "free some space on the server, then run again"
_WAIT = "wait a little, then run again"
_REACH = "check that the server runs and that this machine reaches it, then run again"

# Errors that a person must resolve, by the server's code. HEAD has no body, so that its code is the status alone.
_TO_MEND: Mapping[str, str] = {
    "NoSuchBucket": _BUCKET,
    "InvalidBucketName": _BUCKET,
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "AccountProblem": _RIGHTS,
    "403": f"{_KEYS}, and the rights that they give",
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
    """Return our error for one of boto3's. ``what`` was being done at ``endpoint``; no secret comes into the words."""
    if isinstance(error, ClientError):
        return _answered(error, what, endpoint)
    if isinstance(error, boto.SSLError) or _tls_cause(error):
        return _by_tls(error, what, endpoint)
    if isinstance(error, boto.ConnectionError | boto.HTTPClientError | boto.IncompleteReadError | boto.ChecksumError):
        return StoreUnavailable(f"{what}: the store at {endpoint} did not answer ({_kind(error)}); {_REACH}")
    if isinstance(error, BotoCoreError):
        return SettingsError(f"{what}: {_unusable(error)}")
    return StoreUnavailable(f"{what}: the connection to the store at {endpoint} broke ({_kind(error)}); {_REACH}")


def code_of(error: ClientError) -> str:
    """Return the server's code, such as ``NoSuchKey``; the status where the answer has no body."""
    return str(error.response.get("Error", {}).get("Code", "") or status_of(error))


def status_of(error: ClientError) -> int:
    """Return the HTTP status of the answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _answered(error: ClientError, what: str, endpoint: str) -> SettingsError | StoreError:
    code, status = code_of(error), status_of(error)
    said = f"{what}: the store at {endpoint} answered {code}" + (f" ({status})" if code != str(status) else "")
    if code == "InvalidRequest" and "lock" in str(error).lower():
        return SettingsError(f"{said}; {_LOCK}")
    if code in _TO_MEND:
        return SettingsError(f"{said}; {_TO_MEND[code]}")
    if code in _TO_RETRY:
        return StoreUnavailable(f"{said}; {_TO_RETRY[code]}")
    if status == 507:  # Insufficient Storage
        return StoreUnavailable(f"{said}; {_FULL}")
    if status >= 500 or status in _PASSING_STATUS:
        return StoreUnavailable(f"{said}; {_WAIT}; if it stays so, look at the server's log and its free space")
    return SettingsError(f"{said}; `archive doctor` shows what this server can do and what must be set otherwise")


def _by_tls(error: Exception, what: str, endpoint: str) -> SettingsError | StoreError:
    cause = _tls_cause(error)
    words = str(cause or error)
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "EOF" in words or "timed out" in words:
        return StoreUnavailable(f"{what}: the TLS connection to {endpoint} broke; {_REACH}")
    if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in words:
        return SettingsError(
            f"{what}: the certificate of {endpoint} is not trusted; set s3.ca_bundle to the PEM file of the authority "
            "that signed it, and s3.endpoint to a name that stands in it"
        )
    return SettingsError(
        f"{what}: TLS with {endpoint} failed; check that s3.endpoint names a TLS port, and that s3.ca_bundle is in PEM"
    )


def _tls_cause(error: BaseException) -> ssl.SSLError | None:
    return next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and what it was raised from or wraps; urllib3 keeps the inner one as an argument."""
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


def _unusable(error: BotoCoreError) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return (
            "boto3 finds no usable credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or s3.profile to a "
            "profile of its configuration"
        )
    if isinstance(error, boto.ProfileNotFound):
        return f"boto3's configuration has no profile {error.kwargs.get('profile')!r}; mend s3.profile or add it there"
    if isinstance(error, boto.InvalidRegionError | boto.NoRegionError):
        return f"the region cannot be used; {_REGION}"
    if isinstance(error, boto.ParamValidationError):
        return f"the bucket's name or a key cannot be used on S3; mend `store` ({_kind(error)})"
    return f"boto3 cannot work with these settings ({_kind(error)}); check table [s3] and boto3's own configuration"


def _kind(error: Exception) -> str:
    return type(error).__name__
