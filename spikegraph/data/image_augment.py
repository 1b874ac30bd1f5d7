"""Image augmentations by their names in a spec."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spikegraph.data.image_steps import Image, Step
from spikegraph.data.registries import STEPS
from spikegraph.errors import DataError


def image_steps(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[Step, ...]:
    """The steps of a data set's `augment`, in order.

    Raises:
        DataError: A plug-in declares an augmentation, but not what it does to images.
    """
    missing = [name for name, _ in calls if name not in STEPS]
    if missing:
        raise DataError(f"images can't be augmented by `{missing[0]}`", help="register its step with `STEPS` in the plug-in")
    return tuple(STEPS[name](**arguments) for name, arguments in calls)


def augmented(image: Image, steps: Sequence[Step], seed: tuple[int, int, int] | None) -> Image:
    """Apply all steps to an image; the result is contiguous.

    Args:
        image: float32 [C, H, W], or [T, C, H, W].
        steps: In order.
        seed: Seed of the run, epoch and image number, which determine all random choices; None in evaluation.

    Raises:
        ValueError: A step cannot process this image.
    """
    random = None if seed is None else np.random.default_rng(seed)
    for step in steps:
        image = step(image, random)
    return np.ascontiguousarray(image, dtype=np.float32)
