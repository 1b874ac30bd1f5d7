"""The cores that this process may use, and how much of them other processes take.

Linux counts the time of each core in `/proc/stat` (proc(5)). What this process hasn't used of it is others'. Where there is no
such file, others are taken to use nothing.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STAT, QUOTA = Path("/proc/stat"), Path("/sys/fs/cgroup/cpu.max")

CHOSEN = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables by which somebody has chosen the number of torch's threads."""


def affinity() -> set[int]:
    """The numbers of the cores on which the system may run this process."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def cores(quota: Path = QUOTA) -> int:
    """The number of cores that this process may use: those of its affinity, at most as many as its container's quota.

    Args:
        quota: The file with the quota, `QUOTA PERIOD` in microseconds, as Linux's cgroups have it.
    """
    count = len(affinity())
    try:
        allowed, period = quota.read_text(encoding="utf-8").split()
        return max(1, min(count, math.ceil(int(allowed) / int(period))))
    except (OSError, ValueError):  # no container, or `max`: no quota
        return count


@dataclass(frozen=True)
class Usage:
    """What the cores had done at a time, in seconds.

    Attributes:
        at: The time.
        busy: The time that this process's cores weren't idle.
        own: The time that this process has used, with the children that it waited for.
    """

    at: float
    busy: float
    own: float

    @classmethod
    def now(cls, stat: Path = STAT) -> Usage:
        """The usage up to now."""
        of = os.times()
        return cls(time.monotonic(), _busy(stat), time.process_time() + of.children_user + of.children_system)

    def others_since(self, before: Usage) -> float:
        """The number of cores that other processes used, on average, since `before`."""
        seconds = self.at - before.at
        return max(0.0, (self.busy - before.busy) - (self.own - before.own)) / seconds if seconds > 0 else 0.0


def _busy(stat: Path) -> float:
    """Seconds that the cores weren't idle. Processes with a lower priority (nice) don't count: they make room for this one."""
    allowed = {f"cpu{number}" for number in affinity()}
    try:
        lines = [line.split() for line in stat.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return 0.0
    nice = hasattr(os, "getpriority") and os.getpriority(os.PRIO_PROCESS, 0) > 0
    ticks = 0
    for line in lines:
        if line and line[0] in allowed:
            user, low, system, _idle, _waiting, irq, softirq = map(int, line[1:8])
            ticks += user + (low if nice else 0) + system + irq + softirq
    return ticks / os.sysconf("SC_CLK_TCK")


def chosen(environment: Mapping[str, str]) -> bool:
    """Whether the environment chooses the number of threads."""
    return any(environment.get(name) for name in CHOSEN)


def free_cores(others: float, quota: Path = QUOTA) -> float:
    """The number of cores that this process can have, if other processes use so many."""
    return min(cores(quota), len(affinity()) - others)


def threads_for(free: float, wanted: int) -> int:
    """The number of threads for which there are cores, at most `wanted`.

    Each thread does an equal part of an operation, and all wait for the last one. So a thread that shares its core with
    another process halves the speed of all, and one thread less is faster.
    """
    return min(wanted, max(1, math.ceil(free - 0.5)))
