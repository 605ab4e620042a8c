"""What all tests share."""

from __future__ import annotations

import pytest

from tests.servers.fixtures import bucket, s3_keys, s3_server
from tests.servers.fixtures_es import elastic_node, elastic_node_9

__all__ = [
    "bucket",
    "elastic_node",
    "elastic_node_9",
    "s3_keys",
    "s3_server",
]  # here and nowhere else: a second import would start a second server

# Contract suites are modules of helpers for pytest: without this their asserts would not say what differed.
pytest.register_assert_rewrite("tests.contracts", "tests.doubles")
