"""What a program finds of several things, also where it ends or hangs at one of them, as it may on a GPU."""

import json
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

ERROR = "error"
"""The key of the reason why nothing was found."""

ENDS = 10
"""After so many things at which the program ended, the others aren't tried: they would end it too."""


def parts(
    command: Sequence[str],
    names: Sequence[str],
    *,
    seconds: float,
    until: float = float("inf"),
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Starts a program with the names of things, which prints a line of JSON for each, in this order.

    Where it ends before, or prints nothing for too long, it is started anew for what follows, since a GPU computes nothing more
    for a program after some errors.

    Args:
        command: The program.
        names: The things.
        seconds: How long it may take for each, its start included.
        until: When it must have ended, as `time.monotonic` tells it.
        environment: Its environment, by default this one.
        folder: Where it runs, by default here.

    Yields:
        The name of each thing and what was found, or why there is nothing as `error`.
    """
    left, ends = list(names), 0
    while left:
        if ends == ENDS or time.monotonic() > until:
            why = "not tried: time was over" if ends < ENDS else f"not tried: the program ended at {ENDS} others"
            yield from ((name, {ERROR: why}) for name in left)
            return
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as told,
            subprocess.Popen(
                [*command, *left],
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                env=environment,
                cwd=folder,
                start_new_session=True,
            ) as process,
        ):
            limit, line = 0.0, ""
            try:
                while left:
                    limit = max(min(seconds, until - time.monotonic()), 0)
                    if not (line := _line(process, limit)):
                        break
                    yield left.pop(0), json.loads(line)
                if not left:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(min(seconds, 30))
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # with the processes of compilers that it has started
            if left:
                ends += 1
                took = f"it took longer than {limit:.0f} s"
                yield left.pop(0), {ERROR: took if line is None else _reason(told, process.wait())}


def _line(process: subprocess.Popen[str], seconds: float) -> str | None:
    """The next line; an empty one at the program's end, None if there is none for so long."""
    assert process.stdout is not None
    found: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: found.put(process.stdout.readline() if process.stdout else ""), daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except queue.Empty:
        return None


def _reason(told: IO[str], status: int) -> str:
    """The line of a program's last error, or the last one that it told, and its status."""
    told.seek(0)
    lines = [line.strip() for line in told.read().splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Interrupt|Exit)\b", line)]
    return f"{(errors or lines)[-1]} (status {status})" if lines else f"it ended with status {status}"
