"""From a spec's `dataset` to training and test sets."""

from pathlib import Path
from typing import Any

from spikegraph.backends.torch.data.sets import DatasetSpec, StereoSets, stereo_sets
from spikegraph.backends.torch.train.errors import TrainError
from spikegraph.dsl.spec import CallValue, Dataset

STEREO_SOURCES = ("mvsec", "sample")
"""The sources of event stereo."""


def data_sets(dataset: Dataset, folder: Path | None, seed: int) -> StereoSets:
    """The sets that a declaration stands for, from `folder` or, for the built-in sample, from the cache.

    Raises:
        DataError: Recordings are missing or unsound.
        TrainError: There is no reader for the source.
    """
    source = dataset.options["source"]
    if source not in STEREO_SOURCES:
        raise TrainError(f"there is no reader for the source `{source}`", f"the sources are {', '.join(STEREO_SOURCES)}")
    return stereo_sets(stereo_spec(dataset), folder, seed)


def stereo_spec(dataset: Dataset) -> DatasetSpec:
    """A stereo data set's declaration as its reader takes it.

    Raises:
        TrainError: An augmentation would tear the views and the truth apart.
    """
    options: dict[str, Any] = dict(dataset.options)
    augment = tuple(_crop(call) for call in options.pop("augment"))
    options["stack_s"] = options.pop("stack")
    known = DatasetSpec.__dataclass_fields__
    return DatasetSpec(**{k: v for k, v in options.items() if k in known}, augment=augment)


def _crop(call: CallValue) -> tuple[str, dict[str, Any]]:
    """An augmentation that keeps the two views and the truth together."""
    if call.name != "random_crop" or call.named["padding"] != 0:
        summary = f"{call.span.start}: a stereo data set can't be augmented by `{call.name}`"
        raise TrainError(summary, "the only augmentation of stereo is `random_crop([h, w])`, without padding")
    return call.name, {k: v for k, v in call.named.items() if k != "padding"}
