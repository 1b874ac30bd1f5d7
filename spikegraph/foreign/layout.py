"""Where the numbers of a value lie in a module's tensor: its time steps, samples, channels and pixels, in any order.

The language has values [T, N, C, *size]. Code in PyTorch merges, divides and exchanges dimensions all the time, such as heads
and tokens. As long as this only changes where the numbers lie, the value stays what it is, and its layout says where they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Part(NamedTuple):
    """A factor of an axis of a value: the axis has `size` such parts, each `stride` further numbers along it.

    Attributes:
        axis: `T`, `N`, `C`, or a spatial axis: `0`, `1`, `2`.
        size: How many there are.
        stride: How many positions of the axis lie between them.
    """

    axis: str
    size: int
    stride: int


Dimension = tuple[Part, ...]
"""A dimension of a tensor: the parts that it merges, the outermost first. Without any its length is 1."""


def whole(axis: str, size: int) -> Dimension:
    """A dimension that is a whole axis."""
    return (Part(axis, size, 1),) if size > 1 else ()


@dataclass(frozen=True)
class Layout:
    """Where a value's numbers lie in a tensor.

    Attributes:
        dimensions: The tensor's dimensions.
        channels: The value's channels.
        size: The sizes of its spatial axes.
    """

    dimensions: tuple[Dimension, ...]
    channels: int
    size: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the tensor."""
        return tuple(math.prod(part.size for part in d) for d in self.dimensions)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, in the order of the tensor."""
        return tuple(part for d in self.dimensions for part in d)

    def permuted(self, order: Sequence[int]) -> "Layout":
        """With the dimensions in another order."""
        return self.with_(self.dimensions[k] for k in order)

    def with_(self, dimensions: "Sequence[Dimension] | object") -> "Layout":
        """The same value in other dimensions."""
        return Layout(tuple(map(_joined, dimensions)), self.channels, self.size)  # type: ignore[arg-type]

    def reshaped(self, shape: Sequence[int]) -> "Layout | None":
        """With the same numbers in the same order in another shape; None if a dimension would be cut across its parts."""
        rest = list(self.parts)
        found: list[Dimension] = []
        for length in shape:
            taken: list[Part] = []
            missing = length
            while missing > 1:
                if not rest:
                    return None
                axis, size, stride = rest.pop(0)
                part = math.gcd(size, missing)
                if part not in (size, missing):
                    return None
                taken.append(Part(axis, part, stride * (size // part)))
                if part < size:
                    rest.insert(0, Part(axis, size // part, stride))
                missing //= part
            found.append(tuple(taken))
        return None if rest else self.with_(found)

    def holds(self, dimension: Dimension, *axes: str) -> bool:
        """Whether a dimension is all of these axes of the value, in their order."""
        return dimension == tuple(part for axis in axes for part in whole(axis, self.length(axis)))

    def length(self, axis: str) -> int:
        """The length of an axis that lies in the tensor, as far as it does."""
        if axis == "C":
            return self.channels
        if axis.isdigit():
            return self.size[int(axis)]
        return math.prod(part.size for part in self.parts if part.axis == axis)

    @property
    def spatial(self) -> tuple[str, ...]:
        """The names of the spatial axes."""
        return tuple(map(str, range(len(self.size))))

    @property
    def in_order(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """How a tensor becomes [T, N, C, *size]: the shape in which each part has a dimension, and the order of these."""
        parts = self.parts
        places = {axis: k for k, axis in enumerate(("T", "N", "C", *self.spatial))}
        order = sorted(range(len(parts)), key=lambda k: (places[parts[k].axis], -parts[k].stride))
        return tuple(part.size for part in parts), tuple(order)


def leading(layout: Layout, lead: Sequence[str]) -> bool:
    """Whether a tensor begins with these dimensions: `T`, `N`, or `TN`, which merges both. Without steps there is only `N`."""
    if ("T" in "".join(lead)) < (layout.length("T") > 1) or len(layout.dimensions) <= len(lead):
        return False
    return all(layout.holds(d, *name) for d, name in zip(layout.dimensions, lead, strict=False))


def in_order(layout: Layout, lead: Sequence[str]) -> int | None:
    """The spatial axes of a tensor [*lead, C, *size], perhaps with dimensions of length 1 behind; None for another one."""
    if not leading(layout, lead):
        return None
    channels, *rest = layout.dimensions[len(lead) :]
    if not layout.holds(channels, "C") or any(rest[len(layout.size) :]) or len(rest) < len(layout.size):
        return None
    sound = all(layout.holds(d, axis) for d, axis in zip(rest, layout.spatial, strict=False))
    return len(layout.size) if sound and (not layout.size or len(rest) == len(layout.size)) else None


def flat_behind(layout: Layout, lead: Sequence[str]) -> bool:
    """Whether a tensor is [*lead, C * size], each channel's pixels in a row."""
    rest = layout.dimensions[len(lead) :]
    return leading(layout, lead) and len(rest) == 1 and layout.holds(rest[0], "C", *layout.spatial)


def shuffled(layout: Layout) -> int | None:
    """The groups of channels of which a tensor takes one of each in turn; None for another one."""
    for d in layout.dimensions:
        if len(d) == 2 and {part.axis for part in d} == {"C"} and d[0].stride == 1 and d[1].stride == d[0].size:
            rest = unshuffled(layout)
            return d[1].size if any(in_order(rest, lead) is not None for lead in (("T", "N"), ("TN",), ("N",))) else None
    return None


def unshuffled(layout: Layout) -> Layout:
    """The same tensor as one of a value whose channels are in its order."""
    return layout.with_(whole("C", layout.channels) if any(part.axis == "C" for part in d) else d for d in layout.dimensions)


def worded(dimension: Dimension) -> str:
    """A dimension for a message: `1`, `steps`, `8 channels`, `pixels`."""
    names = {"T": "steps", "N": "samples", "C": "channels"}
    words = dict.fromkeys(names.get(part.axis, "pixels") for part in dimension)
    return f"({' and '.join(words)})" if words else "1"


def _joined(dimension: Dimension) -> Dimension:
    """Neighbouring parts of one axis as one part."""
    found: list[Part] = []
    for part in dimension:
        last = found[-1] if found else None
        if last is not None and last.axis == part.axis and last.stride == part.size * part.stride:
            found[-1] = Part(part.axis, last.size * part.size, part.stride)
        else:
            found.append(part)
    return tuple(found)
