"""Streams of events that aren't in order, and how they are cut, one event at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from spikegraph.data.events.blocks import Block
from spikegraph.streaming.arrivals import Arrived
from spikegraph.streaming.cutting import Cutting

Event = tuple[int, int, int, bool, int]
"""x, y, t, whether the light increased, and the camera."""


def chunks(events: Block, sizes: list[int], camera: np.ndarray | None = None) -> Iterator[Arrived]:
    """The events in pieces of these sizes, which are repeated."""
    first = k = 0
    cameras = np.zeros(len(events.t), np.uint8) if camera is None else camera
    while first < len(events.t):
        part = slice(first, first + sizes[k % len(sizes)])
        yield Arrived(events.where(part), cameras[part], 0.0)
        first, k = part.stop, k + 1


@dataclass
class Slow:
    """Cuts a stream as docs/deploy.md says, one event at a time, in whole numbers."""

    how: Cutting
    steps: list[tuple[int, int, int, int, list[int]]] = field(default_factory=list)
    """Sequence, index, start, stop and the numbers of the events."""
    late: int = 0
    unused: int = 0

    def cut(self, t: list[int]) -> Slow:
        """All steps of a stream with these time stamps."""
        sequence, begun = 0, False
        first = latest = opened = index = 0
        held: dict[int, int] = {}

        def edge(k: int) -> int:
            return first + -(-k * self.how.span // self.how.parts)

        def close(start: int, stop: int, chosen: list[int]) -> None:
            nonlocal sequence, index
            if index == self.how.restart:
                sequence, index = sequence + 1, 0
            self.steps.append((sequence, index, start, stop, sorted(chosen)))
            index += 1
            for k in chosen:
                del held[k]

        def close_timed() -> None:
            nonlocal opened
            start, stop = edge(opened), edge(opened + 1)
            opened += 1
            close(start, stop, [k for k, at in held.items() if at < stop])

        def end() -> None:
            nonlocal sequence, index, begun
            while held and self.how.by == "time":
                close_timed()
            self.unused += len(held)
            held.clear()
            sequence, index, begun = sequence + (index > 0), 0, False

        for number, at in enumerate(t):
            if begun and abs(at - latest) > self.how.gap:
                end()
            if not begun:
                first, latest, opened, begun = at, at, 0, True
            if self.how.by == "time" and at < edge(opened):
                self.late += 1
                continue
            held[number] = at
            latest = max(latest, at)
            while self.how.by == "time" and edge(opened + 1) <= latest - self.how.wait:
                close_timed()
            if self.how.by == "count" and len(held) == self.how.span:
                close(min(held.values()), max(held.values()) + 1, list(held))
        end()
        return self
