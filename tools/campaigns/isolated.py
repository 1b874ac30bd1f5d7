"""Runs a case in a child process with bounded memory and time, so that a crash, a hang or a bomb is an outcome."""

import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable

MEMORY = 1 << 30
"""Bytes that a case may use beyond those that its process starts with."""
SECONDS = 20.0


def isolated(work: Callable[[], str], *, memory: int = MEMORY, seconds: float = SECONDS) -> str:
    """Calls a function in a child process.

    Args:
        work: Returns what went wrong, empty if nothing did.
        memory: The bytes of memory that it may use.
        seconds: The time that it may take.

    Returns:
        What went wrong: what `work` returned, the last lines of the traceback of what it raised, the signal that ended the
        process, or that it took too long.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            _limit(memory, seconds)
            os.write(writer, _told(work).encode(errors="backslashreplace")[:60_000])
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    told = _read(reader, time.monotonic() + seconds)
    if told is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if told is None:
        return f"it took more than {seconds:g} s"
    code = os.waitstatus_to_exitcode(status)
    return told if code == 0 else f"the process ended with {code}: {told}"


def _told(work: Callable[[], str]) -> str:
    try:
        return work()
    except BaseException as error:  # noqa: BLE001 (whatever it is, it is the outcome)
        where = "; ".join(f"{f.name} ({os.path.basename(f.filename)}:{f.lineno})" for f in traceback.extract_tb(error.__traceback__)[-4:])
        return f"{type(error).__name__}: {str(error)[:300]} in {where}"


def _limit(memory: int, seconds: float) -> None:
    """Bounds the memory and the processor's time of this process, and silences it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(reader: int, end: float) -> str | None:
    """What the child wrote until it ended; None if it took too long."""
    parts: list[bytes] = []
    with os.fdopen(reader, "rb", buffering=0) as file:
        while True:
            ready, _, _ = select.select([file], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return None
            part = file.read(65_536)
            if not part:
                return b"".join(parts).decode()
            parts.append(part)
