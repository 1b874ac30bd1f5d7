"""Runs the C++ compiler; every way in which it can fail is one error with a reason."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Lock

Command = tuple[str, ...]
"""A program and its first arguments: `("ccache", "g++")`."""

TIME_LIMIT_S = 600.0
"""Seconds after which a compiler is killed; it usually takes five."""


class NoCompilerError(RuntimeError):
    """Compiled code isn't available; the message gives the reason and the fix."""


class CompilerFailedError(NoCompilerError):
    """The compiler failed, was killed, or didn't end in time. It would do so again."""


def compiler() -> Command:
    """The compiler: `$CXX`, with arguments if it has some; without it g++ or c++.

    Raises:
        NoCompilerError: There is none, `$CXX` names none, or the system isn't Linux.
    """
    if not sys.platform.startswith("linux"):
        raise NoCompilerError(f"compiled code is only supported on Linux, not on {sys.platform}")
    if wanted := os.environ.get("CXX", "").strip():
        return _wanted(wanted)
    found = next(filter(shutil.which, ("g++", "c++")), None)
    if found is None:
        raise NoCompilerError("no C++ compiler was found: install g++, or set CXX to a compatible compiler")
    return (found,)


def _wanted(value: str) -> Command:
    """The compiler that a value of `$CXX` names: the path of a program, which may have spaces, or a program with arguments."""
    try:
        words = (value,) if shutil.which(value) else tuple(shlex.split(value))
    except ValueError:  # a quote that isn't closed
        words = ()
    if not words or shutil.which(words[0]) is None:
        raise NoCompilerError(f"the C++ compiler CXX={value} was not found: install it, or unset CXX to use g++")
    return words


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
    """Runs a command; returns what it writes to standard output.

    Args:
        command: The program and its arguments.
        environment: Its environment; by default this process's.
        folder: Its working directory; by default this process's.

    Raises:
        CompilerFailedError: It failed, or it didn't end in time and was killed, with all processes that it started.
        OSError: It can't be started.
    """
    return _run(command, _Processes(), environment, folder)


def run_all(commands: Sequence[Sequence[str]]) -> None:
    """Runs commands at once. If one fails, or this process is interrupted, all others are killed.

    Raises:
        CompilerFailedError: As `run`, for one of those that failed.
        OSError: As `run`.
    """
    processes = _Processes()
    with ThreadPoolExecutor() as pool:
        try:
            runs = [pool.submit(_run, command, processes) for command in commands]
            ended = wait(runs, return_when=FIRST_EXCEPTION).done
            for each in runs:
                if each in ended:
                    each.result()
        except BaseException:  # an interrupt reaches this thread only, and the pool waits for the others
            processes.kill()
            raise


class _Processes:
    """Processes that are killed together."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[str]] = []
        self._killed, self._lock = False, Lock()

    def start(
        self, command: Sequence[str], environment: Mapping[str, str] | None, folder: Path | None
    ) -> subprocess.Popen[str]:
        """Starts one in a session of its own: a compiler is several processes, which would live on and keep the pipes open."""
        with self._lock:
            if self._killed:
                raise CompilerFailedError(f"`{Path(command[0]).name}` was not started, since another one failed")
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self._started.append(process)
            return process

    def kill(self) -> None:
        """Kills those that run, with all processes that they started; later none is started."""
        with self._lock:
            self._killed = True
            for process in self._started:
                _kill(process)


def _run(
    command: Sequence[str], processes: _Processes, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> str:
    """As `run`, as one of some processes."""
    name = Path(command[0]).name
    with processes.start(command, environment, folder) as process:
        try:
            output, errors = process.communicate(timeout=TIME_LIMIT_S)
        except BaseException as error:
            _kill(process)
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


def _kill(process: subprocess.Popen[str]) -> None:
    """Kills a process of `_Processes` with those that it started, unless it has ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
