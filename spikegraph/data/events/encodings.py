"""Encodings of events: from the events of a sample to an array [T, C, H, W]."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.slicing import LONGEST, Placed

Encoded = NDArray[Any]
"""Values [T, C, H, W] of any number type."""

LARGEST_COUNT = 2**31 - 1
"""Most events that are counted in 32 bits."""


def counts(events: Iterable[Placed], steps: int, height: int, width: int) -> Encoded:
    """The number of events: channel 0 where the light increased, channel 1 where it decreased; unsigned [T, 2, H, W]."""
    return _smallest(_counted(events, steps, height, width)).reshape(steps, 2, height, width)


def raw(events: Iterable[Placed], steps: int, height: int, width: int, *, frames: int) -> Encoded:
    """The sum of the polarities -1 and +1 in each of the frames of a step; signed [T, frames, H, W]."""
    on, off = _both(events, steps * frames, height, width)
    return _smallest(on.astype(np.int64) - off).reshape(steps, frames, height, width)


def sbt(events: Iterable[Placed], steps: int, height: int, width: int, *, frames: int) -> Encoded:
    """Stacking based on time: the sign of `raw`, int8 (Che et al., NeurIPS 2022, Eq. 12)."""
    on, off = _both(events, steps * frames, height, width)
    return ((on > off).view(np.int8) - (on < off).view(np.int8)).reshape(steps, frames, height, width)


def voxel_grid(events: Iterable[Placed], steps: int, height: int, width: int, *, bins: int) -> Encoded:
    """Polarities shared linearly between the two nearest bins of a step; float32 [T, bins, H, W].

    An event at the part s of its step, 0 <= s < 1, is at `s * (bins - 1)` of its bins (Zhu et al., CVPR 2019, Eq. 1 and 2).
    """
    made = np.zeros(steps * bins * height * width)
    plane = height * width
    for block in events:
        e, step = block.events, block.part(steps)
        place = (block.offset * steps - step * block.span) * ((bins - 1) / block.span)
        low = place.astype(np.int64)
        late = np.where(e.on, place - low, low - place)
        cells = _cell(step * bins + low, e.y, e.x, height, width)
        _add(made, cells, np.where(e.on, 1.0, -1.0) - late)
        if bins > 1:
            _add(made, cells + plane, late)
    return made.astype(np.float32).reshape(steps, bins, height, width)


def time_surface(events: Iterable[Placed], steps: int, height: int, width: int, *, tau: float) -> Encoded:
    """How recent each pixel's last event is at the end of a step; float32 [T, 2, H, W], channels as `counts`.

    `exp(-(end - t) / tau)` for the last event at t before the end of the step, 0 without any (Lagorce et al., TPAMI 2017). The
    end is the step's last event where steps have equally many events.
    """
    never = np.iinfo(np.int64).min
    last = np.full(steps * 2 * height * width, never)
    ends = np.full(steps, never)
    for block in events:
        step, e = block.part(steps), block.events
        cells = _cell(step * 2 + ~e.on, e.y, e.x, height, width)
        if (e.t[1:] >= e.t[:-1]).all():
            last[cells] = np.maximum(last[cells], e.t)  # where a cell occurs often, the last one is assigned
        else:
            np.maximum.at(last, cells, e.t)
        if block.first is None:
            np.maximum.at(ends, step, e.t)
        else:
            ends = block.first + np.arange(1, steps + 1) * block.span // steps
    made = np.zeros((steps, 2, height, width), np.float32)
    latest = np.full((2, height, width), never)
    for k, (part, end) in enumerate(zip(last.reshape(made.shape), np.maximum.accumulate(ends), strict=True)):
        np.maximum(latest, part, out=latest)
        age = np.maximum(latest, end - LONGEST) - end
        made[k] = np.where(latest == never, 0, np.exp(age / (tau * 1e6)))
    return made


def _both(events: Iterable[Placed], parts: int, height: int, width: int) -> NDArray[np.integer[Any]]:
    """The number of events in equal parts of the sample, [2, parts, H * W]: on, and off."""
    return _counted(events, parts, height, width).reshape(parts, 2, -1).swapaxes(0, 1)


def _counted(events: Iterable[Placed], parts: int, height: int, width: int) -> NDArray[np.integer[Any]]:
    """The number of events in equal parts of the sample, on before off; flat [parts * 2 * H * W]."""
    made: NDArray[np.integer[Any]] = np.zeros(parts * 2 * height * width, np.int32)
    total = 0
    for block in events:
        e, part = block.events, block.part(parts)
        total += len(e.t)
        if total > LARGEST_COUNT:
            made = made.astype(np.int64, copy=False)
        _add(made, _cell(part * 2 + ~e.on, e.y, e.x, height, width))
    return made


def _add(sums: NDArray[Any], cells: NDArray[np.int64], values: NDArray[np.float64] | None = None) -> None:
    """Adds a value, or one each, to the sums at these cells; a cell may occur often."""
    if not len(cells):
        return
    low = int(cells.min())  # events are mostly in the order of time, so those of a block are in few cells
    found = np.bincount(cells - low if low else cells, values)
    sums[low : low + len(found)] += found.astype(sums.dtype, copy=False)


def _cell(plane: NDArray[Any], y: NDArray[Any], x: NDArray[Any], height: int, width: int) -> NDArray[np.int64]:
    """The flat index of pixels in planes [P, H, W]."""
    return (plane.astype(np.int64) * height + y) * width + x


def _smallest(values: NDArray[np.integer[Any]]) -> NDArray[Any]:
    """The same values in the smallest type that holds them."""
    low, high = int(values.min()), int(values.max())
    return values.astype(np.min_scalar_type(max(high, -low - 1)) if low >= 0 else np.min_scalar_type(min(low, -high - 1)))
