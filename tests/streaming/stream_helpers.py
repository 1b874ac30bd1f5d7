"""Streams of events, how they are cut, one event at a time, and the command with its results."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spikegraph.data.events.blocks import Block
from spikegraph.streaming.arrivals import Arrived
from spikegraph.streaming.cutting import Cutting

SAMPLES = 4
"""Test samples that follow each other in a recording."""

APART_US = 100_000

Event = tuple[int, int, int, bool, int]
"""x, y, t, whether the light increased, and the camera."""


def events(t: list[int]) -> Block:
    """Events whose column is their number."""
    return Block(np.arange(len(t)), np.zeros(len(t), np.int64), np.array(t, np.int64), np.ones(len(t), np.bool_))


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
        came = first = latest = opened = index = 0
        opening = False
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

        def end(*, last: bool = False) -> None:
            nonlocal sequence, index, begun
            while self.how.by == "time" and (held or (last and 0 < index < (self.how.restart or 0))):
                close_timed()
            self.unused += len(held)
            held.clear()
            sequence, index, begun = sequence + (index > 0), 0, False

        for number, at in enumerate(t):
            if begun and abs(at - latest) > self.how.gap:
                end()
            if not begun:
                came, first, latest, opened, begun = at, at, at, 0, True
                opening = self.how.by == "time"
            if opening:  # an event that is earlier by `wait` at most may begin the sequence
                if at < came - self.how.wait:
                    self.late += 1
                    continue
                first = min(first, at)
            if self.how.by == "time" and at < edge(opened):
                self.late += 1
                continue
            held[number] = at
            latest = max(latest, at)
            opening = opening and latest < came + self.how.wait
            if opening:
                continue
            while self.how.by == "time" and edge(opened + 1) <= latest - self.how.wait:
                close_timed()
            if self.how.by == "count" and len(held) == self.how.span:
                close(min(held.values()), max(held.values()) + 1, list(held))
        end(last=True)
        return self


def repeated(events: Block, times: int) -> Block:
    """The recording again and again, later each time."""
    parts = [events._replace(t=events.t + k * SAMPLES * APART_US) for k in range(times)]
    return Block(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def last_of_each(found: list[dict]) -> np.ndarray:
    """The logits at the last step of each sequence."""
    return np.array([step["outputs"]["logits"]["values"] for step in found if step["index"] == 2])


def csv(events: Block) -> bytes:
    table = np.stack([events.t, events.x, events.y, events.on], axis=1).tolist()
    return "".join(f"{t},{x},{y},{on}\n" for t, x, y, on in table).encode()


def process(run: Path, *arguments: str, **how) -> subprocess.Popen:
    words = [sys.executable, "-m", "spikegraph", "stream", str(run), *arguments]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
