"""Training and test set of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spikegraph.backends.torch.datasets.image import ImageDataset
from spikegraph.backends.torch.datasets.image_baselines import image_baselines
from spikegraph.data.image_steps import Step
from spikegraph.data.images import Source
from spikegraph.errors import DataError


@dataclass(frozen=True)
class ImageSets:
    """The sets of a run.

    Attributes:
        train: With chance in its steps.
        test: Without.
        notes: What the user should be told once.
        source: Where the data come from, in one line.
        validation: Images of the training set that are held out of it, without chance; None where none are.
    """

    train: ImageDataset
    test: ImageDataset
    notes: tuple[str, ...]
    source: str
    validation: ImageDataset | None = None

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """The accuracy of the two simplest classifiers on the test set, by the classifier's name.

        Raises:
            DataError: An image can't be read.
        """
        return image_baselines(self)

    def held_out(self, share: float, seed: int) -> ImageSets:
        """Sets of which this share of the training set validates, drawn with a seed.

        Raises:
            DataError: One of the two would be empty.
        """
        count = len(self.train)
        first = round(count * share)
        if not 0 < first < count:
            raise DataError(f"of {count} training images, {first} would validate and {count - first} train")
        order = np.random.default_rng([seed, count]).permutation(count)
        validation = self.train.part(np.sort(order[:first]), training=False)
        return replace(self, train=self.train.part(np.sort(order[first:]), training=True), validation=validation)


def image_sets(
    train: Source, test: Source, steps: Sequence[Step], seed: int, source: str, notes: Sequence[str] = ()
) -> ImageSets:
    """The sets of two sources.

    Raises:
        DataError: One is empty, or they have other classes.
    """
    for name, part in (("training", train), ("test", test)):
        if not len(part.labels):
            raise DataError(f"the {name} set has no image")
    if train.classes != test.classes:
        raise DataError(f"the training set has {len(train.classes)} classes, the test set others or {len(test.classes)}")
    sets = (ImageDataset(train, steps, training=True, seed=seed), ImageDataset(test, steps, training=False))
    return ImageSets(*sets, tuple(notes), source)
