"""Ctrl-C and requests to end: the step is finished and saved first."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType


class Interrupt:
    """Inside its block the first SIGINT or SIGTERM sets `requested`; a second one stops at once.

    Outside the main thread signals aren't its business, and `requested` stays false unless it is set.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, object] = {}
        self._process = os.getpid()

    def __enter__(self) -> Interrupt:
        """Takes the signals."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Gives the signals back."""
        for number, handler in self._before.items():
            # None is a handler that wasn't installed from Python and can't be put back.
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)  # type: ignore[arg-type]
        self._before.clear()

    def _received(self, number: int, frame: FrameType | None) -> None:
        del frame
        if os.getpid() != self._process:
            # A child that was forked with this handler: Ctrl-C is its parent's to judge, a request to end is its own.
            if number == signal.SIGTERM:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
        elif self.requested:
            raise KeyboardInterrupt
        else:
            self.requested = True
