"""How fast a task advances, and how long it and what it is part of will take."""

from collections import deque
from collections.abc import Callable


class Pace:
    """The pace of one task after another.

    The time that is left of the whole is estimated from the steps since the start of the task before this one, with all that
    happened in between, such as checkpoints. Steps of another whole aren't counted: they may take longer or shorter.

    Attributes:
        total: Number of steps of the task.
        whole: What the task is part of: `run` or, where the run's other steps can't be compared, its phase.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """Starts without a task; `now` is the time in seconds."""
        self.total, self.whole = 0, "run"
        self._now = now
        self._first, self._done, self._begun = 0, 0, 0.0
        self._after: int | None = None
        self._marks: deque[tuple[float, int]] = deque(maxlen=2)

    def start(self, total: int, done: int, after: int | None, whole: str = "run") -> None:
        """Starts a task of `total` steps, of which `done` are finished; `after` steps of the whole are behind it."""
        if whole != self.whole:
            self._marks.clear()
        self.whole = whole
        self.total, self._first, self._done, self._begun = total, done, done, self._now()
        self._after = after
        if after is not None:
            self._marks.append((self._begun, total - done + after))

    def advance(self, done: int) -> None:
        """Sets the number of finished steps."""
        self._done = done

    @property
    def rate(self) -> float | None:
        """Steps of the task per second; None before the first."""
        return (self._done - self._first) / max(self._now() - self._begun, 1e-9) if self._done > self._first else None

    @property
    def left(self) -> float | None:
        """Seconds until the task ends; None before its first step."""
        return None if self.rate is None else (self.total - self._done) / self.rate

    @property
    def whole_left(self) -> float | None:
        """Seconds until the whole ends; None if that isn't known."""
        if self._after is None or not self._marks:
            return None
        begun, steps = self._marks[0]
        left = self.total - self._done + self._after
        return None if steps <= left else left * (self._now() - begun) / (steps - left)


def clock(seconds: float) -> str:
    """A duration: `0:42`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
