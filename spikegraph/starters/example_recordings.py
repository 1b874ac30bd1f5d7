"""Example recordings of an event camera: a shape that moves left, right, up or down, in Prophesee's EVT 2 (`.raw`)."""

from pathlib import Path

import numpy as np
from numpy.random import Generator

from spikegraph.data.events.blocks import Block
from spikegraph.starters.shapes import SHAPES, shape

DIRECTIONS = {"down": (1, 0), "left": (0, -1), "right": (0, 1), "up": (-1, 0)}
"""The classes, with the rows and columns that a shape moves at each step."""

RECORDINGS = 30
"""Recordings of each class."""

SIDE = 32
"""Height and width of the sensor, in pixels."""

STEPS, STEP_US = 40, 5000
"""Steps of a movement, and how long one takes, in microseconds."""

NOISE = 100
"""Events that nothing causes, in a recording."""


def write_recordings(folder: Path, random: Generator) -> None:
    """Writes `recordings/CLASS/NUMBER.raw`."""
    for name, direction in DIRECTIONS.items():
        of_class = folder / "recordings" / name
        of_class.mkdir(parents=True)
        for number in range(1, RECORDINGS + 1):
            write_evt2(of_class / f"{number:02}.raw", _moving(direction, random))


def _moving(direction: tuple[int, int], random: Generator) -> Block:
    """The events of a bright shape that moves by a pixel at each step, and comes back on the other side of the sensor."""
    size, place = (SIDE, SIDE), random.integers(0, SIDE, 2)
    bright = shape(str(random.choice(SHAPES)), size, (SIDE / 2, SIDE / 2), random.uniform(3, 6))
    noise = random.integers(0, (STEPS * STEP_US, SIDE, SIDE, 2), (NOISE, 4))
    found = [noise]  # time, row, column, and 1 where the light increased
    for step in range(STEPS):
        before, after = (np.roll(bright, place + np.multiply(direction, k), axis=(0, 1)) for k in (step, step + 1))
        y, x = np.nonzero(before != after)
        times = step * STEP_US + random.integers(0, STEP_US, len(x))
        found.append(np.stack([times, y, x, after[y, x]], axis=1, dtype=np.int64))
    events = np.concatenate(found)
    t, y, x, on = events[np.argsort(events[:, 0], kind="stable")].T
    return Block(x, y, t, on > 0)


def write_evt2(path: Path, events: Block) -> None:
    """Writes events as EVT 2: words of 32 bits; those of type 8 hold the upper 28 bits of the time for the events behind them.

    An event has the type 1 where the light increased and else 0, 6 bits of the time, and 11 bits each of column and row.
    """
    upper = events.t >> 6
    begins = np.flatnonzero(np.diff(upper, prepend=-1))
    words = events.on.astype(np.int64) << 28 | (events.t & 63) << 22 | events.x << 11 | events.y
    words = np.insert(words, begins, 8 << 28 | upper[begins])
    header = f"% evt 2.0\n% format EVT2;height={SIDE};width={SIDE}\n% geometry {SIDE}x{SIDE}\n% end\n"
    path.write_bytes(header.encode() + words.astype("<u4").tobytes())
