"""The steps that prepare a sample for the network: geometry changes inputs and target alike, as the task says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from spikegraph.data.sample import Move, Sample, between
from spikegraph.data.step_results import made_by
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS, BETWEEN, IN_PADDING
from spikegraph.dsl.values import CallValue

if TYPE_CHECKING:
    from spikegraph.tasks.task import Task

Array = NDArray[Any]
"""[..., H, W]."""

Random = np.random.Generator | None
"""Source of random numbers; None in evaluation, where nothing is random."""


class Step(Protocol):
    """One step; it does not modify its operand."""

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """The changed sample.

        Args:
            sample: The sample; all time steps of an input are changed alike.
            random: Source of random numbers.
            task: What the target is: `task.moved` moves it with the pixels of the inputs.

        Raises:
            ValueError: The step doesn't suit the sample.
        """
        ...


class PairStep(ABC):
    """A step on two samples, which in training come from one epoch; the steps before it have changed both."""

    @abstractmethod
    def pair(self, sample: Sample, other: Sample, random: Random, task: Task) -> Sample:
        """The changed sample; arguments and errors as of `Step`, with the other sample, in evaluation the sample itself."""


@dataclass(frozen=True)
class Mixup(PairStep):
    """Mixes a sample with another one, in training only (Zhang et al., "mixup", ICLR 2018, eq. 1).

    `x = share * x1 + (1 - share) * x2`, with a share from the beta distribution with both parameters `alpha`; the targets
    likewise, and of classes the loss.
    """

    alpha: float

    @override
    def pair(self, sample: Sample, other: Sample, random: Random, task: Task) -> Sample:
        try:
            if random is None:
                task.mixed(sample, other, 1.0)  # so that a task whose targets can't be mixed is refused at once
                return sample
            share = float(random.beta(self.alpha, self.alpha))
            inputs = {name: between(x, other.inputs[name], share) for name, x in sample.inputs.items()}
            return replace(task.mixed(sample, other, share), inputs=inputs)
        except ValueError as error:
            raise ValueError(f"mixup: {error}") from error


@dataclass(frozen=True)
class Pad:
    """Zeros around the image until it has this height and width; an odd one goes below or right."""

    size: tuple[int, int]

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        height, width = _size(sample)
        missing = self.size[0] - height, self.size[1] - width
        if min(missing) < 0:
            raise ValueError(f"pad: {height} x {width} is larger than {self.size[0]} x {self.size[1]}")
        _require_elsewhere(task, "pad", IN_PADDING)
        before = missing[0] // 2, missing[1] // 2
        around = [(first, n - first) for first, n in zip(before, missing, strict=True)]
        return task.moved(sample, Move(lambda x: np.pad(x, [*_plain(x), *around]), shift=before))


@dataclass(frozen=True)
class Repeat:
    """Repeats the single channel of a grey image."""

    channels: int

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        return sample.with_inputs(self._repeated)

    def _repeated(self, image: Array) -> Array:
        if image.shape[-3] != 1:
            raise ValueError(f"repeat: the image has {image.shape[-3]} channels, not one")
        return np.repeat(image, self.channels, axis=-3)


@dataclass(frozen=True)
class Grey:
    """The brightness of red, green and blue as one channel (ITU-R BT.601, luma); an image of one channel stays as it is."""

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        return sample.with_inputs(self._grey)

    def _grey(self, image: Array) -> Array:
        match image.shape[-3]:
            case 1:
                return image
            case 3:
                brightness = np.array([0.299, 0.587, 0.114], np.float32)
                return np.einsum("c,...chw->...hw", brightness, image)[..., None, :, :]
            case channels:
                raise ValueError(f"grey: the image has {channels} channels, not 1 or 3")


@dataclass(frozen=True)
class Crop:
    """Pads the image with `padding` zeros on each side and crops to this size at a random position.

    In evaluation: the centre of the image, without zeros around it; the whole image with a probability below 1, or where the
    task is evaluated on whole images.
    """

    size: tuple[int, int]
    padding: int = 0
    probability: float = 1.0

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        if self.padding:
            _require_elsewhere(task, "random_crop", f"{IN_PADDING}; remove `padding`")
        if random is None and (self.probability < 1 or task.whole):
            return sample
        chance, *place = (0.0, 0.5, 0.5) if random is None else random.random(3)
        if chance >= self.probability:
            return sample
        padding = 0 if random is None else self.padding
        height, width = _size(sample)
        room = height + 2 * padding - self.size[0], width + 2 * padding - self.size[1]
        if min(room) < 0:
            shown = f"{height + 2 * padding} x {width + 2 * padding}"
            raise ValueError(f"random_crop: {self.size[0]} x {self.size[1]} doesn't fit into {shown}")
        top, left = (int(p * (r + 1)) if random is not None else r // 2 for p, r in zip(place, room, strict=True))
        if padding:
            around = [(padding, padding)] * 2
            sample = task.moved(sample, Move(lambda x: np.pad(x, [*_plain(x), *around]), shift=(padding, padding)))
        rows, columns = slice(top, top + self.size[0]), slice(left, left + self.size[1])
        return task.moved(sample, Move(lambda x: x[..., rows, columns], shift=(-top, -left)))


@dataclass(frozen=True)
class Flip:
    """Horizontal flip, in training only."""

    probability: float = 0.5

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        flipped = task.mirrored(sample)  # in evaluation too, so that a task without mirrored targets is refused at once
        return sample if random is None or random.random() >= self.probability else flipped


@dataclass(frozen=True)
class Cutout:
    """A square of zeros around a random pixel, in training only; the part outside the image is ignored."""

    size: int

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        if random is None:
            return sample
        top, left = (int(p * n) - self.size // 2 for p, n in zip(random.random(2), _size(sample), strict=True))

        def holed(image: Array) -> Array:
            image = image.copy()
            image[..., max(top, 0) : max(top + self.size, 0), max(left, 0) : max(left + self.size, 0)] = 0
            return image

        return sample.with_inputs(holed)


@dataclass(frozen=True)
class Normalise:
    """Each channel minus its mean, divided by its standard deviation."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        return sample.with_inputs(self._normalised)

    def _normalised(self, image: Array) -> Array:
        if not len(self.mean) == len(self.std) == image.shape[-3]:
            raise ValueError(
                f"normalise: {len(self.mean)} means and {len(self.std)} standard deviations for an image with "
                f"{image.shape[-3]} channels"
            )
        mean, std = (np.asarray(v, np.float32)[:, None, None] for v in (self.mean, self.std))
        return (image.astype(np.float32, copy=False) - mean) / std


@dataclass(frozen=True)
class Shrink:
    """Resizes the whole image bilinearly, with antialiasing, so that its shorter side has this length."""

    size: int

    def __call__(self, sample: Sample, random: Random, task: Task) -> Sample:
        """As `Step`."""
        height, width = _size(sample)
        shorter = min(height, width)
        size = (round(height * self.size / shorter), round(width * self.size / shorter))
        if size == (height, width):
            return sample
        _require_elsewhere(task, "resize", BETWEEN)
        rows, columns = size[0] / height, size[1] / width
        shift = (rows - 1) / 2, (columns - 1) / 2
        return task.moved(sample, Move(lambda image: _resized(image, size), (rows, columns), shift))


def _resized(image: Array, size: tuple[int, int]) -> Array:
    from PIL import Image as Pillow  # noqa: PLC0415 (used only here)

    planes = image.astype(np.float32, copy=False).reshape(-1, *image.shape[-2:])
    channels = (Pillow.fromarray(np.ascontiguousarray(plane)) for plane in planes)
    resized = np.stack([np.asarray(c.resize((size[1], size[0]), Pillow.Resampling.BILINEAR)) for c in channels])
    return resized.reshape(*image.shape[:-2], *size)


def steps_of(calls: Sequence[CallValue]) -> tuple[Step | PairStep, ...]:
    """The steps of a data set's `augment`, in order."""
    return tuple(AUGMENTATIONS[call.name].step(**call.named) for call in calls)


def prepared(
    sample: Sample, steps: Sequence[Step | PairStep], random: Random, task: Task, other: tuple[Sample, Random] | None = None
) -> Sample:
    """A sample after all steps.

    Args:
        sample: The sample.
        steps: The steps, in order.
        random: Random numbers of its steps.
        task: What the targets are.
        other: The sample that it makes a pair with in training, and the random numbers of its steps; without one, steps on
            pairs leave a sample as it is.

    Raises:
        ValueError: A step doesn't suit it.
    """
    for step in steps:
        if not isinstance(step, PairStep):
            sample = made_by(step, step(sample, random, task))
            other = None if other is None else (made_by(step, step(other[0], other[1], task)), other[1])
        elif other is not None or random is None:
            sample = made_by(step, step.pair(sample, sample if other is None else other[0], random, task))
    return sample


def _require_elsewhere(task: Task, step: str, why: str) -> None:
    """Refuses a step that can't be applied to targets on pixels."""
    if task.pixels:
        raise ValueError(f"{step}: {why}")


def _plain(image: Array) -> list[tuple[int, int]]:
    """No padding for the axes before height and width."""
    return [(0, 0)] * (image.ndim - 2)


def _size(sample: Sample) -> tuple[int, int]:
    """Height and width of the inputs."""
    height, width = next(iter(sample.inputs.values())).shape[-2:]
    return height, width
