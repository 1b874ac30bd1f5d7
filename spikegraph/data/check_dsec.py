"""Checks a folder in DSEC's layout: reads all events, rectification maps, disparities and label maps of its sequences."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.camera_events import INDEX, MS, CameraEvents
from spikegraph.data.chunks import Rows
from spikegraph.data.coverage import Coverage
from spikegraph.data.dsec import MICROSECONDS, PARTS, SENSOR, Recording, camera, rectify_map
from spikegraph.data.dsec_report import CameraReport, SequenceReport, TruthReport
from spikegraph.data.dsec_semantic import IGNORED, LABELS, LabelledSequence
from spikegraph.data.hdf5 import reading
from spikegraph.data.problems import Checks, per_second
from spikegraph.data.rectification import SIDES, Rectification, Side

PIECE = 1 << 18
"""Events that are read at once."""

MARKS = ("events", "disparity", "semantic", "11classes")
"""Folders by which a sequence is known."""


def check_dsec(folder: Path) -> list[SequenceReport]:
    """Reads every sequence in a folder; the memory doesn't depend on the length of a sequence. Empty if there is none."""
    found = [entry for part in PARTS for entry in sorted(folder.glob(f"{part}/*")) if any((entry / m).is_dir() for m in MARKS)]
    return [_Checked(entry).report() for entry in found]


class _Checked(Checks):
    """Checks one sequence."""

    def report(self) -> SequenceReport:
        stereo = (self.folder / "disparity").is_dir()
        sides: list[Side] = [side for side in SIDES if side == "left" or stereo or (self.folder / "events" / side).is_dir()]
        maps = {side: self.of(rectify_map, self.folder, side) for side in sides}
        cameras = [self.of(self._camera, side, maps[side]) for side in sides]
        if len(sides) < len(SIDES):
            self.notes.append("no right camera, which stereo needs")
        labelled = any((self.folder / place).is_dir() for place in LABELS)
        truths = [self.of(self._disparities)] if stereo else []
        truths += [self.of(self._labels)] if labelled else []
        if not truths:
            self.notes.append("no disparities and no label maps; those of the benchmark's test sequences aren't published")
        known = tuple(one for one in cameras if one is not None), tuple(one for one in truths if one is not None)
        for truth in known[1]:
            self._cover(truth, known[0])
        name = f"{self.folder.parent.name}/{self.folder.name}"
        return SequenceReport(name, *known, tuple(self.problems), tuple(self.notes))

    def _camera(self, side: Side, maps: Rectification | None) -> CameraReport:
        events = camera(self.folder, side)
        try:
            count = len(events)
            if not count:
                raise DataError("there are no events in it", events.path)
            begin, end, positive = self._events(events, count)
        finally:
            events.close()
        span = (end - begin) / MICROSECONDS
        kept = None if maps is None else 100 * float(maps.apply(*np.indices(SENSOR)[::-1].reshape(2, -1))[2].mean())
        return CameraReport(
            side, count, begin / MICROSECONDS, end / MICROSECONDS, per_second(count, span), 100 * positive / count, kept
        )

    def _events(self, events: CameraEvents, count: int) -> tuple[int, int, int]:
        """Times of the first and the last event, and the number of positive ones; the index is compared with all times."""
        index = events.index()
        held, checked, positive, begin, end = int(index.shape[0]), 0, 0, 0, -1
        for first in range(0, count, PIECE):
            piece = events.rows(first, min(count, first + PIECE))
            if first and int(piece.t[0]) < end:
                summary = f"{events.what} are not sorted by time: event {first} is earlier than the previous one"
                raise DataError(summary, events.path)
            begin, end = (begin if first else int(piece.t[0])), int(piece.t[-1])
            positive += int(piece.p.sum())
            stop = min(held, (end - events.offset) // MS + 1)
            while checked < stop:
                upto = min(stop, checked + PIECE)
                times = np.arange(checked, upto, dtype=np.int64) * MS + events.offset
                self._compare(events, checked, first + np.searchsorted(piece.t, times))
                checked = upto
        while checked < held:
            upto = min(held, checked + PIECE)
            self._compare(events, checked, np.full(upto - checked, count, np.int64))
            checked = upto
        return begin, end, positive

    def _compare(self, events: CameraEvents, first: int, wanted: NDArray[np.int64]) -> None:
        with reading(events.path, f"`{INDEX}`: values from {first} on"):
            held = Rows(events.index(), events.path)(first, first + len(wanted)).astype(np.int64)
        wrong = held != wanted
        if wrong.any():
            k = int(np.argmax(wrong))
            summary = f"`{INDEX}` has {held[k]} at {first + k} ms, but the first event that isn't earlier is {wanted[k]}"
            raise DataError(summary, events.path)

    def _disparities(self) -> TruthReport:
        recording = Recording(self.folder.name, self.folder, {})
        values = Coverage()
        for frame in range(len(recording.truth_times)):
            disparity = recording.disparity(frame)
            values.add(disparity[np.isfinite(disparity)], disparity.size)
        if values.largest is None:
            self.problems.append("disparity/event: no pixel has a disparity")
        return _report("disparities", recording.truth_times, values)

    def _labels(self) -> TruthReport:
        labelled = LabelledSequence(self.folder, 0.05, 1, 1)
        values = Coverage()
        for number in range(len(labelled.labels)):
            labels = labelled.label(number)
            values.add(labels[labels != IGNORED], labels.size)
        return _report("labels", labelled.times / MICROSECONDS, values)

    def _cover(self, truth: TruthReport, cameras: tuple[CameraReport, ...]) -> None:
        """Report truths without events before them."""
        for c in cameras:
            if truth.end_s <= c.begin_s or truth.begin_s > c.end_s:
                self.problems.append(f"no time of the {truth.kind} lies within that of the {c.side} events")


def _report(kind: str, times: NDArray[np.float64], values: Coverage) -> TruthReport:
    begin, end = float(times[0]), float(times[-1])
    rate = per_second(len(times) - 1, end - begin)
    return TruthReport(kind, len(times), begin, end, rate, values.percent, values.smallest, values.largest)
