"""Checks a folder of recordings or images: what it holds, what is missing, whether it is sound."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.boxes import box_labels
from spikegraph.data.check_arrays import array_files, arrays_of
from spikegraph.data.check_dsec import check_dsec
from spikegraph.data.check_images import EXPECTED, check_images
from spikegraph.data.check_report import CheckReport, DepthReport, EventsReport, RecordingReport
from spikegraph.data.class_labels import ignored_by, ignoring
from spikegraph.data.coverage import Coverage
from spikegraph.data.events.check import EXPECTED as NO_EVENT_SETS
from spikegraph.data.events.check import check_own, check_published, has_recordings
from spikegraph.data.hdf5 import attribute, contents, open_file, printable
from spikegraph.data.mvsec import DATA_SUFFIX, DEPTH, SENSOR, TRUTH_SUFFIX, Recording, recording_names
from spikegraph.data.own_array_checks import check_arrays
from spikegraph.data.own_maps import check_maps
from spikegraph.data.problems import Checks, OnProgress, per_second, problem_text
from spikegraph.data.rectification import NO_MAPS, SIDES, Rectification, Side, load_maps
from spikegraph.data.sets import data_sets
from spikegraph.data.sorted_rows import BLOCK, SortedRows
from spikegraph.data.splits import SCENE, TEST_RANGES
from spikegraph.data.trainable import parts_of, untrainable
from spikegraph.data.written_folders import passed_over
from spikegraph.dsl.schema.class_datasets import OwnArrays
from spikegraph.dsl.schema.dataset import GIVEN, SOURCES, Dataset
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.schema.map_datasets import OwnMaps
from spikegraph.dsl.schema.sample_type import SampleType, wider
from spikegraph.dsl.spec import Run

_SLACK_S = 0.1  # a depth frame this long after the last event may still have events in its stack


def check(
    folder: Path | str,
    on_progress: OnProgress | None = None,
    dataset: Dataset | None = None,
    fits: Callable[[SampleType, str], None] | None = None,
    runs: Sequence[Run] = (),
) -> CheckReport:
    """Read every recording, sequence and image of a folder completely; the memory does not depend on the length of a recording.

    Args:
        folder: The folder of the recordings, sequences or images.
        on_progress: Called with the number of files of a data set that were read and their total.
        dataset: The declaration that is to read the folder. Without it, what a declaration can say is left open: the reports
            have it as `needs`.
        fits: Called with the type of the declaration's samples and their origin, raises a `DataError` if a network doesn't
            fit them; of arrays, which are read in pieces, the kind of values alone is known.
        runs: What trains on the samples of the declaration. Arrays are read as a whole if a run leaves out a label or holds
            out samples.

    Returns:
        The recordings, the sequences, the data sets of images and events, and all problems, not only the first.

    Raises:
        DataError: The folder doesn't exist.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError("there is no such folder", folder)
    layout = _by_layout(dataset)
    names = recording_names(folder) if layout else []
    sequences = tuple(check_dsec(folder)) if layout else ()
    event_sets = () if sequences or not layout else tuple(check_published(folder, on_progress, dataset))
    if layout and not sequences and not event_sets and not names and has_recordings(folder):
        event_sets = (check_own(folder, on_progress, dataset),)
    images = () if sequences or not layout else tuple(check_images(folder, on_progress, dataset, folders=not event_sets))
    problems: list[str] = []
    notes = list(passed_over(folder))
    arrays = [] if names or images or event_sets or sequences else array_files(folder)
    for path in arrays:
        problems += [problem_text(error, folder) for error in arrays_of(path, notes, declared=dataset is not None)]
    if layout and not names and not images and not event_sets and not sequences and not arrays:
        layouts = f"MVSEC's layout (files *{DATA_SUFFIX} and *{TRUTH_SUFFIX}), nor in DSEC's (train/SEQUENCE/events)"
        problems = [f"no recording in {layouts}", EXPECTED, NO_EVENT_SETS]
    scenes = [f"{SCENE}{number}" for number in TEST_RANGES]
    missing = [name for name in scenes if name not in names]
    if missing and len(missing) < len(scenes):
        notes.append(f"the published splits of {SCENE} need {', '.join(missing)} too")
    recordings = tuple(_Checked(folder, name).report() for name in names)
    report = CheckReport(folder, recordings, tuple(problems), tuple(notes), images, event_sets, sequences)
    found = _declared(dataset, folder, fits, runs) if dataset is not None and report.sound else []
    boxes = None if report.sound and not found else box_labels(folder)
    found = found if boxes is None else [problem_text(boxes, folder)]
    return replace(report, problems=(*found, *report.problems)) if found else report


def _by_layout(dataset: Dataset | None) -> bool:
    """Whether folders and names tell what a folder holds; arrays and what a plug-in reads may lie anywhere."""
    return dataset is None or (SOURCES.is_built_in(dataset.source) and not isinstance(dataset, OwnArrays | OwnMaps))


def _declared(dataset: Dataset, folder: Path, fits: Callable[[SampleType, str], None] | None, runs: Sequence[Run]) -> list[str]:
    """What is wrong with what a declaration reads: arrays in pieces, other samples one by one as a training gets them.

    Targets of a plug-in's task are known to that task alone, so their arrays are read like other samples.
    """
    uses = {(ignored_by(run), run.validate): run for run in runs}
    in_pieces = isinstance(dataset, OwnArrays | OwnMaps) and dataset.own_task
    try:
        if isinstance(dataset, OwnArrays) and in_pieces:
            _compare(dataset, check_arrays(dataset, folder), folder, fits)
        elif isinstance(dataset, OwnMaps) and in_pieces:
            _compare(dataset, check_maps(dataset, folder), folder, fits)
        if dataset.source in GIVEN or (in_pieces and uses.keys() <= {((), None)}):
            return []
        sets = data_sets(dataset, folder, 0)
        if fits is not None and not in_pieces:
            fits(sets.sample_type, sets.source)
        used = [parts_of(ignoring(sets, run), run, 0) for run in uses.values()] or [sets]
        return list(dict.fromkeys(problem_text(error, folder) for each in used for error in untrainable(each)))
    except DataError as error:
        return [problem_text(error, folder)]


def _compare(dataset: Dataset, kind: ValueKind, folder: Path, fits: Callable[[SampleType, str], None] | None) -> None:
    """Compares a network with the kind of arrays' values, where these alone tell it.

    Raises:
        DataError: It doesn't fit.
    """
    gives = dataset.given()
    if fits is not None and gives is not None and gives.suits:
        fits(replace(gives, kind=kind, suits=wider(kind)), f"arrays ({folder})")


class _Checked(Checks):
    """Checks one recording."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder)
        self._name = name
        self._files: dict[str, dict[str, list[int]]] = {}
        self._origin: str | None = None
        self._says_rectified = False
        self._wrong_rows: set[Side] = set()

    def report(self) -> RecordingReport:
        data, truth = self._file(DATA_SUFFIX), self._file(TRUTH_SUFFIX)
        maps = self.of(load_maps, self.folder, self._name, SENSOR)
        recording = Recording(
            self._name, self.folder / f"{self._name}{DATA_SUFFIX}", self.folder / f"{self._name}{TRUTH_SUFFIX}", maps, []
        )
        with recording:
            spans = {side: self.of(self._events, recording, side) for side in SIDES} if data else {}
            depth = self.of(self._depth, recording) if truth else None
            events = tuple(span[0] for span in spans.values() if span is not None)
            if depth is not None:
                self._cover(recording, [span[1] for span in spans.values() if span is not None and span[0].count])
        return RecordingReport(
            self._name,
            self._files,
            self._origin,
            events,
            depth,
            self._rectification(maps),
            tuple(self.problems),
            tuple(self.notes),
        )

    def _file(self, suffix: str) -> bool:
        """List a file's contents; returns False if the file can't be opened."""
        path = self.folder / f"{self._name}{suffix}"
        if not path.is_file():
            self.problems.append(f"{path.name} is missing")
            return False
        file = self.of(open_file, path)
        if file is None:
            return False
        with file:
            self._files[path.name] = self.of(contents, file, path) or {}
            origin = self.of(attribute, file, path, "origin")
            self._origin = self._origin or (None if origin is None else printable(str(origin)))
            self._says_rectified |= bool(self.of(attribute, file, path, "rectified"))
        return True

    def _rectification(self, maps: dict[Side, Rectification] | None) -> str:
        if maps is not None:
            return "maps"
        if self._says_rectified:
            return "rectified"
        self.notes.append(NO_MAPS)
        return "none"

    def _events(self, recording: Recording, side: Side) -> tuple[EventsReport, tuple[float, float]]:
        rows = recording.rows(side)
        if not len(rows):
            self.problems.append(f"{recording.data_path.name}: there are no {side} events")
            return EventsReport(side, 0, 0.0, 0.0, 0.0), (0.0, 0.0)
        positive, first, last = 0, 0.0, 0.0
        for number in range(rows.blocks):
            block = rows.block(number)
            positive += int((block[:, 3] > 0).sum())
            first, last = (first if number else float(block[0, 2])), float(block[-1, 2])
            self._try_block(recording, side, rows, number)
        rate = per_second(len(rows), last - first)
        return EventsReport(side, len(rows), last - first, rate, 100 * positive / len(rows)), (first, last)

    def _try_block(self, recording: Recording, side: Side, rows: SortedRows, number: int) -> None:
        """Decode the rows of a block; only the first such problem of each camera is reported."""
        if side in self._wrong_rows:
            return
        if self.of(lambda: recording.decode(side, rows.block(number), number * BLOCK)) is None:
            self._wrong_rows.add(side)

    def _depth(self, recording: Recording) -> DepthReport:
        times = recording.depth_times
        recording.require_depth()
        found = Coverage()
        for k in range(len(times)):
            depth = recording.depth(k)
            found.add(depth[np.isfinite(depth) & (depth > 0)], depth.size)
        span = float(times[-1] - times[0])
        if found.largest is None:
            self.problems.append(f"{recording.truth_path.name}: {DEPTH}: no pixel has a depth")
        rate, empty = per_second(len(times) - 1, span), found.shares.count(0.0)
        return DepthReport(len(times), span, rate, found.percent, empty, found.smallest, found.largest)

    def _cover(self, recording: Recording, spans: list[tuple[float, float]]) -> None:
        """Report depth frames without events before them."""
        times: NDArray[np.float64] = recording.depth_times
        for first, last in spans:
            outside = int(((times <= first) | (times > last + _SLACK_S)).sum())
            if outside == len(times):
                self.problems.append("no depth frame lies within the time range of the events")
                return
            if outside:
                self.notes.append(f"{outside} of {len(times)} depth frames lie outside the time range of the events")
                return
