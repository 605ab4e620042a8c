"""Monitor of a cluster's workers: which are silent, and which tasks are overdue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from archive.work.dask.address import UNDER_WAY


class ClusterMonitor:
    """Keeps the state of earlier queries. Times are of this process's clock, because others may be wrong."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._heard: dict[str, tuple[float, float]] = {}  # by worker: its last report, and since when
        self._begun: dict[tuple[str, str], float] = {}  # by worker and task: when it was first seen under way

    def silent(self, workers: Mapping[str, Any], now: float) -> list[str]:
        """Return the workers that have been silent for too long: stopped, or disconnected."""
        heard = {address: (float(worker["last_seen"]), now) for address, worker in workers.items()}
        for address, (seen, _) in heard.items():
            before = self._heard.get(address)
            if before is not None and before[0] == seen:
                heard[address] = before
        self._heard = heard
        return [address for address, (_, since) in heard.items() if now - since > self._silence]

    def overdue(self, workers: Mapping[str, Any], allowed: Mapping[str, float], now: float) -> list[str]:
        """Return the tasks that have run longer than their seconds in ``allowed``.

        A task that waits in the cluster for a place is not running.
        """
        self._begun = {
            (address, name): self._begun.get((address, name), now)
            for address, worker in workers.items()
            for name in worker["metrics"].get(UNDER_WAY, ())
        }
        return [name for (_, name), since in self._begun.items() if now - since > allowed.get(name, math.inf)]
