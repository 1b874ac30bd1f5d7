"""Runs cases in child processes with bounded memory and time, so that a crash, a hang or a bomb is an outcome."""

import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cases import Outcome

MEMORY = 1 << 30
"""Bytes that cases may use beyond those that their process starts with."""
SECONDS = 20.0
"""Seconds of the processor that a case may use."""
WAITING = 15
"""How many times as long it may take by the clock, on a busy machine; longer is waiting for something that never comes."""
CASES = 500
"""How many cases a child process runs before the next one takes its place."""


class Isolated:
    """Calls a function of a seed in a child process, which lives on until a case ends it or takes too long."""

    def __init__(
        self, work: Callable[[int], Outcome], *, memory: int = MEMORY, seconds: float = SECONDS, cases: int = CASES
    ) -> None:
        """Starts nothing yet.

        Args:
            work: Runs a case; an exception that it raises is a failure.
            memory: The bytes of memory that the cases may use.
            seconds: The processor's time that a case may use.
            cases: How many cases a child process runs.
        """
        self._work, self._memory, self._seconds, self._cases = work, memory, seconds, cases
        self._child, self._left, self._owner = 0, 0, 0
        self._to = self._from = -1

    def __call__(self, seed: int) -> Outcome:
        """The outcome of a case."""
        if not self._left or self._owner != os.getpid():
            self._start()
        self._left -= 1
        os.write(self._to, f"{seed}\n".encode())
        told = self._answer()
        if told:
            if not self._left:
                self._end()
            return Outcome(**json.loads(told))
        why = self._end(kill=told is None)
        return Outcome("crash or hang", False, "it waits for something" if told is None else why)

    def _start(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        inner, self._to = os.pipe()
        self._from, outer = os.pipe()
        self._child, self._left, self._owner = os.fork(), self._cases, os.getpid()
        if self._child == 0:
            try:
                os.close(self._to)
                os.close(self._from)
                _limit(self._memory)
                _one_thread()
                self._serve(inner, outer)
            finally:
                os._exit(0)
        os.close(inner)
        os.close(outer)

    def _serve(self, inner: int, outer: int) -> None:
        """Answers the seeds that come, in the child process."""
        with os.fdopen(inner, encoding="ascii") as seeds:
            for seed in seeds:
                signal.setitimer(signal.ITIMER_PROF, self._seconds)  # ends the process where no Python code runs, too
                answer = json.dumps(asdict(_outcome(self._work, int(seed)))) + "\n"
                os.write(outer, answer.encode())

    def _answer(self) -> bytes | None:
        """A line from the child; empty if it ended, None if it takes too long."""
        end, told = time.monotonic() + WAITING * self._seconds, b""
        poll = select.poll()
        poll.register(self._from, select.POLLIN)
        while not told.endswith(b"\n"):
            if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
                return None
            part = os.read(self._from, 65_536)
            if not part:
                return b""
            told += part
        return told

    def _end(self, *, kill: bool = False) -> str:
        """Ends the child, and says how it ended."""
        if kill:
            os.kill(self._child, signal.SIGKILL)
        os.close(self._to)
        os.close(self._from)
        _, status = os.waitpid(self._child, 0)
        self._left = 0
        code = os.waitstatus_to_exitcode(status)
        return f"it took more than {self._seconds:g} s" if code == -signal.SIGPROF else f"the process ended with {code}"


def _outcome(work: Callable[[int], Outcome], seed: int) -> Outcome:
    try:
        return work(seed)
    except BaseException as error:  # noqa: BLE001 (whatever it is, it is the outcome)
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        where = "; ".join(f"{frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames)
        return Outcome("exception", False, f"{type(error).__name__}: {str(error)[:300]} in {where}")


def _one_thread() -> None:
    """Computes on one thread: OpenMP's other threads stay in the parent, and waiting for them would never end."""
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


def _limit(memory: int) -> None:
    """Bounds the memory of this process, and silences it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
