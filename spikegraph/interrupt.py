"""Handles Ctrl-C and SIGTERM, so that a run can finish and save its step before it stops."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType

from spikegraph.errors import Interrupted


class Interrupt:
    """A context in which the first SIGINT or SIGTERM sets `requested`; a second one raises `KeyboardInterrupt`.

    An `Interrupted` that leaves the context gets the signal's number. Outside the main thread it handles no signals.
    """

    def __init__(self) -> None:
        self.requested = False
        self._number: int = signal.SIGINT
        self._before: dict[signal.Signals, object] = {}
        self._process = os.getpid()

    def __enter__(self) -> Interrupt:
        """Installs the signal handlers."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restores the previous signal handlers."""
        for number, handler in self._before.items():
            # None stands for a handler that wasn't installed from Python; it can't be restored.
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)  # type: ignore[arg-type]
        self._before.clear()
        if isinstance(error, Interrupted):
            error.number = self._number

    def _received(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            # In a forked child: ignore Ctrl-C, which the parent handles, but end on SIGTERM.
            if number == signal.SIGTERM:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
        elif self.requested:
            raise KeyboardInterrupt
        else:
            self.requested, self._number = True, number
