"""What pytest is told for a choice of tests: no servers that nothing changed for, and an end after some seconds."""

from __future__ import annotations

import signal
import time
from collections.abc import Collection
from types import FrameType
from typing import Final

import pytest

_GRACE: Final = 8.0  # seconds that a test which began in time may still take
_FIXTURES: Final = {"s3_server": "s3", "elastic_node": "elasticsearch", "elastic_node_9": "elasticsearch"}


class Bounds:
    """A pytest plugin. ``free`` are test files that may start any server; ``dask`` are those that start a cluster."""

    def __init__(self, until: float, servers: Collection[str], free: Collection[str], dask: Collection[str]) -> None:
        self._until = until  # on the clock of time.monotonic
        self._servers, self._free, self._dask = servers, free, dask
        self.without_servers = 0
        self.out_of_time = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out tests that would start a server."""
        left_out = [item for item in items if self._wants_a_server(item)]
        self.without_servers = len(left_out)
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Pass over each test that would begin too late; True tells pytest that the test was dealt with."""
        left = self._until - time.monotonic()
        if left > 0:
            signal.signal(signal.SIGALRM, self._break_off)
            signal.setitimer(signal.ITIMER_REAL, left + _GRACE)
            return None
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.out_of_time += 1
        return True

    def pytest_sessionfinish(self) -> None:
        """Let what comes after the tests take its time."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _break_off(self, number: int, frame: FrameType | None) -> None:
        self.out_of_time += 1
        pytest.skip("broken off for want of time")

    def _wants_a_server(self, item: pytest.Item) -> bool:
        file = item.nodeid.split("::")[0]
        wanted = {server for name, server in _FIXTURES.items() if name in getattr(item, "fixturenames", ())}
        if file in self._dask:
            wanted.add("dask")
        return file not in self._free and not wanted <= set(self._servers)
