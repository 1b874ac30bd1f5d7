"""Augmentations of samples with a truth for each pixel: what they do to the inputs they do to the truth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.image_steps import Normalise
from spikegraph.data.maps import MapSample
from spikegraph.data.registries import MAP_STEPS
from spikegraph.errors import DataError


class MapStep(Protocol):
    """One step; it does not modify its operand."""

    def __call__(self, sample: MapSample, random: np.random.Generator | None) -> MapSample:
        """The changed sample; without random numbers, in evaluation, nothing is random.

        Raises:
            ValueError: The step doesn't suit the sample.
        """
        ...


def each(sample: MapSample, change: Callable[[NDArray[Any]], NDArray[Any]]) -> MapSample:
    """A sample whose inputs and truth, [..., H, W] each, are changed alike."""
    return replace(sample, inputs={k: change(x) for k, x in sample.inputs.items()}, truth=change(sample.truth))


@dataclass(frozen=True)
class MapCrop:
    """A random part of this size, in evaluation the centre."""

    size: tuple[int, int]
    padding: int = 0
    probability: float = 1.0

    def __call__(self, sample: MapSample, random: np.random.Generator | None) -> MapSample:
        """As `MapStep`."""
        if self.padding:
            raise ValueError("random_crop: there is no truth in the padding; remove `padding`")
        height, width = sample.truth.shape[-2:]
        room = (height - self.size[0], width - self.size[1])
        if min(room) < 0:
            raise ValueError(f"random_crop: {self.size[0]} x {self.size[1]} doesn't fit into {height} x {width}")
        top, left = (r // 2 if random is None else int(random.random() * (r + 1)) for r in room)
        return each(sample, lambda x: x[..., top : top + self.size[0], left : left + self.size[1]])


@dataclass(frozen=True)
class MapFlip:
    """A horizontal flip, in training only; an optical flow to the right becomes one to the left."""

    probability: float = 0.5

    def __call__(self, sample: MapSample, random: np.random.Generator | None) -> MapSample:
        """As `MapStep`."""
        if sample.kind not in ("labels", "flow"):
            raise ValueError(f"horizontal_flip: what it does to the truth `{sample.kind}` isn't known")
        if random is None or random.random() >= self.probability:
            return sample
        flipped = each(sample, _mirrored)
        if sample.kind == "labels":
            return flipped
        return replace(flipped, truth=flipped.truth * np.array([-1, 1], flipped.truth.dtype)[:, None, None])


def _mirrored(x: NDArray[Any]) -> NDArray[Any]:
    return x[..., ::-1]


@dataclass(frozen=True)
class MapNormalise:
    """Each channel of the inputs minus its mean, divided by its standard deviation."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, sample: MapSample, random: np.random.Generator | None) -> MapSample:
        """As `MapStep`."""
        step = Normalise(self.mean, self.std)
        return replace(sample, inputs={name: step(image, random) for name, image in sample.inputs.items()})


def map_steps(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[MapStep, ...]:
    """The steps of a data set's `augment`, in order.

    Raises:
        DataError: An augmentation isn't known for truths of each pixel.
    """
    missing = [name for name, _ in calls if name not in MAP_STEPS]
    if missing:
        summary = f"samples with a truth for each pixel can't be augmented by `{missing[0]}`"
        raise DataError(summary, help="register its step with `MAP_STEPS` in a plug-in")
    return tuple(MAP_STEPS[name](**arguments) for name, arguments in calls)


MAP_STEPS.fill({"random_crop": MapCrop, "horizontal_flip": MapFlip, "normalise": MapNormalise})
