"""Makes training, validation and test set from the declaration of a stereo data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spikegraph.data.augment import RandomCrop, parse_augment
from spikegraph.data.baselines import block_matcher, constant_guess
from spikegraph.data.metrics import FOCAL_BASELINE
from spikegraph.data.mvsec import DATA_SUFFIX, Recording, open_recording, recording_names
from spikegraph.data.sample import SAMPLE_NAME, sample_folder
from spikegraph.data.splits import SAMPLE_FRACTIONS, SCENE, Part, Split, by_time, indoor_flying
from spikegraph.data.stacks import StackSource, Truth, TruthMask
from spikegraph.data.windows import Window, evaluation_windows, training_windows
from spikegraph.errors import DataError

if TYPE_CHECKING:
    from spikegraph.backends.torch.datasets.stereo import StereoDataset


@dataclass(frozen=True)
class DatasetSpec:
    """A stereo data set as a spec declares it.

    Attributes:
        source: `mvsec` for recordings in MVSEC's layout, or `sample` for the built-in sample.
        sequence: `indoor_flying` for the three recordings with published splits, or the name of one recording.
        split: Split 1 or 3 of indoor_flying; ignored otherwise.
        stack_s: Length of a stack in seconds.
        frames: Number n of frames in a stack.
        steps: Number T of labelled stacks in a sample.
        burn_in: Number B of stacks before them.
        truth: Raw disparities, or disparities quantised to 1/7 px as published.
        truth_mask: All measured pixels, or only the pixels of the last 15,000 events.
        augment: Names and arguments of the training set's augmentations; see `augment.parse_augment`.
        focal_baseline: Focal length times baseline in pixel metres.
        stride: Number of frames from one training sample to the next; by default `steps`.
    """

    source: str = "mvsec"
    sequence: str = SCENE
    split: int = 1
    stack_s: float = 0.05
    frames: int = 5
    steps: int = 6
    burn_in: int = 2
    truth: Truth = "raw"
    truth_mask: TruthMask = "all"
    augment: tuple[tuple[str, Mapping[str, object]], ...] = ()
    focal_baseline: float = FOCAL_BASELINE
    stride: int | None = None

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            ValueError: A value is out of range; the message names it.
        """
        choices = {
            "source": ("mvsec", "sample"),
            "truth": ("raw", "quantised"),
            "truth_mask": ("all", "last_15000_events"),
        }
        for key, allowed in choices.items():
            if getattr(self, key) not in allowed:
                raise ValueError(f"{key} must be {' or '.join(allowed)}, not {getattr(self, key)}")
        for key in ("stack_s", "frames", "steps", "focal_baseline"):
            if getattr(self, key) <= 0:
                raise ValueError(f"{key} must be positive, but is {getattr(self, key)}")
        if self.burn_in < 0:
            raise ValueError(f"burn_in must not be negative, but is {self.burn_in}")
        if self.stride is not None and self.stride < 1:
            raise ValueError(f"stride must be positive, but is {self.stride}")


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

    def baselines(self) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simple methods on the test set, by the method's name.

        Raises:
            DataError: A file can't be read.
        """
        return {
            "constant guess": constant_guess(self.test).scores.metrics(),
            "block matcher": block_matcher(self.test).metrics(),
        }


def stereo_sets(dataset: DatasetSpec, folder: Path | None, seed: int, cache: Path | None = None) -> StereoSets:
    """Makes the data sets of a declaration.

    Args:
        dataset: The declaration.
        folder: The folder of the recordings. For the sample, None uses a cached copy, which is generated if missing.
        seed: Seed of the augmentation.
        cache: The cache folder of the sample; by default the user's.

    Raises:
        DataError: Recordings are missing, damaged, or too short for the split.
        ValueError: The split or an augmentation is unknown.
    """
    crops = parse_augment(dataset.augment)
    if dataset.source == "sample":
        folder = folder if folder is not None else sample_folder(cache)
        return _sample(dataset, folder, seed, crops)
    if folder is None:
        raise DataError(
            f"the data set `{dataset.sequence}` needs a folder of recordings in MVSEC's layout",
            help="give it with --data DIR",
        )
    if dataset.sequence == SCENE:
        split = indoor_flying(dataset.split)
        recordings = {name: open_recording(folder, name) for name in split.recordings()}
        for name, recording in recordings.items():
            _long_enough(recording, split.needed_frames(name), dataset.split)
        mode = f"MVSEC {SCENE}, split {dataset.split}"
    else:
        recording = open_recording(folder, dataset.sequence)
        recordings = {recording.name: recording}
        split = by_time(recording.name, len(recording.depth_times))
        recording.notes.append(
            f"{recording.name} has no published split: training uses the first 70 %, validation the next 10 %, test the rest"
        )
        mode = f"{recording.name} in MVSEC's layout"
    return _sets(dataset, recordings, split, seed=seed, crops=crops, source=f"{mode} ({folder})")


def _sample(dataset: DatasetSpec, folder: Path, seed: int, crops: Sequence[RandomCrop]) -> StereoSets:
    if not (folder / f"{SAMPLE_NAME}{DATA_SUFFIX}").is_file():
        held = ", ".join(recording_names(folder)) or "no recording"
        raise DataError(
            f"this folder contains {held} instead of the built-in sample",
            folder,
            f"generate it with `spikegraph data sample -o {folder}`",
        )
    recording = open_recording(folder, SAMPLE_NAME)
    split = by_time(SAMPLE_NAME, len(recording.depth_times), SAMPLE_FRACTIONS)
    source = f"the built-in sample: real images, simulated events ({folder})"
    return _sets(dataset, {SAMPLE_NAME: recording}, split, seed=seed, crops=crops, source=source)


def _long_enough(recording: Recording, needed: int, split: int) -> None:
    held = len(recording.depth_times)
    if held < needed:
        raise DataError(
            f"there are {held} depth frames, but split {split} of {SCENE} needs {needed}",
            recording.truth_path,
            "give the name of one recording as `sequence` to split it by time",
        )


def _sets(
    dataset: DatasetSpec,
    recordings: Mapping[str, Recording],
    split: Split,
    *,
    seed: int,
    crops: Sequence[RandomCrop],
    source: str,
) -> StereoSets:
    from spikegraph.backends.torch.datasets.stereo import StereoDataset  # noqa: PLC0415 (torch)

    sources = {
        name: StackSource(
            recording,
            dataset.stack_s,
            dataset.frames,
            dataset.focal_baseline,
            dataset.truth,
            dataset.truth_mask,
            keep=dataset.source == "sample",
        )
        for name, recording in recordings.items()
    }
    train = [
        window
        for part in split.train
        for window in training_windows(part.recording, part.frames, dataset.steps, dataset.stride)
    ]
    if not train:
        frames = sum(len(part) for part in split.train)
        raise DataError(
            f"the training part has {frames} labelled frames, but a sample needs {dataset.steps}",
            recordings[split.train[0].recording].truth_path,
        )
    notes = [note for recording in recordings.values() for note in recording.notes]
    if dataset.truth != "raw":
        notes.append("the ground truth is quantised to 1/7 px, as published")
    if dataset.truth_mask != "all":
        notes.append("the ground truth is restricted to the pixels of the last 15,000 events")
    held_out = [
        StereoDataset(sources, _evaluation(parts, dataset.steps, recordings), burn_in=dataset.burn_in)
        for parts in (split.validation, split.test)
    ]
    return StereoSets(
        StereoDataset(sources, train, burn_in=dataset.burn_in, augment=crops, seed=seed),
        held_out[0],
        held_out[1],
        tuple(dict.fromkeys(notes)),
        source,
    )


def _evaluation(parts: Sequence[Part], steps: int, recordings: Mapping[str, Recording]) -> list[Window]:
    windows: list[Window] = []
    for part in parts:
        try:
            windows += evaluation_windows(part.recording, part.frames, steps)
        except ValueError as error:
            raise DataError(str(error), recordings[part.recording].truth_path) from error
    return windows
