"""The samples of data sets as arrays, to be drawn or counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from spikegraph.backends.torch.datasets.from_spec import data_sets
from spikegraph.backends.torch.datasets.image_dataset import ImageDataset
from spikegraph.backends.torch.datasets.image_sets import ImageSets
from spikegraph.backends.torch.datasets.map_sets import MapDataset, MapSets
from spikegraph.backends.torch.datasets.stereo_dataset import StereoDataset
from spikegraph.backends.torch.train.examples import spread
from spikegraph.data.data_sets import Samples
from spikegraph.data.statistics import Shown
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS, EventEncoding
from spikegraph.dsl.spec import EventDataset
from spikegraph.errors import DataError
from spikegraph.program import Program
from spikegraph.sample import data_folder


def shown(samples: Samples, index: int) -> Shown:
    """A sample of a data set; of a stereo window the truth of its last labelled frame.

    Raises:
        DataError: It can't be read.
    """
    item: Any = samples[index]
    if isinstance(samples, StereoDataset):
        step = int(item.labelled.nonzero()[-1])
        views = {"left": item.left.numpy(), "right": item.right.numpy()}
        return Shown(views, item.name, item.disparity[step].numpy()[None], "disparity")
    if isinstance(samples, MapDataset):
        inputs = {name: value.numpy() for name, value in item.inputs.items()}
        return Shown(inputs, f"sample {int(samples.indexes[index])}", item.truth.numpy(), samples.truth)
    value, label = item
    classes = samples.source.classes if isinstance(samples, ImageDataset) else ()
    array = value.numpy() if isinstance(value, Tensor) else np.asarray(value)
    return Shown({"events" if array.ndim == 4 else "image": array}, classes[int(label)] if classes else f"class {int(label)}")


def class_counts(samples: Samples) -> dict[str, int]:
    """The number of samples of each class; empty where samples have no class."""
    if not isinstance(samples, ImageDataset):
        return {}
    counts = np.bincount(samples.labels, minlength=len(samples.source.classes))
    return dict(zip(samples.source.classes, counts.tolist(), strict=True))


@dataclass(frozen=True)
class ShownSets:
    """The samples of a spec's data sets.

    Attributes:
        sets: Training and test set.
        source: The origin of the data, in one line.
        notes: Notices to print.
        signed: Whether channels hold events: where the light increased in the first half, where it decreased in the second.
        classes: The names of classes or labels.
        counts: The number of samples of each part.
        per_class: For each part, the number of samples of each class; empty where samples have no class.
    """

    sets: Mapping[str, Samples]
    source: str
    notes: Sequence[str]
    signed: bool
    classes: Sequence[str]
    counts: Mapping[str, int]
    per_class: Mapping[str, Mapping[str, int]]

    def spread(self, part: str, wanted: int) -> Iterator[Shown]:
        """At most so many samples of a part, spread evenly.

        Raises:
            DataError: One can't be read.
        """
        return (shown(self.sets[part], index) for index in spread(self.counts[part], wanted))


def read_shown(program: Program, folder: Path | None) -> ShownSets:
    """Reads the data set on which a spec's retraining trains, or else its search.

    Raises:
        DataError: The spec names no data set, or the data are missing or damaged.
    """
    spec = program.spec
    run = spec.retrain or spec.search
    if run is None:
        raise DataError(f"{program.name} trains on no data set", help="add a `dataset` and `retrain NETWORK on DATASET`")
    dataset = spec.datasets[run.dataset]
    made = data_sets(dataset, data_folder(program, folder), 0)
    sets = {"train": made.train, "test": made.test}
    encoding = EVENT_ENCODINGS[dataset.encoding.name] if isinstance(dataset, EventDataset) else None
    signed = isinstance(encoding, EventEncoding) and encoding.paired
    classes = made.train.source.classes if isinstance(made, ImageSets) else made.classes if isinstance(made, MapSets) else ()
    counts = {part: len(samples) for part, samples in sets.items()}
    return ShownSets(sets, made.source, made.notes, signed, classes, counts, {p: class_counts(s) for p, s in sets.items()})
