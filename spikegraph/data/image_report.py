"""What `data check` found in the folders of image data sets, as data and as text."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.data.data_set_report import DataSetReport, part_lines

Size = tuple[int, int]
"""Height and width of an image in pixels."""


@dataclass(frozen=True)
class ClassReport:
    """The images of one class.

    Attributes:
        name: Name of the class.
        images: Number of its images that can be read.
        smallest: Size of the image with the fewest pixels; None if there is no image.
        largest: Size of the one with the most.
    """

    name: str
    images: int
    smallest: Size | None
    largest: Size | None


@dataclass(frozen=True)
class PartReport:
    """One part of a data set.

    Attributes:
        name: `train`, `test` or `val`.
        classes: Its classes, in the order of their numbers.
    """

    name: str
    classes: tuple[ClassReport, ...]

    @property
    def images(self) -> int:
        """Number of images that can be read."""
        return sum(c.images for c in self.classes)

    def lines(self) -> list[str]:
        """Several lines for a person."""
        sizes = {(c.smallest, c.largest) for c in self.classes}
        rows = [(c.name, c.images, "" if len(sizes) == 1 else _range((c,))) for c in self.classes]
        return part_lines(self.name, "image", rows, _range(self.classes))


ImageReport = DataSetReport[PartReport]
"""An image data set."""


def class_reports(names: tuple[str, ...], sizes: Mapping[int, list[Size]]) -> tuple[ClassReport, ...]:
    """The reports of classes, from the sizes of the images of each class, by its number."""

    def pixels(size: Size) -> int:
        return size[0] * size[1]

    return tuple(
        ClassReport(name, len(found), min(found, key=pixels, default=None), max(found, key=pixels, default=None))
        for name, found in ((name, sizes.get(number, [])) for number, name in enumerate(names))
    )


def _range(classes: tuple[ClassReport, ...]) -> str:
    """The sizes of images, such as `, 32 x 32 pixels` or `, 28 x 30 to 500 x 375 pixels` (height x width)."""
    found = [size for c in classes for size in (c.smallest, c.largest) if size is not None]
    if not found:
        return ""
    ordered = sorted(set(found), key=lambda size: (size[0] * size[1], size))
    shown = [f"{height} x {width}" for height, width in dict.fromkeys((ordered[0], ordered[-1]))]
    return f", {' to '.join(shown)} pixels"
