"""Training, validation and test set of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spikegraph.backends.torch.datasets.image_baselines import majority_class, nearest_mean
from spikegraph.backends.torch.datasets.image_dataset import ImageDataset
from spikegraph.data.image_steps import Step
from spikegraph.data.images import Source
from spikegraph.errors import DataError


@dataclass(frozen=True)
class ImageSets:
    """The image data sets of a run.

    Attributes:
        train: Training set, with random augmentation.
        test: Test set, without it.
        notes: Notices to print once.
        source: The origin of the data, in one line.
        validation: Images that were held out of the training set, without augmentation; None by default.
    """

    train: ImageDataset
    test: ImageDataset
    notes: tuple[str, ...]
    source: str
    validation: ImageDataset | None = None

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """The test accuracy in percent of two simple classifiers, by the classifier's name.

        Raises:
            DataError: An image can't be read.
        """
        return {
            "majority class": {"accuracy_percent": majority_class(self.train, self.test)},
            "nearest mean": {"accuracy_percent": nearest_mean(self.train, self.test)},
        }

    def held_out(self, share: float, seed: int) -> ImageSets:
        """Moves a random fraction `share` of the training set to a validation set.

        Raises:
            DataError: One of the two sets would be empty.
        """
        count = len(self.train)
        first = round(count * share)
        if not 0 < first < count:
            raise DataError(f"can't split {count} training images into {count - first} for training and {first} for validation")
        order = np.random.default_rng([seed, count]).permutation(count)
        validation = self.train.part(np.sort(order[:first]), training=False)
        return replace(self, train=self.train.part(np.sort(order[first:]), training=True), validation=validation)


def image_sets(
    train: Source, test: Source, steps: Sequence[Step], seed: int, source: str, notes: Sequence[str] = ()
) -> ImageSets:
    """Makes the data sets from two sources of images.

    Raises:
        DataError: A source is empty, or their classes differ.
    """
    for name, part in (("training", train), ("test", test)):
        if not len(part.labels):
            raise DataError(f"the {name} set has no images")
    if train.classes != test.classes:
        raise DataError(f"the classes differ: {len(train.classes)} in the training set, {len(test.classes)} in the test set")
    sets = (ImageDataset(train, steps, training=True, seed=seed), ImageDataset(test, steps, training=False))
    return ImageSets(*sets, tuple(notes), source)
