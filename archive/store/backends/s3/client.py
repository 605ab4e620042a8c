"""S3Client: boto3's client, made in each process that uses it; pickled as its options only."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from archive.errors import SettingsError
from archive.messages.catalogue import tr
from archive.model.options import S3Options
from archive.model.transport_security import refuse_plain_text
from archive.store.backends.s3.errors import translated

_REGION = "us-east-1"  # servers without regions expect it in a signature
_CONNECTIONS = 64  # kept open by one process: with more threads, connections would be discarded


class S3Client:
    """Connects to an S3 server. Picklable; one boto3 client for each process, made at first use, safe from threads."""

    def __init__(self, options: S3Options, plain_text: bool) -> None:
        """Check the address; open no connection. Raises SettingsError."""
        self.options = options
        self.plain_text = plain_text
        if options.endpoint:
            _check_endpoint(options.endpoint, plain_text)
        self._forget()

    def __reduce__(self) -> tuple[Callable[[S3Options, bool], S3Client], tuple[S3Options, bool]]:
        """Pickle only the options, neither connections nor credentials; a process has one client for equal options."""
        return arrived, (self.options, self.plain_text)

    @property
    def boto(self) -> Any:
        """boto3's client, made in this process. Raises SettingsError."""
        own = os.getpid()  # a forked child must not share its parent's connections, nor wait for its parent's lock
        if own not in self._made:
            with self._locks.setdefault(own, threading.Lock()):
                if own not in self._made:
                    self._made[own] = self._make()
        return self._made[own]

    @property
    def endpoint(self) -> str:
        """The server's address, for messages."""
        made = self._made.get(os.getpid())
        return made.meta.endpoint_url if made is not None else self.options.endpoint or "AWS"

    @contextmanager
    def translating(self, what: str) -> Iterator[None]:
        """Translate boto3's errors into StoreUnavailable (retry) or SettingsError."""
        try:
            yield
        except (ClientError, BotoCoreError, urllib3.exceptions.HTTPError) as error:
            raise translated(error, what, self.endpoint) from error

    def close(self) -> None:
        """Close this process's connections; the next use opens new ones."""
        made = self._made.pop(os.getpid(), None)
        if made is not None:
            made.close()

    def _forget(self) -> None:
        self._made: dict[int, Any] = {}
        self._locks: dict[int, threading.Lock] = {}

    def _make(self) -> Any:
        options = self.options
        if options.ca_bundle and not Path(options.ca_bundle).is_file():
            raise SettingsError(tr("store.s3.s3_ca_bundle_names_which_is", ca_bundle=options.ca_bundle))
        with self.translating(tr("store.s3.the_settings_of_the_s3_client")):
            session = boto3.Session(profile_name=options.profile or None)
            made = session.client(
                "s3",
                endpoint_url=options.endpoint or None,
                region_name=options.region or session.region_name or _REGION,
                verify=options.ca_bundle or None,
                config=_config(options),
            )
        try:
            _check_endpoint(made.meta.endpoint_url, self.plain_text)  # boto3's configuration files may name another one
        except SettingsError:
            made.close()
            raise
        return made


# Each task carries a pickled store, and making a boto3 client costs more than uploading a scan. So unpickled stores
# with equal options share one client in each process.
_ARRIVED: dict[tuple[S3Options, bool], S3Client] = {}


def arrived(options: S3Options, plain_text: bool) -> S3Client:
    """Return this process's one client for these options; unpickling calls it."""
    return _ARRIVED.setdefault((options, plain_text), S3Client(options, plain_text))


def _config(options: S3Options) -> Config:
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": options.addressing.value},  # auto: path style, at AWS virtual hosts
        connect_timeout=options.connect_seconds,
        read_timeout=options.read_seconds,
        retries={"mode": "standard", "total_max_attempts": options.retries + 1},
        # Many servers other than AWS fail on checksums that they did not require; uploads are read back and hashed.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        max_pool_connections=_CONNECTIONS,
    )


def _check_endpoint(endpoint: str, plain_text: bool) -> None:
    """Raise SettingsError for a malformed address, one with credentials, or one without TLS if not allowed."""
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:  # a port that is not a number, unbalanced brackets
        parts, host = urlsplit(""), None
    if "@" in parts.netloc:
        raise SettingsError(tr("store.s3.credentials_do_not_belong_into_s3"))
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(tr("store.s3.s3_endpoint_is_write_it_like", endpoint=endpoint))
    if parts.scheme == "http":
        refuse_plain_text(host, tr("store.s3.the_object_store"), plain_text)
