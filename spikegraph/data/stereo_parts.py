"""The parts of stereo recordings on which a run trains, validates and tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.base.surface import argument
from spikegraph.data.built_in_recording import SAMPLE_NAME, sample_folder
from spikegraph.data.dsec import DSEC_LAYOUT, open_sequences
from spikegraph.data.folders import needed
from spikegraph.data.mvsec import DATA_SUFFIX, Recording, open_recording, recording_names
from spikegraph.data.source import Read
from spikegraph.data.splits import SAMPLE_FRACTIONS, SCENE, Part, Split, by_sequences, by_time, indoor_flying
from spikegraph.data.stacks import StackSource
from spikegraph.data.stereo_recording import StereoRecording
from spikegraph.data.stereo_windows import StereoWindows
from spikegraph.data.windows import Window, evaluation_windows, training_windows
from spikegraph.dsl.schema.stereo_datasets import DsecDataset, MvsecDataset, StereoDataset


def read_mvsec(dataset: MvsecDataset, folder: Path | None, cache: Path | None = None) -> Read:
    """Divides recordings in MVSEC's layout.

    Args:
        dataset: The declaration.
        folder: The folder of the recordings. For the sample, None uses a cached copy, which is generated if missing.
        cache: The cache folder of the sample; by default the user's.

    Raises:
        DataError: Recordings are missing or unsound, or too short for the split.
        ValueError: The split has no published recordings.
    """
    if dataset.source == "sample":
        notes: list[str] = []
        return _sample(dataset, folder if folder is not None else sample_folder(cache, notes=notes), notes)
    folder = needed(dataset, folder, "of recordings in MVSEC's layout")
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
    return _of_mvsec(dataset, recordings, split, f"{mode} ({folder})")


def _opened(dataset: MvsecDataset, folder: Path, name: str) -> Recording:
    return open_recording(folder, name, focal_baseline=dataset.focal_baseline)


def read_dsec(dataset: DsecDataset, folder: Path | None) -> Read:
    """Divides sequences in DSEC's layout.

    Raises:
        DataError: Sequences are missing or unsound, or too short.
    """
    folder = needed(dataset, folder, DSEC_LAYOUT)
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    recordings = open_sequences(folder, parts)
    frames = {name: recording.frames for name, recording in recordings.items()}
    split = by_sequences(frames, dataset.train, dataset.validation, dataset.test, dataset.every)
    for name, part in (("validation", split.validation), ("test", split.test)):
        if not any(map(len, part)):
            names = ", ".join(parts[name])
            raise DataError(f"no sequence of `{name}` ({names}) has {dataset.every + 1} disparities", folder, "lower `every`")
    counts = ", ".join(f"{len(names)} for {part}" for part, names in parts.items())
    sources = {name: StackSource(recording, dataset.stack, dataset.frames) for name, recording in recordings.items()}
    return _parts(dataset, sources, split, [], f"DSEC, sequences: {counts} ({folder})")


def _sample(dataset: MvsecDataset, folder: Path, notes: Sequence[str]) -> Read:
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
    recording.notes.extend(notes)
    split = by_time(SAMPLE_NAME, len(recording.depth_times), SAMPLE_FRACTIONS)
    source = f"the built-in sample: real images, simulated events ({folder})"
    return _of_mvsec(dataset, {SAMPLE_NAME: recording}, split, source)


def _long_enough(recording: Recording, needed: int, split: int) -> None:
    held = len(recording.depth_times)
    if held < needed:
        raise DataError(
            f"there are {held} depth frames, but split {split} of {SCENE} needs {needed}",
            recording.truth_path,
            "give the name of one recording as `sequence` to split it by time",
        )


def _of_mvsec(dataset: MvsecDataset, recordings: Mapping[str, Recording], split: Split, source: str) -> Read:
    keep = dataset.source == "sample"
    sources = {
        name: StackSource(
            recording, dataset.stack, dataset.frames, dataset.truth, dataset.truth_mask, keep,
            {view: recording.images(camera, dataset.image_age) for view, camera in dataset.cameras.items()},
        )
        for name, recording in recordings.items()
    }  # fmt: skip
    notes: list[str] = []
    if dataset.truth != "raw":
        notes.append("the ground truth is quantised to 1/7 px, as published")
    if dataset.truth_mask != "all":
        notes.append("the ground truth is restricted to the pixels of the last 15,000 events")
    return _parts(dataset, sources, split, notes, source)


def _parts(dataset: StereoDataset, sources: Mapping[str, StackSource], split: Split, notes: Sequence[str], origin: str) -> Read:
    train = [
        window
        for part in split.train
        for window in training_windows(part.recording, part.frames, dataset.steps, dataset.stride)
    ]
    recordings = {name: source.recording for name, source in sources.items()}
    if not train:
        frames = sum(len(part) for part in split.train)
        raise DataError(
            f"the training part has {frames} labelled frames, but a sample needs {dataset.steps}",
            recordings[split.train[0].recording].truth_path,
        )
    validation, test = (_evaluation(parts, dataset.steps, recordings) for parts in (split.validation, split.test))
    said = [note for recording in recordings.values() for note in recording.notes]
    left_out: list[str] = []
    made = {
        name: StereoWindows(sources, _complete(name, windows, sources, dataset, left_out), dataset.burn_in, name == "training")
        for name, windows in (("training", train), ("test", test), ("validation", validation))
    }
    told = tuple(dict.fromkeys((*said, *notes, *left_out)))
    return Read(made["training"], made["test"], origin, told, made["validation"])


def _complete(
    part: str, windows: Sequence[Window], sources: Mapping[str, StackSource], dataset: StereoDataset, notes: list[str]
) -> tuple[Window, ...]:
    """The windows all of whose steps have all inputs; `notes` gets a line if some haven't.

    Raises:
        DataError: None of them has.
    """

    def has_all(window: Window) -> bool:
        steps = range(window.first - dataset.burn_in, window.first + len(window.labelled))
        return all(map(sources[window.recording].has_inputs, steps))

    found = tuple(filter(has_all, windows))
    if len(found) == len(windows):
        return found
    help = "a longer `image_age` in the data set keeps more"
    why = "a time step has no image that is recent enough"
    if not found:
        paths = [images.path for images in sources[windows[0].recording].images.values()]
        raise DataError(f"in each of the {len(windows)} {part} samples {why}", *paths[:1], help=help)
    notes.append(f"{len(windows) - len(found)} of {len(windows)} {part} samples are left out: {why}; {help}")
    return found


def _evaluation(parts: Sequence[Part], steps: int, recordings: Mapping[str, StereoRecording]) -> list[Window]:
    windows: list[Window] = []
    for part in parts:
        try:
            windows += evaluation_windows(part.recording, part.frames, steps)
        except ValueError as error:
            raise DataError(str(error), recordings[part.recording].truth_path) from error
    return windows
