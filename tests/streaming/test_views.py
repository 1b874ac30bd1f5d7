"""What the network gets of a stream: the same arrays as of a sample that is encoded as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.coding import Grid
from spikegraph.data.events.recordings import Held
from spikegraph.data.mvsec import open_recording
from spikegraph.data.recorded_images import RecordedImages
from spikegraph.data.stacks import StackSource
from spikegraph.streaming.arrivals import recorded
from spikegraph.streaming.cutting import Cutter, Cutting
from spikegraph.streaming.images import ImageView, begin_of
from spikegraph.streaming.origin import origin_of
from spikegraph.streaming.results import Result
from spikegraph.streaming.running import Counted, run
from spikegraph.streaming.views import Prepared, View, inputs_of

from ..data.events.brute_force import encoded
from .stream_helpers import chunks

SENSOR, SIZE = (6, 8), (3, 4)
STEPS, DURATION = 3, 100_000  # a step ends between two microseconds

ENCODINGS: list[tuple[str, dict[str, Any]]] = [
    ("counts", {}),
    ("raw", {"frames": 3}),
    ("sbt", {"frames": 2}),
    ("voxel_grid", {"bins": 5}),
    ("time_surface", {"tau": 0.02}),
]


def windows(count: int, seed: int = 0) -> list[Block]:
    """The events of samples that follow each other; each begins with one."""
    random = np.random.default_rng(seed)
    found: list[Block] = []
    for k in range(count):
        t = np.sort(random.integers(0, DURATION, 200))
        t[0] = 0
        on = random.random(200) < 0.6
        found.append(Block(random.integers(0, SENSOR[1], 200), random.integers(0, SENSOR[0], 200), t + k * DURATION, on))
    return found


def whole(parts: list[Block]) -> Block:
    return Block(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


@pytest.mark.parametrize(("name", "parameters"), ENCODINGS, ids=str)
@pytest.mark.parametrize("size", [SENSOR, SIZE])
def test_steps_of_equal_length(name: str, parameters: dict[str, Any], size: tuple[int, int]) -> None:
    parts = windows(4)
    view = View("film", 0, Held(Path("a.dat"), parts[0]), Prepared(name, parameters), Grid(SENSOR, size))
    cutter = Cutter(Cutting("time", DURATION, STEPS, wait=0, restart=STEPS))
    found = np.concatenate([view.array(step) for step in cutter.steps(chunks(whole(parts), [37]))])
    for k, part in enumerate(parts):
        expected = encoded(name, part, STEPS, SENSOR, size=size, duration=DURATION, **parameters)
        np.testing.assert_allclose(found[k * STEPS :][:STEPS], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "parameters"), ENCODINGS, ids=str)
def test_a_short_recording_has_the_steps_of_a_sample(name: str, parameters: dict[str, Any]) -> None:
    (part,) = windows(1)
    part = part.where(part.t < DURATION // STEPS)
    view = View("film", 0, Held(Path("a.dat"), part), Prepared(name, parameters), Grid(SENSOR, SENSOR))
    cutter = Cutter(Cutting("time", DURATION, STEPS, restart=STEPS))
    found = np.concatenate([view.array(step) for step in cutter.steps(chunks(part, [37]))])
    expected = encoded(name, part, STEPS, SENSOR, duration=DURATION, **parameters)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "parameters"), ENCODINGS, ids=str)
def test_steps_of_equally_many_events(name: str, parameters: dict[str, Any]) -> None:
    parts = windows(3)
    view = View("film", 0, Held(Path("a.dat"), parts[0]), Prepared(name, parameters), Grid(SENSOR, SENSOR))
    cutter = Cutter(Cutting("count", 50, restart=4))
    found = np.concatenate([view.array(step) for step in cutter.steps(chunks(whole(parts), [37]))])
    for k, part in enumerate(parts):
        expected = encoded(name, part, 4, SENSOR, by="count", **parameters)
        np.testing.assert_allclose(found[4 * k :][:4], expected, rtol=1e-5, atol=1e-6)


def test_an_event_outside_the_sensor() -> None:
    event = Block(np.array([8]), np.array([0]), np.array([0]), np.array([True]))
    view = View("film", 0, Held(Path("a.dat"), event), Prepared("counts"), Grid(SENSOR, SENSOR))
    with pytest.raises(DataError) as caught:
        view.array(next(Cutter(Cutting("time", 100)).steps(chunks(event, [1]))))
    assert caught.value.message == "a.dat: an event is at x = 8, y = 0, outside the 8 x 6 sensor"


@pytest.fixture(scope="module")
def mvsec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of two cameras in MVSEC's layout with maps that move some events out of the frame."""
    folder, random = tmp_path_factory.mktemp("mvsec"), np.random.default_rng(0)
    with h5py.File(folder / "road1_data.hdf5", "w") as file:
        for side, count in (("left", 9000), ("right", 7000)):
            # Events on the boundary of two stacks are in neither of them, but in the later one of a stream.
            inside = np.delete(np.arange(600_000), slice(None, None, 50_000))
            t = 1.5e9 + np.sort(random.choice(inside, count, False)) / 1e6
            table = [random.integers(0, 346, count), random.integers(0, 260, count), t, random.choice([-1, 1], count)]
            file[f"davis/{side}/events"] = np.stack(table, axis=1)
    with h5py.File(folder / "road1_gt.hdf5", "w") as file:
        file["davis/left/depth_image_rect"] = np.full((4, 260, 346), 5, np.float32)
        file["davis/left/depth_image_rect_ts"] = 1.5e9 + 0.2 + 0.05 * np.arange(4)
    grid = np.meshgrid(np.arange(346), np.arange(260))
    for side, shift in (("left", 3.4), ("right", -2.4)):
        for axis, pixels in zip("xy", grid, strict=True):
            np.savetxt(folder / f"road_{side}_{axis}_map.txt", pixels + shift, fmt="%.1f")
    return folder / "road1_data.hdf5"


def test_stereo_is_stacked_and_rectified_as_in_training(mvsec: Path) -> None:
    source = StackSource(open_recording(mvsec.parent, "road1"), 0.05, 5)
    origin = origin_of(mvsec, None, 2, None)
    assert origin.sensor == (260, 346)
    assert origin.maps is not None
    grid = Grid(origin.sensor, origin.sensor)
    cameras = zip(("left", "right"), origin.files, origin.maps, strict=True)
    views = [View(s, k, file, Prepared("sbt", {"frames": 5}), grid, maps) for k, (s, file, maps) in enumerate(cameras)]
    start = round((source.end_time(-2) - 0.05) * 1e6)
    steps = list(Cutter(Cutting("time", 50_000), start).steps(recorded(origin.files)))
    for k, step in zip(range(-2, 4), steps, strict=False):
        assert step.stop == round(source.end_time(k) * 1e6)
        for view in views:
            np.testing.assert_array_equal(view.array(step)[0], source.stack(view.name, k))
    assert np.abs(views[0].array(steps[3])).sum() > 500


def test_the_cameras_of_two_files_come_in_the_order_of_time(mvsec: Path) -> None:
    both = list(recorded(origin_of(mvsec, None, 2, None).files))
    t = np.concatenate([arrived.events.t for arrived in both])
    camera = np.concatenate([arrived.camera for arrived in both])
    assert (np.diff(t) >= 0).all()
    with h5py.File(mvsec) as file:
        for number, side in enumerate(("left", "right")):
            expected = np.rint(file[f"davis/{side}/events"][:, 2] * 1e6).astype(np.int64)
            np.testing.assert_array_equal(t[camera == number], expected)


def test_a_stream_with_images_begins_when_each_camera_has_one(tmp_path: Path) -> None:
    path, views = tmp_path / "a_data.hdf5", list[ImageView]()
    with h5py.File(path, "w") as file:
        for side, first in (("left", 5.0), ("right", 5.25)):
            file[f"davis/{side}/image_raw"] = np.zeros((2, 3, 4), np.uint8)
            file[f"davis/{side}/image_raw_ts"] = [first, first + 0.04]
        for side in ("left", "right"):
            images = RecordedImages(lambda: file, path, side, (3, 4), 0.1)
            views.append(ImageView(f"frame_{side}", images, Prepared("counts")))
        assert begin_of(views) == 5_250_000
        assert begin_of(views[:1]) == 5_000_000
        assert begin_of([]) is None


class Network:
    """Gives how many steps it has run since it began anew."""

    def restart(self) -> None:
        self.steps = 0

    def step(self, inputs: Any) -> Any:
        self.steps += 1
        return {"steps": np.array([self.steps], np.float32)}


def test_steps_whose_image_is_too_old_are_left_out(tmp_path: Path) -> None:
    results: list[Result] = []
    with h5py.File(tmp_path / "a_data.hdf5", "w") as file:
        file["davis/left/image_raw"] = np.zeros((4, *SENSOR), np.uint8)
        file["davis/left/image_raw_ts"] = [0.0, 0.1, 0.5, 0.6]
        images = RecordedImages(lambda: file, tmp_path / "a_data.hdf5", "left", SENSOR, 0.1)
        cutter, counted = Cutter(Cutting("time", 100_000, wait=0), start=0), Counted()
        t = np.arange(0, 900_000, 50_000)
        sent = Block(np.zeros_like(t), np.zeros_like(t), t, t > 0)
        make = inputs_of([ImageView("frame", images, Prepared("counts"))])
        run(cutter, chunks(sent, [3]), make, Network(), [results.append], counted)
    # Steps end at 0.1 to 0.9 s. Those at 0.3 and 0.4 s, and from 0.8 s on, have no image of 0.1 s.
    found = [(r.step.number, r.step.sequence, r.step.index, r.step.start, r.outputs["steps"].item()) for r in results]
    assert found == [
        (0, 0, 0, 0, 1),
        (1, 0, 1, 100_000, 2),
        (2, 1, 0, 400_000, 1),
        (3, 1, 1, 500_000, 2),
        (4, 1, 2, 600_000, 3),
    ]
    assert (counted.steps, counted.sequences, counted.without_image, counted.ended) == (5, 2, 4, "end")
