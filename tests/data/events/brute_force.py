"""Encodings of events, computed one event at a time from the published equations."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.blocks import Block

Event = tuple[int, int, int, bool]
"""x, y, t and whether the light increased."""


def rows(events: Block) -> list[Event]:
    return list(zip(*(column.tolist() for column in events), strict=True))


def placed(events: Block, by: str, duration: int | None) -> list[tuple[Event, Fraction]]:
    """The events that are used, each with its place in the sample from 0 to below 1."""
    found = rows(events)
    first, last = min(t for _, _, t, _ in found), max(t for _, _, t, _ in found)
    used = [event for event in found if duration is None or event[2] < first + duration]
    if by == "count":
        return [(event, Fraction(k, len(used))) for k, event in enumerate(used)]
    return [(event, Fraction(event[2] - first, last + 1 - first if duration is None else duration)) for event in used]


def joined(event: Event, sensor: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the array."""
    return event[1] * size[0] // sensor[0], event[0] * size[1] // sensor[1]


def encoded(name: str, events: Block, steps: int, sensor: tuple[int, int], **how: Any) -> NDArray[np.float64]:
    """The sample [T, C, H, W] of an encoding."""
    size = how.pop("size", None) or sensor
    by, duration = how.pop("by", "time"), how.pop("duration", None)
    channels = {"counts": 2, "time_surface": 2}.get(name) or how.get("frames") or how["bins"]
    made = np.zeros((steps, channels, *size))
    latest: dict[tuple[int, int, int], int] = {}
    inside = placed(events, by, duration)
    ends = _ends(inside, steps, by, events, duration)
    by_step = [[(e, s * steps - k) for e, s in inside if math.floor(s * steps) == k] for k in range(steps)]
    for k, held in enumerate(by_step):
        for event, part in held:
            y, x = joined(event, sensor, size)
            sign = 1 if event[3] else -1
            if name == "counts":
                made[k, 0 if event[3] else 1, y, x] += 1
            elif name in ("raw", "sbt"):
                made[k, math.floor(part * how["frames"]), y, x] += sign
            elif name == "voxel_grid":
                for b in range(channels):
                    # Zhu et al., Eq. 1 and 2: p * max(0, 1 - |b - (B - 1) s|)
                    made[k, b, y, x] += sign * max(0.0, 1 - abs(b - float((channels - 1) * part)))
            else:
                at = (0 if event[3] else 1, y, x)
                latest[at] = max(event[2], latest.get(at, event[2]))
        if name == "time_surface":
            for (c, y, x), t in latest.items():
                made[k, c, y, x] = math.exp(-(ends[k] - t) / (how["tau"] * 1e6))
    return np.sign(made) if name == "sbt" else made


def _ends(inside: list[tuple[Event, Fraction]], steps: int, by: str, events: Block, duration: int | None) -> list[int]:
    """The ends of the steps in microseconds."""
    first = min(event[2] for event, _ in inside)
    span = duration or int(events.t.max()) + 1 - first
    if by == "time":
        return [first + math.floor(Fraction(span * (k + 1), steps)) for k in range(steps)]
    ends: list[int] = []
    for k in range(steps):
        times = [event[2] for event, s in inside if math.floor(s * steps) == k]
        ends.append(max(times + ends[-1:]))
    return ends
