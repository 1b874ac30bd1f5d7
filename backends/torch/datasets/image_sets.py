"""Training, validation and test set of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from spikegraph.backends.torch.datasets.image_baselines import majority_class, nearest_mean
from spikegraph.backends.torch.datasets.image_dataset import ImageDataset
from spikegraph.data.content_hash import images_hash
from spikegraph.data.held_out import held_out
from spikegraph.data.image_steps import Step
from spikegraph.data.images import Source
from spikegraph.dsl.schema.sample_type import SampleType
from spikegraph.errors import DataError


@dataclass(frozen=True)
class ImageSets:
    """The image data sets of a run.

    Attributes:
        train: Training set, with random augmentation.
        test: Test set, without it.
        notes: Notices to print once.
        source: The origin of the data, in one line.
    """

    train: ImageDataset
    test: ImageDataset
    notes: tuple[str, ...]
    source: str

    @property
    def sha256(self) -> str:
        """The hash of all images."""
        return images_hash((self.train.source, self.test.source))

    @property
    def sample_type(self) -> SampleType:
        """The type of the samples, from the first image.

        Raises:
            DataError: The image can't be read.
        """
        channels, height, width = self.train[0][0].shape
        return SampleType(("image",), False, (channels, height, width), len(self.train.source.classes))

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """The test accuracy in percent of two simple classifiers, by the classifier's name.

        Raises:
            DataError: An image can't be read.
        """
        return {
            "majority class": {"accuracy_percent": majority_class(self.train, self.test)},
            "nearest mean": {"accuracy_percent": nearest_mean(self.train, self.test)},
        }

    def held_out(self, share: float | Literal["data"], seed: int) -> tuple[ImageDataset, ImageDataset]:
        """Training set, and a random fraction `share` of it as validation set, without augmentation.

        Raises:
            DataError: One of the two sets would be empty, or the data set has no validation part of its own.
        """
        train, validation = held_out(len(self.train), share, seed, source=self.source, noun="images")
        return self.train.part(train, training=True), self.train.part(validation, training=False)


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
