"""The steps that prepare an image for the network."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.registries import STEPS

Image = NDArray[np.float32]
"""float32 [C, H, W], with values from 0 to 1 before normalisation; [T, C, H, W] of samples with time steps."""


class Step(Protocol):
    """One step; it does not modify its operand."""

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """The changed image.

        Args:
            image: float32 [C, H, W], or [T, C, H, W], whose time steps are all changed alike.
            random: Source of random numbers; None in evaluation, where nothing is random.

        Raises:
            ValueError: The image has the wrong size or number of channels.
        """
        ...


@dataclass(frozen=True)
class Pad:
    """Zeros around the image until it has this height and width; an odd one goes below or right."""

    size: tuple[int, int]

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        missing = [wanted - have for wanted, have in zip(self.size, image.shape[-2:], strict=True)]
        if min(missing) < 0:
            raise ValueError(f"pad: {_size(image)} is larger than {self.size[0]} x {self.size[1]}")
        return np.pad(image, [*_plain(image), *((n // 2, n - n // 2) for n in missing)])


@dataclass(frozen=True)
class Repeat:
    """Repeats the single channel of a grey image."""

    channels: int

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        if image.shape[-3] != 1:
            raise ValueError(f"repeat: the image has {image.shape[-3]} channels, not one")
        return np.repeat(image, self.channels, axis=-3)


@dataclass(frozen=True)
class Crop:
    """Pads the image with `padding` zeros on each side and crops to this size at a random position.

    In evaluation: the centre of the image, without zeros around it.
    """

    size: tuple[int, int]
    padding: int = 0
    probability: float = 1.0

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        if random is not None:
            chance, *place = random.random(3)
            if chance >= self.probability:
                return image
            image = np.pad(image, [*_plain(image), *[(self.padding, self.padding)] * 2])
        else:
            if self.probability < 1:
                return image
            place = [0.5, 0.5]
        room = [have - wanted for have, wanted in zip(image.shape[-2:], self.size, strict=True)]
        if min(room) < 0:
            raise ValueError(f"random_crop: {self.size[0]} x {self.size[1]} doesn't fit into {_size(image)}")
        top, left = (int(p * (r + 1)) if random is not None else r // 2 for p, r in zip(place, room, strict=True))
        return image[..., top : top + self.size[0], left : left + self.size[1]]


@dataclass(frozen=True)
class Flip:
    """Horizontal flip, in training only."""

    probability: float = 0.5

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        if random is None or random.random() >= self.probability:
            return image
        return image[..., ::-1]


@dataclass(frozen=True)
class Cutout:
    """A square of zeros around a random pixel, in training only; the part outside the image is ignored."""

    size: int

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        if random is None:
            return image
        top, left = (int(p * n) - self.size // 2 for p, n in zip(random.random(2), image.shape[-2:], strict=True))
        holed = image.copy()
        holed[..., max(top, 0) : max(top + self.size, 0), max(left, 0) : max(left + self.size, 0)] = 0
        return holed


@dataclass(frozen=True)
class Normalise:
    """Each channel minus its mean, divided by its standard deviation."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        if not len(self.mean) == len(self.std) == image.shape[-3]:
            raise ValueError(
                f"normalise: {len(self.mean)} means and {len(self.std)} standard deviations for an image with "
                f"{image.shape[-3]} channels"
            )
        mean, std = (np.asarray(v, np.float32)[:, None, None] for v in (self.mean, self.std))
        return (image - mean) / std


@dataclass(frozen=True)
class Shrink:
    """Resizes the whole image bilinearly, with antialiasing, so that its shorter side has this length."""

    size: int

    def __call__(self, image: Image, random: np.random.Generator | None) -> Image:
        """As `Step`."""
        from PIL import Image as Pillow  # noqa: PLC0415 (used only here)

        height, width = image.shape[-2:]
        shorter = min(height, width)
        size = (round(height * self.size / shorter), round(width * self.size / shorter))
        if size == (height, width):
            return image
        channels = (Pillow.fromarray(np.ascontiguousarray(channel)) for channel in image.reshape(-1, height, width))
        resized = np.stack([np.asarray(c.resize(size[::-1], Pillow.Resampling.BILINEAR)) for c in channels])
        return resized.reshape(*image.shape[:-2], *size)


def _plain(image: Image) -> list[tuple[int, int]]:
    """No padding for the axes before height and width."""
    return [(0, 0)] * (image.ndim - 2)


def _size(image: Image) -> str:
    return f"{image.shape[-2]} x {image.shape[-1]}"


STEPS.fill(
    {
        "resize": Shrink,
        "pad": Pad,
        "repeat": Repeat,
        "random_crop": Crop,
        "horizontal_flip": Flip,
        "cutout": Cutout,
        "normalise": Normalise,
    }
)
