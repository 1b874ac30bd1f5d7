"""Sequences in DSEC's layout: windows, rectification and truths against what was written."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.camera_events import CameraEvents
from spikegraph.data.chunks import Rows
from spikegraph.data.dsec import Recording, open_sequence, sequence_names
from spikegraph.data.sets import data_sets
from spikegraph.data.stacks import StackSource

from .conftest import declaration, recorded, truths
from .dsec_files import HEIGHT, OFFSET, PERIOD, WIDTH, raw_events, write_events, write_sequence

NAME = "zurich_city_11_a"
SPLIT = {"source": "dsec", "train": "[a]", "validation": "[b]", "test": "[c]", "every": 1}

PACKED = [
    pytest.param({}, id="plain"),
    pytest.param({"compression": "gzip", "shuffle": True}, id="gzip"),
    pytest.param(dict(hdf5plugin.Blosc(cname="zstd", clevel=5, shuffle=1)), id="blosc"),
    pytest.param(dict(hdf5plugin.Zstd()), id="zstd"),
    pytest.param(dict(hdf5plugin.LZ4(nbytes=700)), id="lz4"),
]


def in_loop(made: Any, side: str, start: float, end: float) -> list[tuple[int, int, float, int]]:
    """The events of a window, one by one."""
    found = []
    for x, y, t, p in made.events[side].tolist():
        if start * 1e6 < t < end * 1e6:
            column, row = (round(float(v)) for v in made.maps[side][y, x])
            if 0 <= column < WIDTH and 0 <= row < HEIGHT:
                found.append((column, row, t / 1e6, 1 if p else -1))
    return found


@pytest.mark.parametrize("how", PACKED)
def test_windows_are_those_of_a_loop_over_all_events(tmp_path: Path, how: Mapping[str, Any]) -> None:
    made = write_sequence(tmp_path, NAME, how=how)
    recording = open_sequence(tmp_path, NAME)
    begin = OFFSET / 1e6
    windows = [(0.05, 0.1), (0.1, 0.1005), (0.0, 0.02), (-1, 0.003), (0.30, 9), (9, 10), (0.1234561, 0.1234569), (0.2, 0.2)]
    some = 0
    for side in ("left", "right"):
        for start, end in windows:
            events = recording.events(side, begin + start, begin + end)
            wanted = in_loop(made, side, begin + start, begin + end)
            assert list(zip(*(column.tolist() for column in events), strict=True)) == wanted
            some += len(wanted)
    assert some > 1000
    recording.close()


def test_a_window_excludes_its_ends(tmp_path: Path) -> None:
    made = write_sequence(tmp_path, NAME)
    recording = open_sequence(tmp_path, NAME)
    t = made.events["left"][:, 2]
    first, last = int(t[1000]), int(t[1200])
    inside = recording.events("left", first / 1e6, last / 1e6).t
    wanted = [v / 1e6 for x, y, v, p in made.events["left"].tolist() if first < v < last and moved_inside(made, x, y)]
    assert inside.tolist() == wanted


def moved_inside(made: Any, x: int, y: int) -> bool:
    column, row = np.rint(made.maps["left"][y, x])
    return bool(0 <= column < WIDTH and 0 <= row < HEIGHT)


def test_rectification_drops_what_leaves_the_frame(tmp_path: Path) -> None:
    made = write_sequence(tmp_path, NAME)
    recording = open_sequence(tmp_path, NAME)
    everything = recording.events("right", 0, 1e9)
    assert 0 < len(everything.x) < 6000
    assert len(everything.x) == len(in_loop(made, "right", 0, 1e9))
    assert (everything.x.min(), everything.y.min()) == (0, 0) or everything.y.max() == HEIGHT - 1


def test_stacks_are_those_of_a_loop(tmp_path: Path) -> None:
    made = write_sequence(tmp_path, NAME)
    source = StackSource(open_sequence(tmp_path, NAME), 0.1, 4)
    assert len(source) == 4
    for side in ("left", "right"):
        end = int(made.times[2])
        sums = np.zeros((4, HEIGHT, WIDTH), int)
        for column, row, t, p in in_loop(made, side, (end - 100_000) / 1e6, end / 1e6):
            sums[int((round(t * 1e6) - end + 100_000) // 25_000), row, column] += p
        np.testing.assert_array_equal(source.stack(side, 2), np.sign(sums))
    assert not source.stack("left", 0).any()  # before the first disparity there are no events


def test_the_last_events(tmp_path: Path) -> None:
    made = write_sequence(tmp_path, NAME)
    recording = open_sequence(tmp_path, NAME)
    end = float(made.times[1]) / 1e6
    before = [event for event in made.events["left"].tolist() if event[2] < made.times[1]][-100:]
    kept = [event for event in before if moved_inside(made, event[0], event[1])]
    last = recording.last_events("left", end, 100)
    assert (last.t * 1e6).round().tolist() == [event[2] for event in kept]
    assert last.p.tolist() == [2 * event[3] - 1 for event in kept]


def test_truths_are_the_values_of_the_images(tmp_path: Path) -> None:
    made = write_sequence(tmp_path, NAME)
    recording = open_sequence(tmp_path, NAME)
    assert (recording.truth_times * 1e6).round().tolist() == made.times.tolist()
    assert list(recording.frames) == [1, 2, 3]
    for k in range(4):
        truth = recording.disparity(k)
        assert truth.dtype == np.float32
        wanted = [[v / 256 if v else float("inf") for v in row] for row in made.stored[k].tolist()]
        assert truth.tolist() == wanted
    with pytest.raises(DataError, match="there is no disparity 4; there are 4"):
        recording.disparity(4)


def test_a_file_without_an_offset(tmp_path: Path) -> None:
    raw = raw_events(500, 50_000, 1)
    write_events(tmp_path / "events.h5", raw, t_offset=None)
    camera = CameraEvents(tmp_path / "events.h5", "left events", (HEIGHT, WIDTH))
    assert camera.between(10_000, 20_000).t.tolist() == [t for t in raw[:, 2].tolist() if 10_000 <= t < 20_000]


def test_an_index_that_ends_early_is_only_slower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events after the index are searched by halves."""
    monkeypatch.setattr("spikegraph.data.camera_events.BLOCK", 10)
    raw = raw_events(5000, 80_000, 1)
    write_events(tmp_path / "events.h5", raw, ms_to_idx=np.array([0, int((raw[:, 2] < 1000).sum())], np.uint64))
    camera = CameraEvents(tmp_path / "events.h5", "left events", (HEIGHT, WIDTH))
    for time in (0, 500, 1500, 40_000, 79_999, 90_000):
        assert camera.row(OFFSET + time) == sum(t < time for t in raw[:, 2].tolist())


def test_a_recording_goes_to_another_process(tmp_path: Path) -> None:
    write_sequence(tmp_path, NAME)
    recording = open_sequence(tmp_path, NAME)
    copy = pickle.loads(pickle.dumps(recording))
    np.testing.assert_array_equal(copy.events("left", 0, 1e9).t, recording.events("left", 0, 1e9).t)


def peak(recording: Recording) -> tuple[int, int]:
    """Bytes that reading the window before the third disparity needs at most, and the rows that it reads."""
    read = 0
    call = Rows.__call__

    def counted(self: Rows, first: int, last: int) -> Any:
        nonlocal read
        read += last - first
        return call(self, first, last)

    recording.events("left", 0, 1e-6)  # opens the file
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rows, "__call__", counted)
        end = float(recording.truth_times[2])
        tracemalloc.start()
        events = recording.events("left", end - 0.05, end)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(events.t) > 500
    return most, read


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """The same rate of events for 0.3 s and for 6 s."""
    how = dict(hdf5plugin.Blosc(cname="zstd"))
    found = []
    for name, disparities in (("short", 4), ("long", 61)):
        write_sequence(tmp_path, name, disparities=disparities, count=20_000 * (disparities - 1), how=how)
        recording = open_sequence(tmp_path, name)
        assert len(recording.cameras["left"]) == 20_000 * (disparities - 1)
        found.append(peak(recording))
    (short, few), (long, many) = found
    assert few < 4 * 11_000
    assert many < 1.1 * few
    assert long < 1.1 * short


def test_the_parts_of_a_data_set(tmp_path: Path) -> None:
    for name, disparities in (("a", 8), ("b", 4), ("c", 6), ("unused", 3)):
        write_sequence(tmp_path, name, disparities=disparities, count=300)
    assert sequence_names(tmp_path) == ["a", "b", "c", "unused"]
    sets = data_sets(declaration(**SPLIT, steps=2, burn_in=1), tmp_path, seed=0)
    assert set(recorded(sets.train).recordings) == {"a", "b", "c"}
    assert [(w.recording, w.first) for w in recorded(sets.train).windows] == [("a", 1), ("a", 3), ("a", 5)]
    assert [(w.recording, w.first, w.labelled) for w in recorded(sets.validation).windows] == [
        ("b", 1, (True, True)),
        ("b", 2, (False, True)),
    ]
    assert [name for name, _, _ in truths(sets.test)] == ["c"] * 5
    assert sets.source == f"DSEC, sequences: 1 for train, 1 for validation, 1 for test ({tmp_path})"
    sample = sets.train.sample(0)
    assert sample.inputs["left"].shape == (3, 5, HEIGHT, WIDTH)
    assert sample.target.shape == (2, HEIGHT, WIDTH)
    sparse = data_sets(declaration(**SPLIT | {"every": 3}, steps=2), tmp_path, seed=0)
    assert [k for _, k, _ in truths(sparse.test)] == [3]
    assert [(w.recording, w.first) for w in recorded(sparse.train).windows] == [("a", 1), ("a", 3), ("a", 5)]


def test_the_default_split_has_each_public_sequence_once() -> None:
    dataset = declaration(source="dsec")
    parts = (dataset.train, dataset.validation, dataset.test)
    assert [len(part) for part in parts] == [28, 3, 10]
    names = sorted(name for part in parts for name in part)
    assert len(set(names)) == 41
    drives = {"interlaken_00": "cdefg", "thun_00": "a", "zurich_city_00": "ab", "zurich_city_01": "abcdef"}
    drives |= {"zurich_city_02": "abcde", "zurich_city_03": "a", "zurich_city_04": "abcdef", "zurich_city_05": "ab"}
    drives |= {"zurich_city_06": "a", "zurich_city_07": "a", "zurich_city_08": "a", "zurich_city_09": "abcde"}
    drives |= {"zurich_city_10": "ab", "zurich_city_11": "abc"}
    assert names == sorted(f"{drive}_{part}" for drive, parts in drives.items() for part in parts)


def test_the_hash_of_a_sequence_sees_its_files(tmp_path: Path) -> None:
    for name in "abc":
        write_sequence(tmp_path, name, count=300)

    def hashed() -> str:
        return data_sets(declaration(**SPLIT, steps=1), tmp_path, seed=0).sha256

    first = hashed()
    assert hashed() == first
    with h5py.File(tmp_path / "train/a/events/left/events.h5", "a") as file:
        file["events/p"][3] = 1 - file["events/p"][3]
    second = hashed()
    (tmp_path / "train/b/disparity/event/000002.png").write_bytes(
        (tmp_path / "train/b/disparity/event/000004.png").read_bytes()
    )
    assert len({first, second, hashed()}) == 3


def test_every_period_is_a_tenth_of_a_second(tmp_path: Path) -> None:
    write_sequence(tmp_path, NAME)
    assert np.diff(open_sequence(tmp_path, NAME).truth_times) == pytest.approx(PERIOD / 1e6)
