"""Values around 0 as colours, such as events: blue above 0, rust below, white at 0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUND = (255, 255, 255)
ABOVE, BELOW = (0, 114, 178), (168, 70, 0)
"""Of the colours of Okabe and Ito, which are safe for colour blindness; the second is darker than theirs."""


def full_scale(values: NDArray[Any]) -> float:
    """The size that is drawn in full colour: of a hundred values that aren't 0, one is larger."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    return float(np.percentile(sizes, 99)) if sizes.size else 1.0


def difference(value: NDArray[Any]) -> NDArray[Any]:
    """Events where the light increased, the first half of the channels [C, H, W], minus those where it decreased; [H, W]."""
    half = value.shape[0] // 2
    return value[:half].sum(0) - value[half:].sum(0)


def coloured(plane: NDArray[Any], scale: float) -> NDArray[np.uint8]:
    """Values [H, W] as colours [H, W, 3]; `scale` and more in full colour."""
    share = np.clip(plane.astype(np.float64) / (scale or 1.0), -1, 1)[..., None]
    ground, above, below = (np.array(colour, np.float64) for colour in (GROUND, ABOVE, BELOW))
    mixed: NDArray[np.float64] = ground + np.where(share > 0, above - ground, below - ground) * np.abs(share)
    return np.round(mixed).astype(np.uint8)
