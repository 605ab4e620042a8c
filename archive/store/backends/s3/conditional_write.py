"""ConditionalWrite: decides who owns a key after its request was refused, repeated, or not answered."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import AlreadyStored, ArchiveError, StoreUnavailable
from archive.messages.catalogue import tr
from archive.store.backends.s3.address import S3Address
from archive.store.backends.s3.errors import status_of

MARK = "upload"  # user metadata that identifies this upload
_log = logging.getLogger(__name__)

_MAX_CONFLICTS = 5  # a concurrent writer finishes with a key within seconds; pauses double from 0.1 s
_NOTHING_SENT = (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError, boto.SSLError)


class ConditionalWrite:
    """One upload's request to a key. ``only_new``: an existing key is refused; otherwise its object is replaced."""

    def __init__(self, address: S3Address, key: str, only_new: bool) -> None:
        self.address = address
        self.key = key
        self.location = address.location(key)
        self.description = address.description(key)
        self.only_new = only_new
        self.mark = secrets.token_hex(16)
        self.version: str | None = None  # the version that was made, in a versioned bucket

    @property
    def condition(self) -> dict[str, str]:
        """The headers of the condition."""
        return {"IfNoneMatch": "*"} if self.only_new else {}

    def execute(self, send: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Send the request that makes the object; return its answer, or the object's HEAD when the answer was lost.

        Raises AlreadyStored, StoreUnavailable, SettingsError.
        """
        for pause in range(_MAX_CONFLICTS):
            with self.address.client.translating(self.description):
                try:
                    answer = send()
                except (ClientError, BotoCoreError) as error:
                    ours = self._look(error) if _is_open(error) else None
                    if ours is None and not _is_refused(error):
                        raise
                    answer = ours or {}
                if answer:
                    self.version = _version(answer)
                    return answer
            _log.info("retry")
            time.sleep(0.1 * 2**pause)
        raise StoreUnavailable(tr("store.s3.other_writers_were_at_it_again", description=self.description))

    def holds(self) -> bool:
        """Return True when the object under the key is this upload's."""
        head = self.address.head(self.key)
        return head is not None and self._made(head)

    def taken(self) -> AlreadyStored:
        """Return the error for a key that another writer holds."""
        return AlreadyStored(tr("store.object_is_in_the_store_already", key=self.key))

    def discard(self) -> str:
        """Delete the object of this upload; return a phrase for messages that says whether it stays.

        The object of a repair is never deleted. Raises AlreadyStored when another writer's object is there.
        """
        stays = tr("store.s3.a_damaged_object_stays_there_archive")
        if not self.only_new:
            return stays
        try:
            head = self.address.head(self.key)
            if head is None:
                return tr("store.s3.nothing_was_kept_run_again")
            if not self._made(head):
                raise self.taken()
            exactly = {"VersionId": self.version} if self.version else {}
            with self.address.client.translating(self.description):
                self.address.client.boto.delete_object(**self.location, **exactly)
        except AlreadyStored:
            raise
        except ArchiveError:  # no right to delete, a lock, no connection: the message says that the object stays
            return stays
        return tr("store.s3.it_was_taken_away_again_check")

    def _look(self, error: Exception) -> dict[str, Any] | None:
        """Return the HEAD of this upload's object, None without one. A retried request is refused for its own object.

        The mark in the metadata identifies it; for another writer's object AlreadyStored is raised.
        """
        try:
            head = self.address.head(self.key)
        except ArchiveError:
            if _is_refused(error):
                raise
            return None  # no answer again: report the first failure
        if head is None:
            return None
        if self._made(head):
            return head
        if self.only_new:
            raise self.taken() from error
        return None

    def _made(self, head: dict[str, Any]) -> bool:
        marks = {name.lower(): value for name, value in head.get("Metadata", {}).items()}  # some servers return Upload
        return bool(marks.get(MARK) == self.mark)


def _is_refused(error: Exception) -> bool:
    """Return True for a request that was refused because of an existing object or a concurrent writer."""
    return isinstance(error, ClientError) and status_of(error) in (409, 412)


def _is_open(error: Exception) -> bool:
    """Return True when the outcome is unknown: refused, no such upload, a server error, or no answer."""
    if isinstance(error, ClientError):
        return _is_refused(error) or status_of(error) == 404 or status_of(error) >= 500
    return isinstance(error, boto.ConnectionError | boto.HTTPClientError) and not isinstance(error, _NOTHING_SENT)


def _version(answer: dict[str, Any]) -> str | None:
    """Return the id of the new version; None in buckets without versions, some of which call it null."""
    version = answer.get("VersionId")
    return None if version in (None, "null") else str(version)
