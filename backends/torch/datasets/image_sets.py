"""Training, validation and test set of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from spikegraph.backends.torch.datasets.image_baselines import majority_class, nearest_mean
from spikegraph.backends.torch.datasets.image_dataset import Encode, ImageDataset
from spikegraph.data.content_hash import images_hash
from spikegraph.data.held_out import held_out
from spikegraph.data.image_augment import image_steps
from spikegraph.data.image_encodings import encoder
from spikegraph.data.registries import Images
from spikegraph.dsl.schema.dataset import ClassDataset, EventDataset
from spikegraph.dsl.schema.dataset import ImageDataset as ImageDeclaration
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.schema.sample_type import SampleType, form_of
from spikegraph.errors import DataError


@dataclass(frozen=True)
class ImageSets:
    """The image data sets of a run.

    Attributes:
        train: Training set, with random augmentation.
        test: Test set, without it.
        notes: Notices to print once.
        source: The origin of the data, in one line.
        view: The name of the network's input.
        kind: The kind of the samples' values.
    """

    train: ImageDataset
    test: ImageDataset
    notes: tuple[str, ...]
    source: str
    view: str = "image"
    kind: ValueKind = "real"

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
        *steps, channels, height, width = self.train[0][0].shape
        return SampleType((self.view,), self.kind, bool(steps), (channels, height, width), len(self.train.source.classes))

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
        train, validation = held_out(len(self.train), share, seed, source=self.source, noun="samples")
        return self.train.part(train, training=True), self.train.part(validation, training=False)


def image_sets(read: Images, dataset: ClassDataset, seed: int) -> ImageSets:
    """Makes the data sets of a declaration from what its reader returned.

    Args:
        read: The samples.
        dataset: The declaration.
        seed: Seed of the augmentation.

    Raises:
        DataError: A source is empty, or their classes differ, or a plug-in declares an augmentation or an encoding, but not
            what it does.
    """
    train, test, steps = read.train, read.test, image_steps([(call.name, dict(call.named)) for call in dataset.augment])
    for name, part in (("training", train), ("test", test)):
        if not len(part.labels):
            raise DataError(f"the {name} set has no samples")
    if train.classes != test.classes:
        raise DataError(f"the classes differ: {len(train.classes)} in the training set, {len(test.classes)} in the test set")
    encode = _encoder(dataset)
    sets = (
        ImageDataset(train, steps, training=True, seed=seed, encode=encode),
        ImageDataset(test, steps, training=False, encode=encode),
    )
    view = "events" if isinstance(dataset, EventDataset) else "image"
    return ImageSets(*sets, read.notes, read.origin, view, form_of(dataset)[0])


def _encoder(dataset: ClassDataset) -> Encode | None:
    """What makes spikes of images, with the parameters of the declaration; None if the network gets the images."""
    if not isinstance(dataset, ImageDeclaration) or dataset.encoding.name == "direct":
        return None
    return partial(encoder(dataset.encoding.name), **dataset.encoding.named)
