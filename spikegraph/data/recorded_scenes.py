"""The built-in moving scenes as arrays: stacks of events, and the truth of the last moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZE = 64
"""Height and width of a view in pixels."""

STEPS = 5
"""Time steps of a scene; the truth is that of the last moment."""

FRAMES = 4
"""Channels of a stack of events."""

MOST_LAYERS = 5
"""The background and at most four garments."""

CLASSES = ("background", "top", "trousers or dress", "shoe", "bag")
"""Names of the labels."""


@dataclass(frozen=True)
class Recorded:
    """Scenes as they were recorded.

    Attributes:
        events: Stacks, -1, 0 or 1: the sign of the sum of polarities; int8 [N, T, C, H, W].
        front: The number of each pixel's layer at the last moment, uint8 [N, H, W].
        labels: The label of each layer, uint8 [N, L]; layers that a scene doesn't have are 0.
        velocity: Pixels per time step to the right and down of each layer, float32 [N, L, 2].
    """

    events: NDArray[np.int8]
    front: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    velocity: NDArray[np.float32]
