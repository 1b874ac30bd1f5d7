"""The progress of a sweep on standard error: on a terminal a line for each running run and a total, elsewhere plain lines."""

from __future__ import annotations

import shlex
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Literal

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from spikegraph.base.pace import clock
from spikegraph.base.progress import numbers_text
from spikegraph.base.terminal import columns, wrapped
from spikegraph.base.visible import visible
from spikegraph.runs.folder import RunFolder
from spikegraph.sweep.engine import State
from spikegraph.sweep.journal_tail import JournalTail
from spikegraph.sweep.task import Task, is_complete

SECONDS_BETWEEN_LINES = 30.0
Color = Literal["auto", "always", "never"]


class Display:
    """Shows the progress inside its context; `changed` is the `on_change` of a sweep."""

    def __init__(
        self,
        tasks: Sequence[Task],
        slots: int | None,
        epochs: Mapping[str, Mapping[str, int]],
        color: Color = "auto",
        every: float = SECONDS_BETWEEN_LINES,
    ) -> None:
        """Prepares the display.

        Args:
            tasks: The runs of the sweep.
            slots: How many run at once; None: as many as are running.
            epochs: Number of epochs of each phase, by the name of the point.
            color: Whether there are colours; `auto` means unless `NO_COLOR` is set.
            every: Seconds between two lines on each run that is no terminal's.
        """
        self.tasks, self.slots, self.epochs, self.every = len(tasks), slots, epochs, every
        self.finished, self.failed = sum(is_complete(task) for task in tasks), 0
        self.console = Console(stderr=True, no_color={"auto": None, "always": False, "never": True}[color])
        self._running: dict[str, tuple[JournalTail, float]] = {}
        self._seconds: list[float] = []
        self._lock, self._end = Lock(), Event()
        self._live: Live | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Display:
        """Starts to show."""
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(get_renderable=self._lines, console=self.console, refresh_per_second=2, transient=True)
            self._live.start()
        else:
            self._thread = Thread(target=self._print, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stops to show."""
        self._end.set()
        if self._live is not None:
            self._live.stop()
        if self._thread is not None:
            self._thread.join()

    def notice(self, text: str) -> None:
        """Prints a line, above what is shown."""
        if self._live is not None:
            self.console.print(visible(text), markup=False, highlight=False)
        else:
            print(wrapped(visible(text), columns(sys.stderr), indent=2), file=sys.stderr, flush=True)

    def changed(self, task: Task, state: State) -> None:
        """Shows a change of a task."""
        name, last = task.point.name, state.outcomes[-1] if state.outcomes else None
        with self._lock:
            if state.name == "running":
                journal = RunFolder(task.directory / task.run).metrics
                self._running[name] = JournalTail(journal, self.epochs.get(name, {})), time.monotonic()
            else:
                self._running.pop(name, None)
            if state.name == "finished" and last is not None:
                self._seconds.append(last.seconds)
            self.finished += state.name == "finished"
            self.failed += state.name == "failed"
        if state.name == "running":
            self.notice(f"{name}: {'started' if last is None else 'started again'}")
        elif last is not None:
            self.notice(f"{name}: {self._ended(task, state)}")

    def _ended(self, task: Task, state: State) -> str:
        last = state.outcomes[-1]
        match state.name:
            case "finished":
                return f"finished in {clock(last.seconds)}; {self.finished} of {self.tasks} are finished"
            case "waiting":
                return f"{last.message}; it is tried again"
            case "stopped":
                return "stopped"
            case _:
                return f"failed: {last.message}\n  log: {task.log}\n  continue: {shlex.join(('spikegraph', *task.command))}"

    def _left(self) -> float | None:
        """Seconds until all have ended, if those that follow take as long as those that have finished."""
        if not self._seconds:
            return None
        each, now = statistics.fmean(self._seconds), time.monotonic()
        waiting = self.tasks - self.finished - self.failed - len(self._running)
        running = [max(0.0, each - (now - begun)) for _, begun in self._running.values()]
        return max((waiting * each + sum(running)) / (self.slots or max(1, len(running))), max(running, default=0.0))

    def _rows(self) -> list[str]:
        with self._lock:
            rows = [f"{name}  {_row(tail)}" for name, (tail, _) in self._running.items()]
            left = self._left()
        total = f"{self.finished}/{self.tasks} finished"
        total += f"  {self.failed} failed" if self.failed else ""
        return [*rows, total + (f"  about {clock(left)} left" if left is not None else "")]

    def _lines(self) -> Group:
        return Group(*(Text(visible(row), no_wrap=True, overflow="ellipsis") for row in self._rows()))

    def _print(self) -> None:
        while not self._end.wait(self.every):
            for row in self._rows():
                self.notice(row)


def _row(tail: JournalTail) -> str:
    at = tail.look()
    if at is None:
        return "starting"
    of = tail.epochs.get(at.phase)
    epoch = f"{at.phase} epoch {at.epoch}" + (f"/{of}" if of else "")
    left = "" if at.left is None else f"{clock(at.left)} left of the {at.phase}"
    return "  ".join(part for part in (epoch, numbers_text(at.losses), left) if part)
