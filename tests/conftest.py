"""What all tests share."""

from __future__ import annotations

import pytest

# Contract suites are modules of helpers for pytest: without this their asserts would not say what differed.
pytest.register_assert_rewrite("tests.contracts", "tests.doubles")
