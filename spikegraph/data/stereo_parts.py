"""The parts of stereo recordings on which a run trains, validates and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spikegraph.data.dsec import open_sequences
from spikegraph.data.mvsec import DATA_SUFFIX, Recording, open_recording, recording_names
from spikegraph.data.sample import SAMPLE_NAME, sample_folder
from spikegraph.data.splits import SAMPLE_FRACTIONS, SCENE, Part, Split, by_sequences, by_time, indoor_flying
from spikegraph.data.stacks import StackSource
from spikegraph.data.stereo_augment import RandomCrop
from spikegraph.data.stereo_recording import StereoRecording
from spikegraph.data.windows import Window, evaluation_windows, training_windows
from spikegraph.dsl import spec
from spikegraph.errors import DataError, UntrainableError
from spikegraph.surface import argument


@dataclass(frozen=True)
class StereoParts:
    """The parts of stereo recordings; events and truths are read when a window is.

    Attributes:
        sources: The recordings, by name.
        train: Windows for training, in which every stack is labelled.
        validation: Windows for validation, which cover each frame once.
        test: Windows for the test, likewise.
        crops: The augmentation of the training windows.
        notes: Notices to print once.
        source: The origin of the data, in one line.
    """

    sources: Mapping[str, StackSource]
    train: Sequence[Window]
    validation: Sequence[Window]
    test: Sequence[Window]
    crops: Sequence[RandomCrop]
    notes: tuple[str, ...]
    source: str


def stereo_parts(dataset: spec.StereoDataset, folder: Path | None, cache: Path | None = None) -> StereoParts:
    """Divides the recordings of a declaration.

    Args:
        dataset: The declaration.
        folder: The folder of the recordings. For the sample, None uses a cached copy, which is generated if missing.
        cache: The cache folder of the sample; by default the user's.

    Raises:
        DataError: Recordings are missing or unsound, or too short for the split.
        TrainError: An augmentation would separate the views from the truth.
        ValueError: The split has no published recordings.
    """
    crops = [_crop(call) for call in dataset.augment]
    if isinstance(dataset, spec.DsecDataset):
        return _dsec(dataset, folder, crops)
    assert isinstance(dataset, spec.MvsecDataset)
    if dataset.source == "sample":
        folder = folder if folder is not None else sample_folder(cache)
        return _sample(dataset, folder, crops)
    if folder is None:
        raise DataError(
            f"the data set `{dataset.sequence}` needs a folder of recordings in MVSEC's layout",
            help=f"give it with {argument('data', 'DIR')}",
        )
    if dataset.sequence == SCENE:
        split = indoor_flying(dataset.split)
        recordings = {name: _opened(dataset, folder, name) for name in split.recordings()}
        for name, recording in recordings.items():
            _long_enough(recording, split.needed_frames(name), dataset.split)
        mode = f"MVSEC {SCENE}, split {dataset.split}"
    else:
        recording = _opened(dataset, folder, dataset.sequence)
        recordings = {recording.name: recording}
        split = by_time(recording.name, len(recording.depth_times))
        recording.notes.append(
            f"{recording.name} has no published split: training uses the first 70 %, validation the next 10 %, test the rest"
        )
        mode = f"{recording.name} in MVSEC's layout"
    return _parts(dataset, recordings, split, crops, f"{mode} ({folder})")


def _crop(call: spec.CallValue) -> RandomCrop:
    """An augmentation that keeps the two views and the truth together."""
    match call:
        case spec.CallValue(
            "random_crop", named={"size": (int(height), int(width)), "padding": 0, "probability": float(probability)}
        ):
            return RandomCrop((height, width), probability)
        case _:
            summary = f"{call.span.start}: a stereo data set can't be augmented by `{call.name}`"
            raise UntrainableError(summary, "the only augmentation of stereo is `random_crop([h, w])`, without padding")


def _opened(dataset: spec.MvsecDataset, folder: Path, name: str) -> Recording:
    return open_recording(folder, name, focal_baseline=dataset.focal_baseline)


def _dsec(dataset: spec.DsecDataset, folder: Path | None, crops: Sequence[RandomCrop]) -> StereoParts:
    if folder is None:
        raise DataError(
            f"the data set `{dataset.name}` needs a folder in DSEC's layout", help=f"give it with {argument('data', 'DIR')}"
        )
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    recordings = open_sequences(folder, parts)
    frames = {name: recording.frames for name, recording in recordings.items()}
    split = by_sequences(frames, dataset.train, dataset.validation, dataset.test, dataset.every)
    for name, part in (("validation", split.validation), ("test", split.test)):
        if not any(map(len, part)):
            names = ", ".join(parts[name])
            raise DataError(f"no sequence of `{name}` ({names}) has {dataset.every + 1} disparities", folder, "lower `every`")
    counts = ", ".join(f"{len(names)} for {part}" for part, names in parts.items())
    return _parts(dataset, recordings, split, crops, f"DSEC, sequences: {counts} ({folder})")


def _sample(dataset: spec.MvsecDataset, folder: Path, crops: Sequence[RandomCrop]) -> StereoParts:
    if not (folder / f"{SAMPLE_NAME}{DATA_SUFFIX}").is_file():
        found = recording_names(folder)
        held = ", ".join(found) or "no recording"
        values = (f"{dataset.name}.source=mvsec", f"{dataset.name}.sequence={found[0]}") if found else ()
        choose = argument("set", *values)
        raise DataError(
            f"this folder contains {held} instead of the built-in sample",
            folder,
            f"to read this recording with the same profile, add {choose}"
            if found
            else f"generate it with `spikegraph data sample -o {folder}`",
        )
    recording = _opened(dataset, folder, SAMPLE_NAME)
    split = by_time(SAMPLE_NAME, len(recording.depth_times), SAMPLE_FRACTIONS)
    source = f"the built-in sample: real images, simulated events ({folder})"
    return _parts(dataset, {SAMPLE_NAME: recording}, split, crops, source)


def _long_enough(recording: Recording, needed: int, split: int) -> None:
    held = len(recording.depth_times)
    if held < needed:
        raise DataError(
            f"there are {held} depth frames, but split {split} of {SCENE} needs {needed}",
            recording.truth_path,
            "give the name of one recording as `sequence` to split it by time",
        )


def _parts(
    dataset: spec.StereoDataset,
    recordings: Mapping[str, StereoRecording],
    split: Split,
    crops: Sequence[RandomCrop],
    source: str,
) -> StereoParts:
    sources = {
        name: StackSource(recording, dataset.stack, dataset.frames, keep=dataset.source == "sample")
        for name, recording in recordings.items()
    }
    notes = [note for recording in recordings.values() for note in recording.notes]
    if isinstance(dataset, spec.MvsecDataset):
        for found in sources.values():
            found.truth, found.truth_mask = dataset.truth, dataset.truth_mask
        if dataset.truth != "raw":
            notes.append("the ground truth is quantised to 1/7 px, as published")
        if dataset.truth_mask != "all":
            notes.append("the ground truth is restricted to the pixels of the last 15,000 events")
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
    validation, test = (_evaluation(parts, dataset.steps, recordings) for parts in (split.validation, split.test))
    return StereoParts(sources, train, validation, test, crops, tuple(dict.fromkeys(notes)), source)


def _evaluation(parts: Sequence[Part], steps: int, recordings: Mapping[str, StereoRecording]) -> list[Window]:
    windows: list[Window] = []
    for part in parts:
        try:
            windows += evaluation_windows(part.recording, part.frames, steps)
        except ValueError as error:
            raise DataError(str(error), recordings[part.recording].truth_path) from error
    return windows
