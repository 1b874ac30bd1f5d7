"""A process in which slow functions run, so that answers don't wait for them."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import TypeVar, TypeVarTuple

from spikegraph.base.errors import PluginError
from spikegraph.base.surface import in_editors
from spikegraph.service.plugin_files import given_files, load_files

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Worker:
    """Calls functions in a process of its own, one at a time. It starts with the first call, and again if it has died.

    It has the plug-ins of this process that are files, and what they print goes to standard error: standard output is the
    protocol's.

    The process and those that it has started, such as Graphviz, end with `stop`, and with this process however that ends.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._alive: Connection | None = None
        self._stopped = False

    async def call(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """The function's result; raises what it raises, and BrokenProcessPool if the process died or was stopped."""
        if self._stopped:
            raise BrokenProcessPool("the process was stopped")
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            ends, self._alive = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(ends, given_files()))
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _called, function, *arguments)
        except BrokenProcessPool:
            if self._pool is pool:  # of several calls the first has begun a new one
                self._pool = None
            raise

    def stop(self) -> None:
        """Ends the process, also while it runs a function."""
        self._stopped = True
        if self._pool is not None:
            self._pool.shutdown(wait=False)  # its calls fail when the process is gone
        if self._alive is not None:
            self._alive.close()


_failed: list[PluginError] = []
"""Why this process lacks plug-ins."""


def _begin(ends: Connection, plugins: Iterable[Path]) -> None:
    _end_with(ends)
    os.dup2(2, 1)
    _failed.extend(load_files(plugins))


def _called(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Calls a function; raises PluginError if a plug-in can't be loaded any more."""
    for error in _failed:
        raise error
    with in_editors():
        return function(*arguments)


def _end_with(ends: Connection) -> None:
    """Ends this process, and those that it starts, when the other end of a pipe is closed: by `stop`, or by a process's end."""
    if sys.platform != "win32":
        os.setpgrp()

    def wait() -> None:
        ends.poll(None)
        if sys.platform != "win32":
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    Thread(target=wait, daemon=True).start()
