"""Cuts a stream of events into time steps.

A sequence of steps begins with its earliest event, which may come a little after others. Steps last equally long, or have
equally many events. Where the time stamps jump by more than `gap`, forwards or backwards, the sequence ends and the next one
begins.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import joined, no_events
from spikegraph.data.events.slicing import Placed
from spikegraph.streaming.arrivals import Arrived, Clock

GAP = 1_000_000
"""Microseconds without events after which a new sequence begins, unless something else is asked for."""

WAIT = 1_000
"""Microseconds for which a step is kept open for late events, unless something else is asked for."""


@dataclass(frozen=True)
class Cutting:
    """How a stream is cut.

    Attributes:
        by: `time`: all steps last equally long. `count`: all steps have equally many events.
        span: Length of `parts` steps, in microseconds or events.
        parts: Into how many steps this length is divided.
        gap: The longest time without events within a sequence, in microseconds. Shorter pauses make steps without events.
        wait: By time: a step is closed when an event that is so many microseconds behind its end has come. So long before the
            event that came first, the sequence may begin.
        restart: Number of steps after which the state of the network begins anew; None for never.
    """

    by: Literal["time", "count"]
    span: int
    parts: int = 1
    gap: int = GAP
    wait: int = WAIT
    restart: int | None = None

    @property
    def step_us(self) -> float:
        """Length of a step in microseconds, if steps last equally long."""
        return self.span / self.parts


@dataclass(frozen=True)
class StepEvents:
    """The events of one time step.

    Attributes:
        number: The number of the step, from 0.
        sequence: The number of the sequence, from 0: a sequence ends at a jump of the time stamps and after `restart` steps.
        index: The number of the step in its sequence; the state of the network begins anew where it is 0.
        start: When the step begins, in microseconds.
        stop: When it ends, which isn't part of it.
        events: The events and their cameras, in any order.
        offset: The place of each event in the step, int64 [N]: the share `offset / span`.
        span: The length that belongs to `offset`.
        late: Number of events of earlier steps that came while this one was open; they are left out.
        end: Of steps that last equally long, when the step ends, rounded down where `stop` is rounded up.
        closed_at: When the events arrived that closed the step, as the clock tells it, in seconds.
    """

    number: int
    sequence: int
    index: int
    start: int
    stop: int
    events: Arrived
    offset: NDArray[np.int64]
    span: int
    late: int
    end: int | None
    closed_at: float

    def placed(self, camera: int) -> Placed:
        """The events of one camera with their places in the step."""
        own = self.events.camera == camera
        first = None if self.end is None else self.end - self.span  # encodings add both to get the end
        return Placed(self.events.events.where(own), self.offset[own], self.span, first)


class Cutter:
    """Cuts one stream.

    Attributes:
        how: How it is cut.
        late: Number of events that came after their step was closed.
        unused: Number of events that were too few for a step; only where steps have equally many.
        jumps: Number of jumps of the time stamps.
    """

    def __init__(self, how: Cutting, start: int | None = None, clock: Clock = time.monotonic) -> None:
        """Makes a cutter.

        Args:
            how: How to cut.
            start: When the first step begins, in microseconds, in place of the first event; those before it are left out.
            clock: The clock of arrivals.
        """
        self._clock, self._at = clock, 0.0
        self.how, self.late, self.unused, self.jumps = how, 0, 0, 0
        self._from, self._begun = start, False
        self._first, self._latest = 0, 0  # when the sequence begins, and the latest time stamp
        self._came: int | None = None  # the time stamp that came first, while an earlier one may still come
        self._next = 0  # the number of the open step since `_first`
        self._held: list[Arrived] = []
        self._late: Counter[int] = Counter()  # late events by the step that was open when they came
        self._number, self._sequence, self._index = 0, 0, 0

    def steps(self, stream: Iterable[Arrived], stopped: Callable[[], bool] = lambda: False) -> Iterator[StepEvents]:
        """The steps of a stream, each as soon as it is closed; the last one at the end of the stream, or where it is stopped.

        Of steps that last equally long and a sequence that has `restart` of them, those that it lacks at the end are empty.

        Args:
            stream: The events.
            stopped: Asked when the steps of events that came together are cut: true to take no more.

        Raises:
            DataError: What the stream raises; the steps before have come then, also the one that was open.
        """
        damage: DataError | None = None
        try:
            for arrived in stream:
                yield from self._feed(arrived)
                if stopped():
                    break
        except DataError as error:
            damage = error
        self._at = self._clock()
        yield from self._end(filled=damage is None and not stopped())
        if damage is not None:
            raise damage

    def _feed(self, arrived: Arrived) -> Iterator[StepEvents]:
        self._at = arrived.at
        if self._from is not None and not self._begun:
            arrived = arrived.where(arrived.events.t >= self._from)
        while len(t := arrived.events.t):
            if not self._begun:
                self._begun, self._next = True, 0
                self._came = int(t[0]) if self._from is None else None
                self._first = self._latest = int(t[0]) if self._from is None else self._from
                self._from = None
            before = np.maximum.accumulate(np.concatenate([[self._latest], t[:-1]]))
            far = np.abs(t - before) > self.how.gap
            count = int(far.argmax()) if far.any() else len(t)
            if count:
                yield from self._take(arrived.where(slice(count)), before[:count])
            if count < len(t):
                yield from self._end()
                self.jumps += 1
            arrived = arrived.where(slice(count, None))

    def _take(self, arrived: Arrived, before: NDArray[np.int64]) -> Iterator[StepEvents]:
        """Steps that these events close; `before` has for each event the latest time stamp that came before it."""
        t = arrived.events.t
        self._latest = max(int(before[-1]), int(t[-1]))
        if self.how.by == "count":
            self._held.append(arrived)
            while sum(len(part.camera) for part in self._held) >= self.how.span:
                yield self._counted()
            return
        if self._came is not None:
            count = int((np.maximum(before, t) < self._came + self.how.wait).sum()) + 1
            self._begin(arrived.where(slice(count)))
            if count > len(t):
                return
            self._came = None
            arrived, before = arrived.where(slice(count, None)), before[count:]
            t = arrived.events.t
        # An event is late if it belongs to a step that was closed when it came, whatever came with it at once.
        closed = (before - self.how.wait - self._first) * self.how.parts // self.how.span
        late = t < self._edge(np.maximum(closed, 0))
        if late.any():
            self.late += int(late.sum())
            self._late.update(np.maximum(closed[late], 0).tolist())
            arrived = arrived.where(~late)
        self._hold(arrived)
        while int(self._edge(self._next + 1)) <= self._latest - self.how.wait:
            yield self._timed()

    def _begin(self, arrived: Arrived) -> None:
        """Takes events among which the earliest of the sequence may be."""
        assert self._came is not None
        late = arrived.events.t < self._came - self.how.wait
        if late.any():
            self.late += int(late.sum())
            self._late[0] += int(late.sum())
            arrived = arrived.where(~late)
        self._first = int(arrived.events.t.min(initial=self._first))
        self._hold(arrived)

    def _hold(self, arrived: Arrived) -> None:
        t = arrived.events.t
        if len(t):
            self._held.append(arrived.where(np.argsort(t, kind="stable")) if (t[1:] < t[:-1]).any() else arrived)

    def leave_out(self) -> None:
        """Leaves out the step that came last: its sequence ends before it, and the next step begins another one."""
        self._number -= 1
        self._sequence, self._index = self._sequence + (self._index > 1), 0

    def _edge(self, number: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """When step `number` since the start of the sequence begins: the first whole microsecond of it."""
        return self._first - (-np.asarray(number, np.int64) * self.how.span // self.how.parts)

    def _timed(self) -> StepEvents:
        """The open step, which is closed."""
        start, stop = int(self._edge(self._next)), int(self._edge(self._next + 1))
        ends = [int(np.searchsorted(part.events.t, stop)) for part in self._held]
        found = _joined([part.where(slice(end)) for part, end in zip(self._held, ends, strict=True)])
        rest = (part.where(slice(end, None)) for part, end in zip(self._held, ends, strict=True))
        self._held = [part for part in rest if len(part.camera)]
        # With `parts`, a step begins between two microseconds: shares are whole numbers in units of 1 / parts of one.
        t = found.events.t
        if self.how.parts > 1:
            offset, span = (t - self._first) * self.how.parts - self._next * self.how.span, self.how.span
        else:
            offset, span = t - start, stop - start
        self._next += 1
        end = self._first + self._next * self.how.span // self.how.parts
        return self._step(start, stop, found, offset, span, end)

    def _counted(self) -> StepEvents:
        """A step of the events that came first."""
        joined, count = _joined(self._held), self.how.span
        self._held = [rest] if len((rest := joined.where(slice(count, None))).camera) else []
        found = joined.where(slice(count))
        start, stop = int(found.events.t.min()), int(found.events.t.max()) + 1
        return self._step(start, stop, found, np.arange(count), count, None)

    def _step(self, start: int, stop: int, found: Arrived, offset: NDArray[np.int64], span: int, end: int | None) -> StepEvents:
        if self.how.restart is not None and self._index == self.how.restart:
            self._sequence, self._index = self._sequence + 1, 0
        late = self._late.pop(self._next - 1, 0)
        made = StepEvents(self._number, self._sequence, self._index, start, stop, found, offset, span, late, end, self._at)
        self._number, self._index = self._number + 1, self._index + 1
        return made

    def _end(self, *, filled: bool = False) -> Iterator[StepEvents]:
        """The steps of a sequence that are still open at its end; `filled` with empty ones up to `restart`."""
        self._came = None
        if self.how.by == "count":
            self.unused += sum(len(part.camera) for part in self._held)
            self._held = []
        while self._held:
            yield self._timed()
        while filled and self.how.by == "time" and 0 < self._index < (self.how.restart or 0):
            yield self._timed()
        self._late.clear()
        if self._begun:
            self._begun, self._sequence, self._index = False, self._sequence + (self._index > 0), 0


def _joined(parts: list[Arrived]) -> Arrived:
    """Events in the order of the list."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Arrived(no_events(), np.zeros(0, np.uint8), 0.0)
    return Arrived(joined([part.events for part in parts]), np.concatenate([part.camera for part in parts]), parts[-1].at)
