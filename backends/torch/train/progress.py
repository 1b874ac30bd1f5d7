"""Progress output: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Mapping
from typing import Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 5.0
Color = Literal["auto", "always", "never"]


class Reporter(Protocol):
    """Shows the progress of a task."""

    def notice(self, text: str) -> None:
        """Prints a notice."""

    def start(self, title: str, total: int, done: int = 0) -> None:
        """Starts a task of `total` steps, of which `done` are finished."""

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Shows the number of finished steps and the current losses."""

    def stop(self) -> None:
        """Ends the task, finished or not."""


def reporter(color: Color = "auto") -> Reporter:
    """Bars if standard error is a terminal that can move its cursor, else plain lines on standard error.

    Args:
        color: Whether bars have colours; `auto` means unless `NO_COLOR` is set.
    """
    console = Console(stderr=True, no_color={"auto": None, "always": False, "never": True}[color])
    return Bars(console) if console.is_terminal and not console.is_dumb_terminal else Lines()


def numbers_text(numbers: Mapping[str, float]) -> str:
    """Formats losses: `loss 1.234  architecture_loss 2.345`."""
    return "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())


class Silent(Reporter):
    """Shows nothing; the default for programs."""


class Lines:
    """Prints a line on standard error every few seconds: steps, rate, remaining time, losses."""

    def __init__(self, every: float = SECONDS_BETWEEN_LINES) -> None:
        self.every = every
        self._title, self._total, self._first = "", 0, 0
        self._begun = self._last = 0.0

    def notice(self, text: str) -> None:
        """Prints a line."""
        print(text, file=sys.stderr, flush=True)

    def start(self, title: str, total: int, done: int = 0) -> None:
        """Starts the clock and prints nothing yet."""
        self._title, self._total, self._first = title, total, done
        self._begun = self._last = time.monotonic()

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Prints a line if the interval has passed or the task is finished."""
        now = time.monotonic()
        if now - self._last < self.every and done < self._total:
            return
        self._last = now
        rate = (done - self._first) / max(now - self._begun, 1e-9)
        left = "" if rate <= 0 else f"  {rate:.2f}/s  {_clock((self._total - done) / rate)} left"
        self.notice(f"{self._title}  {done}/{self._total}{left}  {numbers_text(numbers or {})}".rstrip())

    def stop(self) -> None:
        """Does nothing."""


class Bars:
    """Shows one progress bar at a time, with rate, remaining time and losses."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._first, self._begun = 0, 0.0

    def notice(self, text: str) -> None:
        """Prints a line above the bar."""
        self.console.print(text, markup=False, highlight=False)

    def start(self, title: str, total: int, done: int = 0) -> None:
        """Shows a new bar; stops the previous one."""
        self.stop()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}", markup=False),
            console=self.console,
        )
        self._first, self._begun = done, time.monotonic()
        self._task = self._progress.add_task(title, total=total, completed=done, rate="", numbers="")
        self._progress.start()

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Updates the bar."""
        if self._progress is None:
            return
        rate = (done - self._first) / max(time.monotonic() - self._begun, 1e-9)
        if numbers is not None:
            self._progress.update(self._task, numbers=numbers_text(numbers))
        self._progress.update(self._task, completed=done, rate=f"{rate:.2f}/s")

    def stop(self) -> None:
        """Stops the bar in its current state."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
