"""Runs the C++ compiler; every way in which it can fail is one error with a reason."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

TIME_LIMIT_S = 600.0
"""Seconds after which a compiler is killed; it usually takes five."""


class NoCompilerError(RuntimeError):
    """Compiled code isn't available; the message gives the reason and the fix."""


class CompilerFailedError(NoCompilerError):
    """The compiler failed, was killed, or didn't end in time. It would do so again."""


def compiler() -> str:
    """The compiler: `$CXX`, g++ or c++.

    Raises:
        NoCompilerError: There is none, or the system isn't Linux.
    """
    if not sys.platform.startswith("linux"):
        raise NoCompilerError(f"compiled code is only supported on Linux, not on {sys.platform}")
    found = next((c for c in (os.environ.get("CXX"), "g++", "c++") if c and shutil.which(c)), None)
    if found is None:
        raise NoCompilerError("no C++ compiler was found: install g++, or set CXX to a compatible compiler")
    return found


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Runs a command; returns what it writes to standard output.

    Args:
        command: The program and its arguments.
        environment: Its environment; by default this process's.

    Raises:
        CompilerFailedError: It failed, or it didn't end in time and was killed, with all processes that it started.
        OSError: It can't be started.
    """
    name = Path(command[0]).name
    # A session of its own: a compiler is several processes, which would live on and keep the pipes open.
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=TIME_LIMIT_S)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            fix = "set CXX to another compiler, or SPIKEGRAPH_NATIVE=0 to do without"
            raise CompilerFailedError(f"`{name}` didn't end within {TIME_LIMIT_S:g} s and was killed: {fix}") from None
    if process.returncode < 0:
        ended = f"`{name}` was ended by the signal {signal.Signals(-process.returncode).name}"
        raise CompilerFailedError(f"{ended}: {errors.strip()[-2000:]}" if errors.strip() else ended)
    if process.returncode > 0:
        raise CompilerFailedError(f"`{name}` failed with status {process.returncode}: {errors.strip()[-2000:]}")
    return output
