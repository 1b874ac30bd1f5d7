"""Threads that wait for each other sleep soon while other processes need their cores.

libgomp's threads wait for each other in every operation, and between operations. They spin for some milliseconds before they
sleep, because sleeping and waking takes longer than most operations. Where another process needs a core, the thread for which
all wait may be the one that doesn't run, while the others spin on the cores that it could have.

While libgomp has more threads than there are cores, it spins for some microseconds only (GCC's manual of libgomp, on
`GOMP_SPINCOUNT`). So while others use the cores, a second team of threads exists here, which does nothing. The threads that
compute stay the same, and so do all sums.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from spikegraph.backends.torch.native.build import openmp
from spikegraph.base.shared_cores import Usage, affinity

CHOSEN = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
"""Environment variables by which somebody has chosen how long threads spin."""

EVERY_S = 1.0
"""Seconds between two looks at the use of the cores."""

MORE, LESS = 0.4, 0.2
"""The number of cores that are lacking from which on threads sleep soon, and below which they spin again."""


class Team:
    """A second team of threads of libgomp, asleep; with it, libgomp has more threads than there are cores.

    Args:
        library: libgomp, as torch has loaded it.
        threads: Number of threads that compute.
    """

    def __init__(self, library: ctypes.CDLL, threads: int) -> None:
        self._library, self._count = library, max(2, len(affinity()) - threads + 2)
        self._made, self._ended = Event(), Event()
        self._thread = Thread(target=self._run, name="team", daemon=True)
        self._thread.start()
        self._made.wait()

    def _run(self) -> None:
        # The threads of a team stay until the one that has made it ends. What they run must need no lock of Python.
        nothing = ctypes.cast(ctypes.CDLL(None).abs, ctypes.c_void_p)
        try:
            self._library.GOMP_parallel(nothing, None, ctypes.c_uint(self._count), ctypes.c_uint(0))
        finally:
            self._made.set()
        self._ended.wait()

    def end(self) -> None:
        """Ends its threads."""
        self._ended.set()
        self._thread.join()


@contextmanager
def short_waits(threads: int, environment: Mapping[str, str] = os.environ) -> Generator[None]:
    """Lets waiting threads sleep soon, inside the block, whenever other processes use their cores.

    Nothing happens with one thread, with another OpenMP library than libgomp, or if the environment has chosen.

    Args:
        threads: Number of threads that compute.
        environment: The environment variables.
    """
    path = openmp()
    if threads < 2 or path is None or "libgomp" not in path.name or any(environment.get(name) for name in CHOSEN):
        yield
        return
    ended = Event()
    watching = Thread(target=_watch, args=(ctypes.CDLL(str(path)), threads, ended), name="use of the cores", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _watch(library: ctypes.CDLL, threads: int, ended: Event) -> None:
    team, before = None, Usage.now()
    while not ended.wait(EVERY_S):
        now = Usage.now()
        lacking = threads + now.others_since(before) - len(affinity())
        before = now
        if team is None and lacking > MORE:
            team = Team(library, threads)
        elif team is not None and lacking < LESS:
            team.end()
            team = None
    if team is not None:
        team.end()
