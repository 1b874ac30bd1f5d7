"""The motion of the rig in the built-in sample, and the views that its cameras render."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from spikegraph.data.scene import View

FIXED_POINT_STEPS = 3


@dataclass(frozen=True)
class Pose:
    """Where the rig is at one moment.

    A point of disparity d that the resting rig sees at x0 is now seen at `x0 + rotation + translation * d`.

    Attributes:
        rotation: Shift of all points in pixels (x, y): a small turn about the vertical and the horizontal axis.
        translation: Shift in the image plane (x, y) as a part of the baseline: a point moves by this times its
            disparity.
    """

    rotation: tuple[float, float]
    translation: tuple[float, float]


# Amplitude (px, or part of the baseline), frequency (Hz) and phase (rad) of the terms of each coordinate. No two
# frequencies have a common period within the recording, so that its last part is like the first and never the same.
_ROTATION_X = ((2.8, 0.27, 0.4), (1.2, 0.61, 2.1))
_ROTATION_Y = ((1.7, 0.35, 1.3), (0.7, 0.73, 0.2))
_TRANSLATION_X = ((0.14, 0.23, 0.0), (0.06, 0.53, 1.0))
_TRANSLATION_Y = ((0.05, 0.31, 2.5), (0.025, 0.67, 0.7))


def pose(time: float) -> Pose:
    """The pose `time` seconds after the start of the recording."""

    def wave(terms: tuple[tuple[float, float, float], ...]) -> float:
        return float(sum(a * np.sin(2 * np.pi * f * time + phase) for a, f, phase in terms))

    return Pose((wave(_ROTATION_X), wave(_ROTATION_Y)), (wave(_TRANSLATION_X), wave(_TRANSLATION_Y)))


@dataclass(frozen=True)
class Frame:
    """What a camera sees at one moment.

    Attributes:
        luminance: Linear light, float32 [H, W].
        disparity: In pixels, NaN where unknown, float32 [H, W]; None unless it was asked for.
    """

    luminance: NDArray[np.float32]
    disparity: NDArray[np.float32] | None


class Camera:
    """Renders a still view from a moving rig by backward warping."""

    def __init__(self, view: View, size: tuple[int, int]) -> None:
        """Prepare tables for a sensor in the middle of the view.

        Args:
            view: What the resting rig sees, larger than the sensor by a margin for motion.
            size: Height and width of the sensor.
        """
        self._rows, self._columns = view.luminance.shape
        (height, width), shape = size, view.luminance.shape
        self._y = (np.arange(height, dtype=np.float32) + (shape[0] - height) // 2)[:, None]
        self._x = (np.arange(width, dtype=np.float32) + (shape[1] - width) // 2)[None, :]
        self._disparity = view.disparity.ravel()
        self._measured = view.measured.ravel()
        # The search for the point behind a pixel starts from the nearest surface around, so that what is in front wins.
        self._front = np.asarray(maximum_filter(view.disparity, size=(11, 27))).ravel()
        # The four neighbours of every pixel side by side: one look-up a pixel instead of four.
        right = np.roll(view.luminance, -1, axis=1)
        self._corners = np.stack(
            [view.luminance, right, np.roll(view.luminance, -1, axis=0), np.roll(right, -1, axis=0)], axis=-1
        ).reshape(-1, 4)

    def _nearest(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.intp]:
        column = np.clip(np.rint(x), 0, self._columns - 1)
        row = np.clip(np.rint(y), 0, self._rows - 1)
        return (row * self._columns + column).astype(np.intp)

    def render(self, pose: Pose, with_disparity: bool) -> Frame:
        """The view from a pose: `x0 = x - rotation - translation * disparity(x0)` by fixed point, for every pixel x."""
        shift_x, shift_y = (np.float32(v) for v in pose.rotation)
        move_x, move_y = (np.float32(v) for v in pose.translation)
        still_x, still_y = self._x - shift_x, self._y - shift_y
        disparity = self._front[self._nearest(still_x, still_y)]
        x0, y0 = still_x - move_x * disparity, still_y - move_y * disparity
        where = self._nearest(x0, y0)
        for _ in range(FIXED_POINT_STEPS):
            disparity = self._disparity[where]
            x0, y0 = still_x - move_x * disparity, still_y - move_y * disparity
            where = self._nearest(x0, y0)
        truth = None
        if with_disparity:
            inside = (x0 >= 0) & (x0 <= self._columns - 1) & (y0 >= 0) & (y0 <= self._rows - 1)
            truth = np.where(inside & self._measured[where], self._disparity[where], np.float32(np.nan))
        return Frame(self._bilinear(x0, y0), truth)

    def _bilinear(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        # Positions up to the last but one pixel, where all four neighbours exist.
        x, y = np.clip(x, 0, self._columns - 1.001), np.clip(y, 0, self._rows - 1.001)
        column, row = np.floor(x), np.floor(y)
        corners = self._corners[(row * self._columns + column).astype(np.intp)]
        a, b = x - column, y - row
        top = corners[..., 0] + a * (corners[..., 1] - corners[..., 0])
        bottom = corners[..., 2] + a * (corners[..., 3] - corners[..., 2])
        return np.asarray(top + b * (bottom - top), dtype=np.float32)
