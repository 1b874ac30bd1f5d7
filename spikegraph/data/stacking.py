"""Stacking based on time (SBT): events to frames (Che et al., NeurIPS 2022, Eq. 12)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 2  # a time stamp within this many units in the last place of a boundary counts as on the boundary


def time_tolerance(*times: float) -> float:
    """The difference in seconds up to which two time stamps of this magnitude count as equal.

    A boundary such as `start + 3 * duration / 5` and the float64 time stamp of an event both have rounding errors;
    without a tolerance, these errors would decide the frame of an event on a boundary. At 1.5e9 s (absolute time) the
    tolerance is 0.5 us, less than the resolution of the sensor's clock.
    """
    return ROUNDING * float(np.spacing(max(abs(t) for t in times)))


def stack(
    x: ArrayLike,
    y: ArrayLike,
    t: ArrayLike,
    p: ArrayLike,
    *,
    start: float,
    duration: float,
    frames: int,
    height: int,
    width: int,
) -> NDArray[np.int8]:
    """Stack the events of `[start, start + duration)` into frames.

    `P_i(x, y) = sign(sum of p over the events at (x, y) in frame i)`, frame i being
    `[start + i * duration / frames, start + (i + 1) * duration / frames)`: an event on a boundary belongs to the later
    frame.
    The events need not be sorted; those outside the interval are ignored.

    Args:
        x: Columns [N], integers from 0 to width - 1.
        y: Rows [N], integers from 0 to height - 1.
        t: Time stamps [N] in seconds.
        p: Polarities [N], -1 or +1.
        start: Start of the stack in seconds.
        duration: Length of the stack in seconds.
        frames: Number n of frames of the stack.
        height: Rows of the sensor.
        width: Columns of the sensor.

    Returns:
        int8 [frames, height, width] of -1, 0, 1.

    Raises:
        ValueError: A length that is not positive, arrays of different lengths, or an event outside the frame.
    """
    if frames < 1 or duration <= 0 or height < 1 or width < 1:
        raise ValueError(f"frames {frames}, duration {duration} s and size {height} x {width} must be positive")
    columns, rows = np.asarray(x).astype(np.int64), np.asarray(y).astype(np.int64)
    times, polarity = np.asarray(t, dtype=np.float64), np.asarray(p, dtype=np.float64)
    if not columns.shape == rows.shape == times.shape == polarity.shape:
        raise ValueError("x, y, t and p must have the same length")
    edges = start + np.arange(frames + 1) * duration / frames
    frame = np.searchsorted(edges - time_tolerance(start, start + duration), times, side="right") - 1
    inside = (frame >= 0) & (frame < frames)
    columns, rows, frame, polarity = columns[inside], rows[inside], frame[inside], polarity[inside]
    if columns.size and not (columns.min() >= 0 and columns.max() < width and rows.min() >= 0 and rows.max() < height):
        raise ValueError(f"an event lies outside the {width} x {height} frame")
    # bincount adds whole numbers in float64, so the sums and their signs are exact.
    cells = (frame * height + rows) * width + columns
    sums = np.bincount(cells, weights=polarity, minlength=frames * height * width)
    return np.sign(sums).astype(np.int8).reshape(frames, height, width)
