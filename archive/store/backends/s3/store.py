"""S3Store: a bucket as object store, on any server with conditional writes (If-None-Match)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import quote

from botocore.exceptions import ClientError

from archive.errors import SettingsError, StoreUnavailable
from archive.messages.catalogue import tr
from archive.model.diagnosis import HealthCheck
from archive.model.options import S3Options
from archive.store.api import Readable, is_key
from archive.store.backends.s3.address import S3Address
from archive.store.backends.s3.client import S3Client
from archive.store.backends.s3.errors import status_of
from archive.store.backends.s3.health import s3_health_checks
from archive.store.backends.s3.upload import Upload

_MIN_PART = 5  # MiB; S3 accepts no smaller part except the last one
_LINK_SECONDS = 60  # a link is for the browser that asked, not for passing on


class S3Store:
    """Objects below ``prefix`` in ``bucket``. Picklable; safe from many threads and processes."""

    def __init__(self, bucket: str, prefix: str, options: S3Options, plain_text: bool) -> None:
        """Open no connection. Raises SettingsError."""
        if options.part_mib < _MIN_PART:
            raise SettingsError(tr("store.s3.s3_part_mib_is_s3_takes", part_mib=options.part_mib, min_part=_MIN_PART))
        self._options = options
        self._plain_text = plain_text
        self._address = S3Address(S3Client(options, plain_text), bucket, prefix.strip("/"))

    def create(self, key: str, data: Readable) -> None:
        """See ObjectStore. One conditional request decides between writers; then the bytes are read back and hashed.

        Raises StoreUnavailable when the connection fails between the server's acknowledgement and the read-back; the
        object stays, because another writer may rely on it already.
        """
        Upload(self._address, key, only_new=True).run(data)

    def read(self, key: str) -> BinaryIO:
        """See ObjectStore. A broken connection is resumed at the same byte."""
        return self._address.open(key)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See ObjectStore. Foreign objects whose names are no keys are skipped."""
        base, last = self._address.base, ""
        for name in self._names(base + prefix):
            key = name.removeprefix(base)
            if not is_key(key):
                continue
            if key <= last:
                raise StoreUnavailable(
                    tr(
                        "store.s3.the_server_at_lists_bucket_out",
                        endpoint=self._address.client.endpoint,
                        bucket=self._address.bucket,
                        key=key,
                        last=last,
                    )
                )
            last = key
            yield key

    def other_names(self) -> Iterator[str]:
        """See OtherNames. A name that ends with a slash is what some programs put there for an empty folder."""
        names = (name.removeprefix(self._address.base) for name in self._names(self._address.base))
        yield from (name for name in names if not is_key(name) and not name.endswith("/") and name)

    def repair(self, key: str, data: Readable) -> None:
        """See Repairing. A versioned bucket keeps the damaged version below the new one."""
        Upload(self._address, key, only_new=False).run(data)

    def link(self, key: str, seconds: int, name: str) -> str:
        """See Linking. Signed here, without a request."""
        if not 1 <= seconds <= _LINK_SECONDS:
            raise ValueError(f"a link is valid for 1 to {_LINK_SECONDS} seconds, not {seconds}")
        asked = self._address.location(key) | {"ResponseContentDisposition": _attachment(name)}
        with self._address.client.translating(self._address.description(key)):
            link: str = self._address.client.boto.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)
        return link

    def remove_probes(self, keys: Iterable[str]) -> None:
        """See ProbeRemoval. In a versioned bucket a delete marker hides them."""
        for key in keys:
            with self._address.client.translating(self._address.description(key)):
                self._address.client.boto.delete_object(**self._address.location(key))

    def destroy(self, keys: Iterable[str]) -> None:
        """See Destroying. Deletes every version and delete marker, with the credentials of ``destroy_profile``."""
        if not self._options.destroy_profile:
            raise SettingsError(tr("store.s3.nothing_may_be_destroyed_s3_destroy"))
        client = S3Client(replace(self._options, profile=self._options.destroy_profile), self._plain_text)
        try:
            for key in keys:
                self._destroy(client, key)
        finally:
            client.close()

    def health_checks(self) -> Iterator[HealthCheck]:
        """See HealthChecks."""
        return s3_health_checks(self._address)

    def close(self) -> None:
        """See Closeable."""
        self._address.client.close()

    def _names(self, start: str) -> Iterator[str]:
        """Yield the full names of all objects that begin with ``start``, by paginated requests."""
        asked = {"Bucket": self._address.bucket, "Prefix": start}
        while True:
            with self._address.client.translating(tr("store.s3.listing_bucket", bucket=self._address.bucket)):
                page = self._address.client.boto.list_objects_v2(**asked)
            for item in page.get("Contents", []):
                yield item["Key"]
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _destroy(self, client: S3Client, key: str) -> None:
        location = self._address.location(key)
        with client.translating(tr("store.s3.destroying", description=self._address.description(key))):
            for version in _versions(client.boto, location):
                try:
                    client.boto.delete_object(**location, VersionId=version, BypassGovernanceRetention=True)
                except ClientError as error:
                    if status_of(error) != 403:
                        raise
                    raise SettingsError(
                        tr(
                            "store.s3.was_not_destroyed_the_profile_may",
                            description=self._address.description(key),
                            destroy_profile=self._options.destroy_profile,
                        )
                    ) from error


def _versions(client: Any, location: dict[str, str]) -> list[str]:
    """Return all version ids and delete markers of exactly this object."""
    found: list[str] = []
    for page in client.get_paginator("list_object_versions").paginate(
        Bucket=location["Bucket"], Prefix=location["Key"]
    ):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        found += [item["VersionId"] for item in listed if item["Key"] == location["Key"]]
        if any(item["Key"] > location["Key"] for item in listed):
            break  # names ascend: the others only begin with this name
    return found


def _attachment(name: str) -> str:
    """Return the header that saves a file as ``name``: in UTF-8 (RFC 5987), and in ASCII for old programs."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
