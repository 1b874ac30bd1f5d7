"""The motion of the rig in the built-in sample, and the views that its cameras render."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from spikegraph.data.scene import View

FIXED_POINT_STEPS = 3


@dataclass(frozen=True)
class Pose:
    """Position of the stereo rig at one moment.

    A point with disparity d at x0 in the view of the resting rig appears at `x0 + rotation + translation * d`.

    Attributes:
        rotation: Shift of all points in pixels (x, y), from a small rotation about the vertical and horizontal axes.
        translation: Shift in the image plane (x, y) in units of the baseline; a point moves by this times its disparity.
    """

    rotation: tuple[float, float]
    translation: tuple[float, float]


# Amplitude (px, or units of the baseline), frequency (Hz) and phase (rad) of each coordinate's sine waves. No two
# frequencies share a period within the recording, so the motion never repeats.
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
    """A rendered view of one camera.

    Attributes:
        luminance: Linear light, float32 [H, W].
        disparity: Disparity in pixels, NaN where unknown, float32 [H, W]; None unless requested.
    """

    luminance: NDArray[np.float32]
    disparity: NDArray[np.float32] | None


class Camera:
    """Renders a still scene from a moving rig by backward warping."""

    def __init__(self, view: View, size: tuple[int, int]) -> None:
        """Prepare tables for a sensor at the centre of the view.

        Args:
            view: View of the resting rig, larger than the sensor by a margin for motion.
            size: Height and width of the sensor in pixels.
        """
        self._rows, self._columns = view.luminance.shape
        (height, width), shape = size, view.luminance.shape
        self._y = (np.arange(height, dtype=np.float32) + (shape[0] - height) // 2)[:, None]
        self._x = (np.arange(width, dtype=np.float32) + (shape[1] - width) // 2)[None, :]
        self._disparity = view.disparity.ravel()
        self._measured = view.measured.ravel()
        # The fixed-point iteration starts from the nearest surface around a pixel, so that foreground occludes background.
        self._front = np.asarray(maximum_filter(view.disparity, size=(11, 27))).ravel()
        # The four neighbours of every pixel next to each other: one look-up per pixel instead of four.
        right = np.roll(view.luminance, -1, axis=1)
        self._corners = np.stack(
            [view.luminance, right, np.roll(view.luminance, -1, axis=0), np.roll(right, -1, axis=0)], axis=-1
        ).reshape(-1, 4)

    def _nearest(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.intp]:
        column, row = np.rint(x), np.rint(y)
        # In place: memory for new arrays takes longer than the arithmetic.
        np.clip(column, 0, self._columns - 1, out=column)
        np.clip(row, 0, self._rows - 1, out=row)
        row *= self._columns
        return (row + column).astype(np.intp)

    def render(self, pose: Pose, with_disparity: bool) -> Frame:
        """The view from a pose: solves `x0 = x - rotation - translation * disparity(x0)` by iteration for every pixel x."""
        shift_x, shift_y = (np.float32(v) for v in pose.rotation)
        move_x, move_y = (np.float32(v) for v in pose.translation)
        still_x, still_y = self._x - shift_x, self._y - shift_y
        disparity = self._front.take(self._nearest(still_x, still_y))
        x0, y0 = still_x - move_x * disparity, still_y - move_y * disparity
        where = self._nearest(x0, y0)
        for _ in range(FIXED_POINT_STEPS):
            disparity = self._disparity.take(where)
            x0, y0 = still_x - move_x * disparity, still_y - move_y * disparity
            where = self._nearest(x0, y0)
        truth = None
        if with_disparity:
            inside = (x0 >= 0) & (x0 <= self._columns - 1) & (y0 >= 0) & (y0 <= self._rows - 1)
            truth = np.where(inside & self._measured[where], self._disparity[where], np.float32(np.nan))
        return Frame(self._bilinear(x0, y0), truth)

    def _bilinear(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        # Clip to positions with four neighbours.
        x, y = np.clip(x, 0, self._columns - 1.001), np.clip(y, 0, self._rows - 1.001)
        column, row = np.floor(x), np.floor(y)
        where = (row * self._columns + column).astype(np.intp)
        corners = cast("NDArray[np.float32]", self._corners.take(where, axis=0))
        a, b = x - column, y - row
        top = corners[..., 0] + a * (corners[..., 1] - corners[..., 0])
        bottom = corners[..., 2] + a * (corners[..., 3] - corners[..., 2])
        return np.asarray(top + b * (bottom - top), dtype=np.float32)
