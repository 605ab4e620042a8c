"""An inbox bucket on a real S3 server, and scans put into it as an operator would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.services.imports.buckets import BucketPath, find_in_bucket
from archive.services.imports.folders import GivenFile
from archive.sources.bucket import InboxBucket
from archive.store.backends.s3.client import S3Client
from tests.servers.fixtures import Bucket


@dataclass(frozen=True)
class Operator:
    """Puts scans below a prefix of the inbox, changes them, takes them away. ``inbox`` is how the archive sees it."""

    bucket: Bucket
    client: Any
    inbox: InboxBucket

    def key(self, path: str) -> str:
        """Return the key of a path."""
        return f"{self.bucket.prefix}/{path}"

    def url(self, path: str) -> str:
        """Return what a person types."""
        return f"s3://{self.bucket.name}/{self.key(path)}"

    def put(self, path: str, data: bytes = b"x") -> None:
        """Put a scan, in the place of another or not."""
        self.client.put_object(Bucket=self.bucket.name, Key=self.key(path), Body=data)

    def put_folder(self, folder: Path, path: str) -> None:
        """Put all files of a folder."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.put(f"{path}/{file.relative_to(folder)}", file.read_bytes())

    def remove(self, path: str) -> None:
        """Take a scan away."""
        self.client.delete_object(Bucket=self.bucket.name, Key=self.key(path))

    def keys(self) -> dict[str, str]:
        """Return all keys of this operator with their tags: to see that nobody else touched them."""
        return {one.key: one.etag for one in self.inbox.list_objects(f"{self.bucket.prefix}/")}

    def place(self, path: str, own: str | None = None) -> BucketPath:
        """Find what lies below a path."""
        return find_in_bucket(self.inbox, self.key(path), own)

    def scans(self, path: str) -> list[GivenFile]:
        """Return the scans below a path."""
        return list(self.place(path).scans())

    def reached_by(self, endpoint: str, retries: int = 0) -> Operator:
        """Return the same operator, whose inbox the archive sees by another way."""
        options = self.bucket.options(endpoint=endpoint, retries=retries)
        return Operator(self.bucket, self.client, InboxBucket(self.bucket.name, S3Client(options, plain_text=False)))


@pytest.fixture
def operator(bucket: Bucket) -> Iterator[Operator]:
    client = bucket.server.client()
    inbox = InboxBucket(bucket.name, S3Client(bucket.options(), plain_text=False))
    yield Operator(bucket, client, inbox)
    inbox.close()
    client.close()
