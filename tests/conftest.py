"""What all tests share."""

from __future__ import annotations

import pytest

from tests.servers.fixtures import bucket, s3_keys, s3_server

__all__ = ["bucket", "s3_keys", "s3_server"]  # here and nowhere else: a second import would start a second server

# Contract suites are modules of helpers for pytest: without this their asserts would not say what differed.
pytest.register_assert_rewrite("tests.contracts", "tests.doubles")
