"""Progress output: bars on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Mapping
from typing import Literal, Protocol

from rich.console import Console, Group
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text
from typing_extensions import override

from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.base.pace import Pace, clock
from spikegraph.base.terminal import columns, wrapped
from spikegraph.base.visible import visible, visible_name

SECONDS_BETWEEN_LINES = 5.0
Color = Literal["auto", "always", "never"]


class Reporter(Protocol):
    """Shows the progress of a task."""

    def notice(self, text: str) -> None:
        """Prints a notice."""

    def start(
        self, title: str, total: int, done: int = 0, *, unit: str = "samples", after: int | None = None, whole: str = "run"
    ) -> None:
        """Starts a task.

        Args:
            title: What it is.
            total: Number of its steps.
            done: Number of steps that are finished.
            unit: What a step is, in the plural.
            after: Number of steps that follow this task in the whole, if its end is known.
            whole: What the task is part of.
        """

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Shows the number of finished steps, and the current losses and metrics by name."""

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
    """Metrics, which have units, and losses: `accuracy 45.6 %  mean loss 1.234`."""
    ordered = sorted(numbers.items(), key=lambda item: not name_and_unit(item[0])[1])
    return "  ".join(f"{name_and_unit(name)[0]} {with_unit(name, value)}" for name, value in ordered)


class Silent(Reporter):
    """Shows nothing; the default for programs."""


class Lines:
    """Prints a line on standard error every few seconds: time of day, steps, rate, time left of task and whole, losses."""

    def __init__(self, every: float = SECONDS_BETWEEN_LINES) -> None:
        self.every = every
        self._title, self._unit = "", ""
        self._pace = Pace(time.monotonic)
        self._last = 0.0

    def notice(self, text: str) -> None:
        """Prints a line."""
        print(wrapped(visible_name(text), columns(sys.stderr), indent=2), file=sys.stderr, flush=True)

    def start(
        self, title: str, total: int, done: int = 0, *, unit: str = "samples", after: int | None = None, whole: str = "run"
    ) -> None:
        """Starts the clock and prints nothing yet."""
        self._title, self._unit = title, unit
        self._pace.start(total, done, after, whole)
        self._last = time.monotonic()

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Prints a line if the interval has passed or the task is finished."""
        now, pace = time.monotonic(), self._pace
        if now - self._last < self.every and done < pace.total:
            return
        self._last = now
        pace.advance(done)
        rate = "" if pace.rate is None else f"{pace.rate:.2f} {self._unit}/s"
        left = "" if pace.left is None or done >= pace.total else f"{clock(pace.left)} left"
        run = "" if pace.whole_left is None else f"{clock(pace.whole_left)} left of the {pace.whole}"
        parts = (
            time.strftime("%H:%M:%S"),
            self._title,
            f"{done}/{pace.total} {self._unit}",
            rate,
            left,
            run,
            numbers_text(numbers or {}),
        )
        self.show("  ".join(part for part in parts if part))

    def show(self, line: str) -> None:
        """Prints how far the task is."""
        self.notice(line)

    def stop(self) -> None:
        """Does nothing."""


class _Display(Progress):
    """A bar with a line below it.

    Attributes:
        below: The line.
    """

    below = ""

    @override
    def get_renderable(self) -> Group:
        below = [Text(self.below, no_wrap=True, overflow="ellipsis")] if self.below else []
        return Group(self.make_tasks_table(self.tasks), *below)


class Bars:
    """Shows one progress bar at a time with rate and remaining time, and below it the rest of the whole and the losses."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress: _Display | None = None
        self._task = TaskID(0)
        self._pace = Pace(time.monotonic)
        self._unit, self._numbers = "", ""

    def notice(self, text: str) -> None:
        """Prints a line above the bar."""
        self.console.print(visible_name(text), markup=False, highlight=False)

    def start(
        self, title: str, total: int, done: int = 0, *, unit: str = "samples", after: int | None = None, whole: str = "run"
    ) -> None:
        """Shows a new bar; stops the previous one."""
        self.stop()
        title = visible(title)
        self._pace.start(total, done, after, whole)
        self._unit, self._numbers = unit, ""
        fields = [TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("count", "rate", "left")]
        self._progress = _Display(TextColumn("{task.description}", markup=False), BarColumn(), *fields, console=self.console)
        self._task = self._progress.add_task(title, total=total, completed=done, count=self._count(done), rate="", left="")
        self._progress.start()

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Updates the bar."""
        if self._progress is None:
            return
        pace = self._pace
        pace.advance(done)
        if numbers is not None:
            self._numbers = visible(numbers_text(numbers))
        rate = "" if pace.rate is None else f"{pace.rate:.2f}/s"
        left = "" if pace.left is None else f"{clock(pace.left)} left"
        run = "" if pace.whole_left is None else f"{clock(pace.whole_left)} left of the {pace.whole}"
        self._progress.below = "  ".join(part for part in (run, self._numbers) if part)
        self._progress.update(self._task, completed=done, count=self._count(done), rate=rate, left=left)

    def stop(self) -> None:
        """Stops the bar in its current state."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _count(self, done: int) -> str:
        return f"{done}/{self._pace.total} {self._unit}"
