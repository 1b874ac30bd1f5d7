"""Compares two ways of reading a file that may be damaged, and measures the memory that they take."""

import re
from collections.abc import Callable
from pathlib import Path

from spikegraph.base.errors import UserError

MOST = 64 << 20
"""Most bytes of memory that reading a small file may take."""

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def verdict(read: Callable[[], object], error: type[UserError], name: str) -> tuple[str, str]:
    """`read` or `refused`, and what is wrong with the refusal: it must be one line with the name of the file."""
    try:
        read()
    except error as refused:
        told = str(refused)
        wrong = "the message has several lines" if "\n" in told or not refused.summary else ""
        return "refused", wrong or ("" if name in told else f"the file isn't named: {told}")
    return "read", ""


def memory_of(work: Callable[[], str], most: int = MOST) -> str:
    """What the work says is wrong, or that it takes more than so many bytes of memory, where the system tells that."""
    if not RESET.exists():
        return work()
    RESET.write_text("5")  # the largest size begins anew
    before = _kilobytes("VmRSS")
    wrong = work()
    grown = _kilobytes("VmHWM") - before << 10
    return wrong or (f"it takes {grown >> 20} MiB" if grown > most else "")


def _kilobytes(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"))
    return int(found[1]) if found else 0
