"""What all tests share."""

from __future__ import annotations

import signal

import pytest
from hypothesis import HealthCheck, settings

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

# A busy machine makes no claim false: properties know no deadline, and slow drawing is no fault of theirs.
settings.register_profile("archive", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("archive")

# A run in the background of a shell ignores Ctrl-C, and so would every program that tests start and break off.
signal.signal(signal.SIGINT, signal.default_int_handler)
