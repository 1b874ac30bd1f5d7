"""A real stereo pair as a still scene: luminance and disparity of two views.

The pair is `Motorcycle` of the Middlebury 2014 stereo data sets (Scharstein et al., GCPR 2014), read from scikit-image's wheel
and scaled to fill a DAVIS346 with a margin for motion. `NOTICE` has its authors and terms.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.data import stereo_motorcycle
from skimage.transform import resize

SCALE = 0.56
"""Scale of the pair, which gives disparities of 4 to 34 px."""

LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear sRGB (ITU-R BT.709)


@dataclass(frozen=True)
class View:
    """The view of one camera of the resting rig.

    Attributes:
        luminance: Linear light from 0 to 1, float32 [H, W].
        disparity: Disparity in pixels with holes filled from the background, for warping; float32 [H, W].
        measured: Mask of the pixels whose disparity is measured, not filled; bool [H, W].
    """

    luminance: NDArray[np.float32]
    disparity: NDArray[np.float32]
    measured: NDArray[np.bool_]


def load_scene() -> tuple[View, View]:
    """The left and the right view; a point at column x of the left one is at `x - disparity` of the right one."""
    left, right, disparity = stereo_motorcycle()
    rows, columns = (int(n * SCALE) for n in disparity.shape)
    scaled = _nearest(disparity, rows, columns) * np.float32(SCALE)
    measured = np.isfinite(scaled)
    seen_right = splat(scaled)
    return (
        View(_luminance(left, rows, columns), fill_from_background(scaled), measured),
        View(_luminance(right, rows, columns), fill_from_background(seen_right), np.isfinite(seen_right)),
    )


def splat(disparity: NDArray[np.float32]) -> NDArray[np.float32]:
    """The disparity map of the right view, computed from the left one; near surfaces occlude far ones.

    Args:
        disparity: Left disparities [H, W] in pixels, not finite where unknown.

    Returns:
        Right disparities [H, W] in pixels, NaN where the left view shows no point.
    """
    rows, columns = disparity.shape
    y, x = np.nonzero(np.isfinite(disparity))
    d = disparity[y, x]
    order = np.argsort(d, kind="stable")  # near surfaces are written last and overwrite far ones
    y, x, d = y[order], x[order], d[order]
    target = np.rint(x - d).astype(np.int64)
    inside = target >= 0
    right = np.full((rows, columns), np.nan, dtype=np.float32)
    right[y[inside], target[inside]] = d[inside]
    return right


def fill_from_background(disparity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill holes row by row with the smaller of the next known disparities on the left and on the right."""
    columns = np.arange(int(disparity.shape[1]))
    known = np.isfinite(disparity)
    before = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, columns, disparity.shape[1])[:, ::-1], axis=1)[:, ::-1]
    padded = np.pad(np.where(known, disparity, np.inf), ((0, 0), (1, 1)), constant_values=np.inf)
    filled = np.minimum(np.take_along_axis(padded, before + 1, axis=1), np.take_along_axis(padded, after + 1, axis=1))
    if not np.isfinite(filled).all():
        raise ValueError("a row of the disparity map has no known value")
    return filled.astype(np.float32)


def _luminance(image: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.float32]:
    coded = image.astype(np.float64) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    grey = linear @ np.array(LUMINANCE)
    return np.asarray(resize(grey, (rows, columns), order=1, anti_aliasing=True), dtype=np.float32)


def _nearest(image: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """Nearest-neighbour resampling, which doesn't average disparities of two surfaces."""
    y = ((np.arange(rows) + 0.5) * image.shape[0] / rows).astype(np.int64)
    x = ((np.arange(columns) + 0.5) * image.shape[1] / columns).astype(np.int64)
    return image[y[:, None], x[None, :]]
