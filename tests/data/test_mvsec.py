from __future__ import annotations

import multiprocessing
import pickle
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.data import mvsec, sorted_rows
from spikegraph.data.mvsec import Recording, open_recording, recording_names
from spikegraph.data.stacks import StackSource

from .conftest import BEGIN, HEIGHT, WIDTH, Writer, events


def test_reads_what_was_written(write_recording: Writer) -> None:
    folder = write_recording("corridor2", frames=4)
    with open_recording(folder, "corridor2") as recording, h5py.File(folder / "corridor2_data.hdf5") as file:
        table = file["davis/right/events"][:]
        start, end = BEGIN + 0.05, BEGIN + 0.1
        inside = table[(table[:, 2] > start) & (table[:, 2] < end)]
        found = recording.events("right", start, end)
        assert len(inside) > 1000
        np.testing.assert_array_equal(np.stack([found.x, found.y, found.t, found.p], axis=1), inside)
        with h5py.File(folder / "corridor2_gt.hdf5") as truth:
            np.testing.assert_array_equal(recording.depth(2), truth["davis/left/depth_image_rect"][2])
        assert len(recording.depth_times) == 4


def test_both_ends_are_strict(write_recording: Writer) -> None:
    t = BEGIN + np.array([0.0, 0.049999, 0.05, 0.050001, 0.075, 0.099999, 0.1, 0.100001])
    table = np.stack([np.arange(8.0), np.zeros(8), t, np.ones(8)], axis=1)
    folder = write_recording(frames=3, contents={"davis/left/events": table})
    with open_recording(folder, "corridor2") as recording:
        assert recording.events("left", BEGIN + 0.05, BEGIN + 0.1).x.tolist() == [3, 4, 5]
        source = StackSource(recording, 0.05, 5)
        made = source.stack("left", 1)  # the depth frame at 0.1 s
        assert made[:, 0, :8].tolist() == [
            [0, 0, 0, 1, 0, 0, 0, 0],
            [0] * 8,
            [0, 0, 0, 0, 1, 0, 0, 0],
            [0] * 8,
            [0, 0, 0, 0, 0, 1, 0, 0],
        ]


def test_missing_maps_are_reported_once(write_recording: Writer) -> None:
    with open_recording(write_recording(), "corridor2") as recording:
        assert recording.notes == ["corridor2: no rectification maps found; assuming that the events are rectified"]


@pytest.mark.parametrize(
    "place", ["corridor2_{}_{}_map.txt", "corridor_{}_{}_map.txt", "corridor_calib/corridor_{}_{}_map.txt"]
)
def test_maps_move_round_and_drop(write_recording: Writer, place: str) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    table = np.array([[10, 20, 0.01, 1], [0, 5, 0.02, 1], [345, 259, 0.03, -1]])
    table[:, 2] += BEGIN
    folder = write_recording(frames=2, contents={"davis/left/events": table})
    maps = {("left", "x"): x - 3.4, ("left", "y"): y + 0.4, ("right", "x"): x, ("right", "y"): y}
    for (side, axis), values in maps.items():
        path = folder / place.format(side, axis)
        path.parent.mkdir(exist_ok=True)
        np.savetxt(path, values, fmt="%.3f")
    with open_recording(folder, "corridor2") as recording:
        assert recording.notes == []
        found = recording.events("left", BEGIN, BEGIN + 0.05)
        assert found.x.tolist() == [7, 342]  # 6.6 and 341.6; -3.4 is out of frame
        assert found.y.tolist() == [20, 259]
        assert found.p.tolist() == [1, -1]
        assert len(recording.events("right", BEGIN, BEGIN + 0.05).x) > 1000


def test_searching_agrees_with_the_whole_table(write_recording: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_rows, "BLOCK", 64)
    table = events(1000, 0.5, 8)
    table[100:300, 2] = table[100, 2]  # many events at one time, over several blocks
    folder = write_recording(frames=10, contents={"davis/left/events": table})
    random = np.random.default_rng(1)
    with open_recording(folder, "corridor2") as recording:
        found = recording.rows("left")
        for time in [*(BEGIN + random.uniform(-0.1, 0.6, 60)), *table[::50, 2], table[100, 2], table[-1, 2]]:
            for side in ("left", "right"):
                assert found.search(time, side) == np.searchsorted(table[:, 2], time, side)
        for first, last in random.integers(0, 1001, (30, 2)):
            np.testing.assert_array_equal(found.read(int(first), int(last)), table[first:last])


def _peak(recording: Recording) -> int:
    source = StackSource(recording, 0.05, 5)
    tracemalloc.start()
    for k in range(len(source)):
        source.stack("left", k)
        source.stack("right", k)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_recording(write_recording: Writer) -> None:
    peaks: list[int] = []
    for name, frames in (("short", 10), ("long", 60)):
        count = frames * 50_000  # 10^6 events a second: 3 * 10^6 in the long one, 96 MB
        folder = write_recording(name, frames=frames, count=count)
        with open_recording(folder, name) as recording:
            peaks.append(_peak(recording))
    assert (folder / "long_data.hdf5").stat().st_size > 180e6
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 50e6


def _first_event(recording: Recording) -> float:
    return float(recording.events("left", BEGIN, BEGIN + 0.05).t[0])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # Python 3.12 and later
def test_a_recording_works_in_another_process(write_recording: Writer) -> None:
    with open_recording(write_recording(frames=2), "corridor2") as recording:
        here = _first_event(recording)
        assert _first_event(pickle.loads(pickle.dumps(recording))) == here
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply(_first_event, (recording,)) == here
        assert _first_event(recording) == here


def test_last_events(write_recording: Writer) -> None:
    with open_recording(write_recording(frames=4), "corridor2") as recording:
        end = float(recording.depth_times[1])
        every = recording.events("left", BEGIN - 1, end)
        last = recording.last_events("left", end, 500)
        np.testing.assert_array_equal(last.t, every.t[-500:])
        np.testing.assert_array_equal(recording.last_events("left", end, 10**9).t, every.t)


def test_recording_names(write_recording: Writer) -> None:
    folder = write_recording("b")
    (folder / "a_gt.hdf5").touch()
    (folder / ".b_data.hdf5").touch()
    assert recording_names(folder) == ["a", "b"]
    assert mvsec.SENSOR == (HEIGHT, WIDTH)


def test_an_empty_stretch_has_no_events(write_recording: Writer) -> None:
    with open_recording(write_recording(frames=2), "corridor2") as recording:
        assert len(recording.events("left", BEGIN + 100, BEGIN + 101).x) == 0
        assert len(recording.events("left", BEGIN - 101, BEGIN - 100).x) == 0


def test_folder_may_be_text(write_recording: Writer) -> None:
    folder = write_recording(frames=2)
    with open_recording(str(folder), "corridor2") as recording:
        assert recording.data_path == Path(folder) / "corridor2_data.hdf5"
