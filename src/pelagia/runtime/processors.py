"""How many processors this process may use."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def usable_processors(limit_file: Path = CGROUP_LIMIT) -> int:
    """Count the processors this process may use: its affinity, and the quota of its container.

    Parameters
    ----------
    limit_file
        The quota file of a Linux control group (version 2): ``<microseconds|max> <period>``.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = limit_file.read_text().split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))
