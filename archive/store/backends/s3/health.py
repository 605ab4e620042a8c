"""Health of a bucket beyond the store's contract: clock, versions, object lock, encryption on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from archive.errors import ArchiveError
from archive.messages.catalogue import tr
from archive.model.diagnosis import HealthCheck
from archive.model.transport_security import is_loopback
from archive.store.backends.s3.address import S3Address
from archive.store.backends.s3.errors import code_of

_SKEW_SECONDS = 60.0  # times in records should be exact to the minute; signatures fail beyond 15 minutes
_SET_CLOCK = tr("store.s3.let_both_machines_take_their_time")
_MAKE_LOCKED = tr("store.s3.make_a_bucket_with_object_lock")


def s3_health_checks(address: S3Address) -> Iterator[HealthCheck]:
    """Yield each check; an unreachable server is a failed check."""
    try:
        answer = _listed(address)
    except ArchiveError as error:
        yield HealthCheck("bucket", False, tr("store.s3.bucket_cannot_be_used", bucket=address.bucket), str(error))
        if isinstance(error.__cause__, ClientError):
            yield from _clock(error.__cause__.response)
        return
    yield HealthCheck(
        "bucket",
        True,
        tr("store.s3.bucket_at_answers_these_credentials", bucket=address.bucket, endpoint=address.client.endpoint),
    )
    yield from _clock(answer)
    yield _wire(address)
    yield _versions(address)
    if address.client.options.lock_days:
        yield _locks(address)


def _listed(address: S3Address) -> dict[str, Any]:
    """List one object: unlike HEAD, a refused listing has an error code."""
    with address.client.translating(tr("store.s3.bucket", bucket=address.bucket)):
        answer: dict[str, Any] = address.client.boto.list_objects_v2(
            Bucket=address.bucket, Prefix=address.base, MaxKeys=1
        )
        return answer


def _clock(answer: dict[str, Any]) -> Iterator[HealthCheck]:
    now = datetime.now(UTC)
    said = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    with suppress(ValueError, TypeError):  # a server without a Date header: no check
        apart = (parsedate_to_datetime(said) - now).total_seconds()
        ok = abs(apart) <= _SKEW_SECONDS
        seconds = abs(apart)
        seen = (
            tr("store.s3.clock_ahead", seconds=seconds) if apart > 0 else tr("store.s3.clock_behind", seconds=seconds)
        )
        if ok:  # Date has whole seconds, and the answer took time: a number would look too exact
            seen = tr("store.s3.the_server_clock_agrees_with_this")
        yield HealthCheck("clock", ok, seen, None if ok else _SET_CLOCK)


def _wire(address: S3Address) -> HealthCheck:
    parts = urlsplit(address.client.endpoint)
    if parts.scheme == "https":
        return HealthCheck("wire", True, "TLS")
    if is_loopback(parts.hostname or ""):
        return HealthCheck("wire", True, tr("store.s3.plain_text_on_this_machine_alone"))
    return HealthCheck("wire", True, tr("store.s3.plain_text_over_the_network_because"))


def _versions(address: S3Address) -> HealthCheck:
    try:
        with address.client.translating(tr("store.s3.bucket", bucket=address.bucket)):
            status = address.client.boto.get_bucket_versioning(Bucket=address.bucket).get("Status")
    except ArchiveError:
        return HealthCheck("versions", True, tr("store.s3.not_known_the_server_or_these"))
    return HealthCheck(
        "versions", True, tr("store.s3.kept") if status == "Enabled" else tr("store.s3.not_kept_what_is_removed_is")
    )


def _locks(address: S3Address) -> HealthCheck:
    days = address.client.options.lock_days
    try:
        with address.client.translating(tr("store.s3.bucket", bucket=address.bucket)):
            found = address.client.boto.get_object_lock_configuration(Bucket=address.bucket)
    except ArchiveError as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and code_of(cause) == "ObjectLockConfigurationNotFoundError":
            return HealthCheck("lock", False, tr("store.s3.the_bucket_has_no_object_lock"), _MAKE_LOCKED)
        return HealthCheck("lock", False, tr("store.s3.whether_the_bucket_has_object_lock"), str(error))
    if found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") != "Enabled":
        return HealthCheck("lock", False, tr("store.s3.the_bucket_has_no_object_lock"), _MAKE_LOCKED)
    return HealthCheck("lock", True, tr("store.s3.new_objects_are_locked_for_days", days=days))
