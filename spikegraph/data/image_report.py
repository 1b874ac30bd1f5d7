"""What `data check` found in the folders of image data sets, as data and as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data.data_set_report import DataSetReport

MOST_CLASSES = 100
"""Most classes that the text lists one by one."""

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
        images = f"{self.images:,} image{'' if self.images == 1 else 's'}"
        classes = f"{len(self.classes):,} class{'' if len(self.classes) == 1 else 'es'}"
        return [f"  {self.name}: {images}, {classes}{_range(self.classes)}", *_classes(self.classes)]


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


def problem_text(error: DataError, root: Path) -> str:
    """A problem with the name of its file, relative to the folder that was checked if it is in it."""
    path = error.path
    where = "" if path is None else f"{path.relative_to(root) if path.is_relative_to(root) else path}: "
    return where + error.summary + (f" ({error.help})" if error.help else "")


def _classes(classes: tuple[ClassReport, ...]) -> list[str]:
    if len(classes) > MOST_CLASSES:
        counts = [c.images for c in classes]
        return [f"    {min(counts):,} to {max(counts):,} images in a class; --json lists all"]
    names, counts = [c.name for c in classes], [f"{c.images:,}" for c in classes]
    left, right = max(map(len, names), default=0), max(map(len, counts), default=0)
    shared = len({(c.smallest, c.largest) for c in classes}) == 1
    return [
        f"    {name:<{left}}  {count:>{right}}{'' if shared else _range((c,))}".rstrip()
        for name, count, c in zip(names, counts, classes, strict=True)
    ]


def _range(classes: tuple[ClassReport, ...]) -> str:
    """The sizes of images, such as `, 32 x 32 pixels` or `, 28 x 30 to 500 x 375 pixels` (height x width)."""
    found = [size for c in classes for size in (c.smallest, c.largest) if size is not None]
    if not found:
        return ""
    ordered = sorted(set(found), key=lambda size: (size[0] * size[1], size))
    shown = [f"{height} x {width}" for height, width in dict.fromkeys((ordered[0], ordered[-1]))]
    return f", {' to '.join(shown)} pixels"
