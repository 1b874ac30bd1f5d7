"""How much memory the content of a file may take once it is unpacked."""

import os
import re
from pathlib import Path

from spikegraph.base.errors import DataError

VARIABLE = "SPIKEGRAPH_MEMORY"
"""The variable of the environment that raises, or lowers, the limit: `8G`, `500M`, or a number of bytes."""

UNKNOWN = 4 << 30
"""Bytes that count as free where the system doesn't tell."""

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


def given() -> int | None:
    """The limit in the environment, in bytes; None without one.

    Raises:
        DataError: It isn't a size.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    found = SIZE.fullmatch(text)
    if found is None:
        raise DataError(f"{VARIABLE} is `{text}`", help="write a size, such as 8G or 500M")
    return int(float(found[1]) * UNITS[found[2].upper()])


def allowed() -> int:
    """Most bytes that the content of a file may take: the limit in the environment, or half of the memory that is free."""
    limit = given()
    return free() // 2 if limit is None else limit


def free() -> int:
    """Bytes of memory that are free, for this process and those in its group."""
    return min(_of_machine(), _of_group())


def resident() -> int:
    """Bytes of memory that this process occupies; 0 where the system doesn't tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, UnicodeDecodeError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def require_memory(size: int, what: str, path: Path) -> None:
    """Checks that data fit the memory before they are unpacked.

    Args:
        size: Bytes that they take.
        what: What they are, for the message, such as `` `images` ``.
        path: Their file.

    Raises:
        DataError: They take more than is allowed.
    """
    most = allowed()
    if size > most:
        limit = f"{VARIABLE} allows" if given() is not None else "half of the free memory is"
        help = f"make them smaller, or set {VARIABLE}={-(-size // UNITS['G'])}G if they are to take so much"
        raise DataError(f"{what} would take {shown(size)} of memory; {limit} {shown(most)}", path, help)


def shown(size: int) -> str:
    """A size for a message."""
    unit = next((unit for unit in "TGM" if size >= UNITS[unit]), "K")
    return f"{size / UNITS[unit]:.3g} {unit}iB"


def _of_machine() -> int:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return UNKNOWN
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    return UNKNOWN if found is None else int(found[1]) << 10


def _of_group() -> int:
    """What the control group of this process may still use, as in a container."""
    for most, now in (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")):
        try:
            limit, used = (Path("/sys/fs/cgroup", name).read_text(encoding="ascii").strip() for name in (most, now))
        except (OSError, UnicodeDecodeError):
            continue
        if limit.isdigit() and used.isdigit():
            return max(0, int(limit) - int(used))
    return 1 << 62
