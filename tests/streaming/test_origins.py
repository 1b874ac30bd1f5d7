"""Where a stream can be from, and what is missing if it can't."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data import dsec
from spikegraph.data.dsec_semantic import LabelledSequence
from spikegraph.data.events.coding import Grid
from spikegraph.data.stacks import StackSource
from spikegraph.data.unlabelled import unlabelled
from spikegraph.dsl.spec import Dataset
from spikegraph.program.program import Program
from spikegraph.streaming.arrivals import recorded
from spikegraph.streaming.cutting import Cutter, Cutting
from spikegraph.streaming.origin import Origin, origin_of
from spikegraph.streaming.plan import Wishes, cutting_of, events_of, origin_for, views_of
from spikegraph.streaming.views import Prepared, View

from ..data.dsec_files import OFFSET, Made, raw_events, write_events, write_labels, write_sequence
from ..data.events.published_files import made, write_aedat2
from ..data.events.recording_files import random_events, read, write_dat

STACK_US = 50_000

EVENTS = "dataset mine {{ source = events  {} }}"


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A sequence of DSEC without events on the boundary of two stacks, which are in neither of them in training."""
    made = write_sequence(tmp_path_factory.mktemp("dsec"), "a")
    for number, side in enumerate(("left", "right")):
        raw = raw_events(6000, 305_000, number)
        raw = raw[(raw[:, 2] % STACK_US != 0) | (np.arange(len(raw)) == 0)]
        raw[0, 2] = 0  # the first step begins here
        write_events(made.folder / "events" / side / "events.h5", raw)
    write_labels(made.folder, 7)
    return made


def test_a_sequence_of_dsec_is_stacked_and_rectified_as_in_training(sequence: Made) -> None:
    source = StackSource(dsec.open_sequence(sequence.folder.parents[1], "a"), 0.05, 5)
    origin = origin_of(sequence.folder, None, 2, None)
    assert origin.maps is not None
    grid = Grid(dsec.SENSOR, dsec.SENSOR)
    cameras = zip(("left", "right"), origin.files, origin.maps, strict=True)
    views = [View(s, k, file, Prepared("sbt", {"frames": 5}), grid, maps) for k, (s, file, maps) in enumerate(cameras)]
    steps = list(Cutter(Cutting("time", STACK_US), OFFSET).steps(recorded(origin.files)))
    for k in (1, 2, 3):
        step = steps[2 * k - 1]
        assert step.stop == sequence.times[k]
        for view in views:
            found = view.array(step)[0]
            np.testing.assert_array_equal(found, source.stack(view.name, k))
            assert np.abs(found).sum() > 300


def test_the_upper_rows_of_the_left_camera_for_segmentation(sequence: Made) -> None:
    origin = origin_of(sequence.folder, None, 1, None)
    dataset = declared("dataset dsec_semantic { frames = 5  stack = 50ms }")
    (view,) = views_of(dataset, {"film": (5, 440, 640)}, origin)
    steps = list(
        Cutter(cutting_of(events_of(dataset), dataset.name, Wishes(), whole=False), OFFSET).steps(recorded(origin.files))
    )
    expected = LabelledSequence(sequence.folder, 0.05, 5, 2).sample(6).inputs["events"]
    np.testing.assert_array_equal(np.concatenate([view.array(step) for step in steps[4:6]]), expected)


def declared(text: str) -> Dataset:
    """The data set of a spec."""
    program = Program.of_text(f"sdhs 1\n{text}\n", "a.sdhs")
    return next(iter(program.spec.datasets.values()))


def refused(*arguments, **named) -> str:
    with pytest.raises(DataError) as caught:
        origin_of(*arguments, **named)
    return str(caught.value)


def test_what_is_missing(tmp_path: Path, sequence: Made) -> None:
    dat = write_dat(tmp_path / "a.dat", random_events())
    assert refused(dat, None, 2, None) == (
        f"{dat}: the network has two cameras, and it is a recording of one "
        "(help: give that of the right camera with --right FILE, or a recording in MVSEC's layout)"
    )
    assert refused(dat, dat, 1, None) == f"{dat}: the network has one camera, so it takes no recording of a right one"
    assert "it isn't known as an event recording" in refused(tmp_path / "a.txt", None, 1, None)
    (tmp_path / "left" / "events").mkdir(parents=True)
    missing = tmp_path / "left" / "events" / "left" / "events.h5"
    assert refused(tmp_path / "left", None, 1, None).startswith(
        f"{missing}: it isn't a sequence in DSEC's layout: this file is missing"
    )
    (sequence.folder / "events" / "right" / "rectify_map.h5").rename(tmp_path / "map.h5")
    try:
        assert "the rectification map is missing" in refused(sequence.folder, None, 2, None)
    finally:
        (tmp_path / "map.h5").rename(sequence.folder / "events" / "right" / "rectify_map.h5")


def test_two_files_are_two_cameras(tmp_path: Path) -> None:
    left, right = (write_dat(tmp_path / f"{k}.dat", random_events(seed=k)) for k in range(2))
    origin = origin_of(left, right, 2, (48, 64))
    assert (origin.sensor, origin.maps, len(origin.files)) == ((48, 64), None, 2)
    camera = np.concatenate([arrived.camera for arrived in recorded(origin.files)])
    assert np.bincount(camera).tolist() == [3000, 3000]


def counted(shape: tuple[int, int], x: np.ndarray, y: np.ndarray, on: np.ndarray) -> np.ndarray:
    """The number of events of each pixel, where the light increased and where it decreased."""
    found = np.zeros((2, *shape), int)
    for column, row, up in zip(x.tolist(), y.tolist(), on.tolist(), strict=True):
        found[0 if up else 1, row, column] += 1
    return found


def streamed(dataset: Dataset, recording: Path) -> np.ndarray:
    """The sum of the steps of a stream."""
    origin = origin_for(dataset, recording, None, None)
    (view,) = views_of(dataset, {"film": (2, 1, 1)}, origin)
    steps = Cutter(Cutting("time", STACK_US)).steps(recorded(origin.files))
    return np.sum([view.array(step)[0] for step in steps], axis=0)


def test_a_recording_of_cifar10_dvs_lies_on_its_side(tmp_path: Path) -> None:
    x, y, t, on = made(3, 300, 128, 128)
    dataset = declared("dataset cifar10_dvs { steps = 2 }")
    for name, (column, row) in {"cifar10_cat_7.aedat": (x, y), "other.aedat": (y, x)}.items():
        write_aedat2(tmp_path / name, x, y, t, on)
        expected = counted((128, 128), column, row, on)
        if name == "other.aedat":
            expected = counted((128, 128), *read(tmp_path / name)[:2], on)
            assert (expected != counted((128, 128), x, y, on)).any()
        np.testing.assert_array_equal(streamed(dataset, tmp_path / name), expected)
        (sample,) = unlabelled(dataset, tmp_path / name, 2)
        np.testing.assert_array_equal(sample.inputs["events"].sum(0), expected)


@pytest.mark.parametrize("text", ["dataset n_cars { size = [50, 60] }", EVENTS.format("sensor = [100, 120]  size = [50, 60]")])
def test_the_sensor_is_the_data_set_s_also_where_a_file_tells_another(tmp_path: Path, text: str) -> None:
    events = random_events(size=(48, 64))
    path = write_dat(tmp_path / "obj_1_td.dat", events, lines="% Height 60\n% Width 80\n")
    expected = counted((50, 60), events.x // 2, events.y // 2, events.on)
    np.testing.assert_array_equal(streamed(declared(text), path), expected)


def test_a_network_of_events_as_recorded_gets_them_so_from_a_sequence_of_dsec(sequence: Made) -> None:
    dataset = declared(EVENTS.format("size = [48, 64]"))
    events = read(sequence.folder / "events" / "left" / "events.h5")
    np.testing.assert_array_equal(
        streamed(dataset, sequence.folder), counted((48, 64), events.x // 10, events.y // 10, events.on)
    )
    recording = sequence.folder / "events" / "left" / "events.h5"
    with pytest.raises(DataError) as caught:
        next(unlabelled(declared("dataset dsec_semantic { }"), recording, 5))
    assert str(caught.value) == (
        f"{recording}: the network takes rectified events, for which a recording has no map "
        "(help: use `spikegraph stream RUN SEQUENCE`)"
    )


def test_a_file_alone_is_rectified_by_the_map_beside_it(sequence: Made, tmp_path: Path) -> None:
    recording = sequence.folder / "events" / "left" / "events.h5"
    whole, alone = (origin_of(path, None, 1, None) for path in (sequence.folder, recording))
    assert whole.maps is not None
    assert alone.maps is not None
    np.testing.assert_array_equal(alone.maps[0].x, whole.maps[0].x)
    assert (alone.sensor, alone.notes) == (dsec.SENSOR, ())
    shutil.copy(recording, tmp_path / "events.h5")
    unknown = "no rectification maps found; assuming that the events are rectified"
    for name in ("events.h5", "a.dat"):
        found = origin_of(write_dat(tmp_path / "a.dat", random_events()).with_name(name), None, 1, None)
        assert (found.maps, found.notes) == (None, (unknown,))
    assert origin_of(tmp_path / "a.dat", None, 1, None, rectified=False).notes == ()


def test_a_sensor_of_another_size_than_the_maps(sequence: Made) -> None:
    assert "`rectify_map` has the shape" in refused(sequence.folder, None, 2, (100, 100))


@pytest.mark.parametrize(
    ("text", "wishes", "whole", "expected"),
    [
        (EVENTS.format("steps = 4  duration = 1s"), Wishes(), True, Cutting("time", 1_000_000, 4, restart=4)),
        (EVENTS.format("steps = 4  duration = 1s"), Wishes(restart=0), True, Cutting("time", 1_000_000, 4)),
        (EVENTS.format("steps = 4"), Wishes(step_us=3_000_000), False, Cutting("time", 3_000_000, gap=3_000_000)),
        (EVENTS.format("slices = count"), Wishes(step_events=9, gap_us=5, wait_us=7), True, Cutting("count", 9, 1, 5, 7, 8)),
        ("dataset mvsec { stack = 20ms }", Wishes(restart=9), False, Cutting("time", 20_000, restart=9)),
    ],
)
def test_steps_are_cut_as_the_data_set_says(text: str, wishes: Wishes, whole: bool, expected: Cutting) -> None:
    dataset = declared(text)
    assert cutting_of(events_of(dataset), dataset.name, wishes, whole=whole) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            EVENTS.format("steps = 4"),
            "each recording of `mine` was divided into 4 steps of equal length, so no length follows "
            "(help: give one with --step, such as --step 50ms)",
        ),
        (
            EVENTS.format("slices = count"),
            "each recording of `mine` was divided into 8 steps of equally many events, so no number follows "
            "(help: give one with --step, such as --step 2000)",
        ),
        (
            "dataset cifar10 { }",
            "the network was trained on samples of `cifar10`, which aren't recordings of events "
            "(help: stream takes networks for stereo, or for data sets with an encoding of events)",
        ),
    ],
)
def test_what_the_data_set_does_not_tell(text: str, message: str) -> None:
    dataset = declared(text)
    with pytest.raises(DataError) as caught:
        cutting_of(events_of(dataset), dataset.name, Wishes(), whole=True)
    assert str(caught.value) == message


def test_a_pipe_needs_the_size_of_the_sensor() -> None:
    with pytest.raises(DataError) as caught:
        views_of(declared(EVENTS.format("")), {"film": (2, 8, 8)}, origin_of(Path("-"), None, 1, None))
    assert str(caught.value) == (
        "-: nothing tells the size of the sensor (help: give its height and width, such as --sensor 260x346)"
    )
    assert isinstance(origin_of(Path("-"), None, 2, (9, 9)), Origin)
