"""Event-only block matching, the baseline for trained networks: no learning, no images."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, uniform_filter

WINDOW = 35  # px; has the smallest mean error on the built-in sample among windows of 13 to 61 px
SMOOTHING = 1.0  # px; matching events of the two cameras can be a pixel apart
_FLAT = 1e-8


def block_match(
    left: NDArray[np.int8], right: NDArray[np.int8], disparities: int, window: int = WINDOW, smoothing: float = SMOOTHING
) -> NDArray[np.float32]:
    """Dense disparity of the left view by zero-mean normalised cross-correlation (ZNCC) of stacked events.

    `ZNCC(d) = cov(left(x), right(x - d)) / sqrt(var(left) var(right))` over a square window and all frames. The best integer
    disparity is refined by the parabola through it and its two neighbours.

    Args:
        left: Stacked events [F, H, W] of -1, 0, 1.
        right: Stacked events of the same shape.
        disparities: Compare disparities of 1 to `disparities` px; 0 px would be infinitely far away.
        window: Side of the window in pixels.
        smoothing: Standard deviation in pixels of the Gaussian that smooths the events first.

    Returns:
        Disparities in pixels, float32 [H, W].

    Raises:
        ValueError: The views differ in shape, or the number of candidates is not from 1 to the number of columns - 1.
    """
    if left.shape != right.shape or left.ndim != 3:
        raise ValueError(f"left {left.shape} and right {right.shape} must have the same shape [F, H, W]")
    if not 1 <= disparities < left.shape[-1]:
        raise ValueError(f"{disparities} disparities don't fit into {left.shape[-1]} columns")
    a, b = (gaussian_filter(view.astype(np.float32), (0, smoothing, smoothing)) for view in (left, right))
    mean_a, mean_b = (_window(view.mean(axis=0), window) for view in (a, b))
    var_a = _window((a * a).mean(axis=0), window) - mean_a**2
    var_b = _window((b * b).mean(axis=0), window) - mean_b**2
    scores = np.full((disparities, *left.shape[1:]), -1, dtype=np.float32)  # [d - 1, H, W]
    columns = left.shape[-1]
    product = np.zeros(left.shape[1:], dtype=np.float32)
    for d in range(1, disparities + 1):
        here, there = slice(d, None), slice(0, columns - d)  # x in the left view is x - d in the right view
        product[:, :d] = 0
        product[:, here] = np.einsum("fyx,fyx->yx", a[..., here], b[..., there]) / len(a)
        covariance = _window(product, window)[:, here] - mean_a[:, here] * mean_b[:, there]
        scores[d - 1, :, here] = covariance / np.sqrt(np.maximum(var_a[:, here] * var_b[:, there], _FLAT))
    return 1 + _refined(scores)


def _window(image: NDArray[np.float32], window: int) -> NDArray[np.float32]:
    return np.asarray(uniform_filter(image, window, mode="constant"), dtype=np.float32)


def _refined(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """The argmax over the first axis of scores [D, H, W], refined to subpixels if it has two neighbours."""
    best = scores.argmax(axis=0)
    if len(scores) < 3:
        return best.astype(np.float32)
    middle = np.clip(best, 1, len(scores) - 2)
    below, at, above = (np.take_along_axis(scores, (middle + k)[None], axis=0)[0] for k in (-1, 0, 1))
    curvature = below - 2 * at + above
    bent = (curvature < 0) & (middle == best)
    shift = np.where(bent, 0.5 * (below - above) / np.where(bent, curvature, -1), 0)
    return (best + np.clip(shift, -0.5, 0.5)).astype(np.float32)
