"""Handles Ctrl-C, SIGTERM and SIGHUP, so that a run can finish and save its step before it stops."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType

from spikegraph.base.errors import Interrupted

HANGUP = getattr(signal, "SIGHUP", None)
"""The signal of a terminal that is closed; None on Windows."""


class Interrupt:
    """A context in which the first SIGINT, SIGTERM or SIGHUP sets `requested`; a second one raises `KeyboardInterrupt`.

    A second SIGHUP doesn't, since a terminal that is closed sends several. A SIGHUP that was ignored, as `nohup` asks, stays
    ignored. An `Interrupted` that leaves the context gets the signal's number. Outside the main thread it handles no signals.
    """

    def __init__(self) -> None:
        self.requested = False
        self.number: int = signal.SIGINT
        self._before: dict[signal.Signals, object] = {}
        self._process = os.getpid()
        self._terminals: list[int] = []

    def __enter__(self) -> Interrupt:
        """Installs the signal handlers."""
        if threading.current_thread() is threading.main_thread():
            hangup = () if HANGUP is None or signal.getsignal(HANGUP) is signal.SIG_IGN else (HANGUP,)
            self._terminals = [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]
            for number in (signal.SIGINT, signal.SIGTERM, *hangup):
                self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restores the previous signal handlers."""
        for number, handler in self._before.items():
            # None stands for a handler that wasn't installed from Python; it can't be restored.
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)  # type: ignore[arg-type]
        self._before.clear()
        if isinstance(error, Interrupted):
            error.number = self.number

    def _received(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            # In a forked child: ignore Ctrl-C, which the parent handles, but end on SIGTERM.
            if number == signal.SIGTERM:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        if number == HANGUP:
            self._leave_terminals()
        if not self.requested:
            self.requested, self.number = True, number
        elif number != HANGUP:
            raise KeyboardInterrupt

    def _leave_terminals(self) -> None:
        """Discards output to terminals that are closed, so that writing to them doesn't fail before the run is saved."""
        closed = [descriptor for descriptor in self._terminals if not os.isatty(descriptor)]
        if closed:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for descriptor in closed:
                os.dup2(nowhere, descriptor)
            os.close(nowhere)
