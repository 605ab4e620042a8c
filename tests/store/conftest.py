"""What tests of stores share: a real S3 server."""

from __future__ import annotations

from tests.servers.fixtures import bucket, s3_keys, s3_server

__all__ = ["bucket", "s3_keys", "s3_server"]
