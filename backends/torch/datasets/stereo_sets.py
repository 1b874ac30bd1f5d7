"""Training, validation and test set of a stereo data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spikegraph.backends.torch.datasets.stereo_dataset import StereoDataset
from spikegraph.data.baselines import block_matcher, constant_guess
from spikegraph.data.content_hash import recordings_hash
from spikegraph.data.stereo_augment import RandomCrop
from spikegraph.data.stereo_parts import stereo_parts
from spikegraph.data.windows import Window
from spikegraph.dsl import spec
from spikegraph.dsl.schema.sample_type import SampleType


@dataclass(frozen=True)
class StereoSets:
    """The stereo data sets of a run.

    Attributes:
        train: Training set: windows in which every stack is labelled, with augmentation.
        validation: Validation set: windows that cover each frame once, without augmentation.
        test: Test set: likewise.
        notes: Notices to print once.
        source: The origin of the data, in one line.
    """

    train: StereoDataset
    validation: StereoDataset
    test: StereoDataset
    notes: tuple[str, ...]
    source: str

    @property
    def sha256(self) -> str:
        """The hash of the recordings."""
        return recordings_hash(self.train.sources)

    @property
    def sample_type(self) -> SampleType:
        """The type of the samples, from the first recording."""
        first = next(iter(self.train.sources.values()))
        return SampleType(("left", "right"), "events", True, (first.frames, *first.recording.size), 0, "disparity")

    def held_out(self, share: float | Literal["data"], seed: int) -> tuple[StereoDataset, StereoDataset]:
        """Training and validation set: the data set's own parts, whatever the share."""
        return self.train, self.validation

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simple methods on the test set, by the method's name.

        Raises:
            DataError: A file can't be read.
        """
        return {
            "constant guess": constant_guess(self.test).scores.metrics(),
            "block matcher": block_matcher(self.test).metrics(),
        }


def stereo_sets(dataset: spec.StereoDataset, folder: Path | None, seed: int, cache: Path | None = None) -> StereoSets:
    """Makes the data sets of a declaration; `seed` is the augmentation's, and `stereo_parts` describes the other arguments.

    Raises:
        DataError, TrainError, ValueError: As `stereo_parts`.
    """
    parts = stereo_parts(dataset, folder, cache)

    def made(windows: Sequence[Window], crops: Sequence[RandomCrop] = ()) -> StereoDataset:
        return StereoDataset(parts.sources, windows, burn_in=dataset.burn_in, augment=crops, seed=seed)

    return StereoSets(made(parts.train, parts.crops), made(parts.validation), made(parts.test), parts.notes, parts.source)
