"""Image augmentations by their names in a spec."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spikegraph.data.image_steps import Crop, Cutout, Flip, Image, Normalise, Pad, Repeat, Shrink, Step

STEPS: Mapping[str, type[Step]] = {
    "resize": Shrink,
    "pad": Pad,
    "repeat": Repeat,
    "random_crop": Crop,
    "horizontal_flip": Flip,
    "cutout": Cutout,
    "normalise": Normalise,
}
"""Each augmentation's class; its fields are the parameters in the spec."""


def image_steps(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[Step, ...]:
    """The steps of a data set's `augment`, in order.

    Raises:
        KeyError: There is no image augmentation of this name.
    """
    return tuple(STEPS[name](**arguments) for name, arguments in calls)


def augmented(image: Image, steps: Sequence[Step], seed: tuple[int, int, int] | None) -> Image:
    """Apply all steps to an image; the result is contiguous.

    Args:
        image: float32 [C, H, W].
        steps: In order.
        seed: Seed of the run, epoch and image number, which determine all random choices; None in evaluation.

    Raises:
        ValueError: A step cannot process this image.
    """
    random = None if seed is None else np.random.default_rng(seed)
    for step in steps:
        image = step(image, random)
    return np.ascontiguousarray(image, dtype=np.float32)
