"""Fewer images in the place of the small Fashion-MNIST, still or moved, for trainings whose accuracy isn't looked at."""

from dataclasses import replace

from spikegraph.data.events.small import Moved, read_moved
from spikegraph.data.images import ImageArrays, read_small

PLACE = "spikegraph.data.image_sources.read_small"
"""What reads the set for a training."""

MOVED = "spikegraph.data.events.sources.read_moved"
"""What reads the moved one."""

TEST = 40
"""Images for the test."""


def few_images(training: int = 200) -> tuple[ImageArrays, ImageArrays]:
    """The first images for training and for the test."""
    train, test = read_small()
    return _first(train, training), _first(test, TEST)


def few_moved(training: int = 200) -> tuple[list[Moved], list[Moved], ImageArrays, ImageArrays]:
    """The recordings of these images, and the images."""
    moved, held, train, test = read_moved()
    return moved[:training], held[:TEST], _first(train, training), _first(test, TEST)


def _first(images: ImageArrays, count: int) -> ImageArrays:
    return replace(images, images=images.images[:count], labels=images.labels[:count])
