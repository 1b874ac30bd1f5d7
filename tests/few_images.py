"""Fewer images in the place of the small Fashion-MNIST, for trainings whose accuracy isn't looked at."""

from dataclasses import replace

from spikegraph.data.images import ImageArrays, read_small

PLACE = "spikegraph.data.image_sources.read_small"
"""What reads the set for a training."""


def few_images(training: int = 200) -> tuple[ImageArrays, ImageArrays]:
    """The first images for training and for the test."""
    train, test = (
        replace(part, images=part.images[:count], labels=part.labels[:count])
        for part, count in zip(read_small(), (training, 40), strict=True)
    )
    return train, test
