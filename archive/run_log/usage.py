"""Usage: time and memory that this process and its ended children have taken."""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path

_KIB_A_MIB = 1024
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def usage() -> dict[str, float]:
    """Return seconds of CPU and peaks of resident memory in MiB, as fields of the run log.

    ``worker_peak_mib`` is the peak of the largest child.
    """
    spent = os.times()
    return {
        "cpu_seconds": spent.user + spent.system,
        "worker_cpu_seconds": spent.children_user + spent.children_system,
        "peak_mib": _peak_kib() // _KIB_A_MIB,
        "worker_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // _KIB_A_MIB,
    }


def _peak_kib() -> int:
    """Return the peak of this process; getrusage counts what it had before it became this program, too."""
    try:
        found = _PEAK.search(Path("/proc/self/status").read_text("ascii", "replace"))
    except OSError:
        found = None
    return int(found.group(1)) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
