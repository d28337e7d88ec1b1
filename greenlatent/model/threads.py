"""Processors: how many threads this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path


def allowed_threads() -> int:
    """Threads that this process may use: the CPU affinity, less where a cgroup's quota is smaller."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = None
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()[:2]
        quota = None if limit == "max" else int(limit) / int(period)
    except (OSError, ValueError):
        pass
    asked = os.environ.get("OMP_NUM_THREADS", "")
    most = int(asked) if asked.isdigit() and int(asked) > 0 else cores
    return max(1, min(cores, most, math.ceil(quota) if quota else cores))
