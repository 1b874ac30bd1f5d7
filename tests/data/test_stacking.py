from __future__ import annotations

import math
from pathlib import Path

import h5py
import numpy as np
import pytest

from spikegraph.data.stacking import stack, time_tolerance

from .conftest import BEGIN, HEIGHT, WIDTH

VECTORS = Path(__file__).parents[1] / "vectors" / "equations.npz"


def test_vectors_are_exact() -> None:
    with np.load(VECTORS) as vectors:
        x, y, t, p = vectors["sbt/events"].T
        expected = vectors["sbt/frames"]
    made = stack(x, y, t, p, start=0.0, duration=0.05, frames=5, height=6, width=8)
    assert made.dtype == np.int8
    np.testing.assert_array_equal(made, expected)


def test_a_recording_as_a_plain_loop_stacks_it(short_sample: Path) -> None:
    with h5py.File(short_sample / "sample_data.hdf5") as file:
        x, y, t, p = file["davis/left/events"][:].T
    start, frame_us = BEGIN + 1, 10_000
    t_us = np.rint((t - start) * 1e6).astype(np.int64)
    made = stack(x, y, t, p, start=start, duration=0.05, frames=5, height=HEIGHT, width=WIDTH)
    expected = np.zeros((5, HEIGHT, WIDTH), dtype=np.int64)
    inside = 0
    for column, row, time, polarity in zip(x.astype(int), y.astype(int), t_us.tolist(), p.tolist(), strict=True):
        frame = time // frame_us
        if 0 <= frame < 5:
            expected[frame, row, column] += polarity
            inside += 1
    assert inside > 1000
    assert min((expected > 0).sum(), (expected < 0).sum()) > 100
    np.testing.assert_array_equal(made, np.sign(expected))


@pytest.mark.parametrize("start", [0.0, 12.345678, 1.5e9])
@pytest.mark.parametrize("frames", [1, 3, 5, 7])
def test_an_event_on_a_boundary_belongs_to_the_later_frame(start: float, frames: int) -> None:
    for i in range(frames + 1):
        made = stack([1], [2], [start + i * 0.05 / frames], [1], start=start, duration=0.05, frames=frames, height=4, width=4)
        assert made.sum() == (1 if i < frames else 0)
        if i < frames:
            assert made[i, 2, 1] == 1


def test_a_microsecond_before_a_boundary_is_the_earlier_frame_in_absolute_time() -> None:
    start = 1_504_645_177.412345
    made = stack([0], [0], [start + 0.01 - 1e-6], [-1], start=start, duration=0.05, frames=5, height=1, width=1)
    assert made.ravel().tolist() == [-1, 0, 0, 0, 0]
    assert time_tolerance(start) < 1e-6


def test_the_sign_of_the_sum_and_not_the_last_event() -> None:
    made = stack([0, 0, 0, 1, 1], [0] * 5, [0.001] * 5, [1, 1, -1, 1, -1], start=0, duration=0.05, frames=1, height=1, width=2)
    assert made.tolist() == [[[1, 0]]]


def test_events_need_not_be_sorted() -> None:
    random = np.random.default_rng(5)
    x, y, t = random.integers(8, size=300), random.integers(6, size=300), random.uniform(0, 0.05, 300)
    p = random.integers(2, size=300) * 2 - 1
    order = random.permutation(300)
    size = {"start": 0.0, "duration": 0.05, "frames": 5, "height": 6, "width": 8}
    np.testing.assert_array_equal(stack(x, y, t, p, **size), stack(x[order], y[order], t[order], p[order], **size))


def test_no_event_gives_zeros() -> None:
    made = stack([], [], [], [], start=3.0, duration=0.05, frames=2, height=3, width=4)
    assert made.shape == (2, 3, 4)
    assert not made.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": 0}, "frames 0, duration 0.05 s and size 2 x 2 must be positive"),
        ({"duration": -1.0}, "duration -1.0 s"),
        ({"x": [0, 1]}, "the same length"),
        ({"x": [2]}, "outside the 2 x 2 frame"),
        ({"y": [-1]}, "outside the 2 x 2 frame"),
    ],
)
def test_wrong_arguments(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"x": [0], "y": [0], "t": [0.01], "p": [1], "start": 0.0, "duration": 0.05}
    arguments |= {"frames": 5, "height": 2, "width": 2} | change
    with pytest.raises(ValueError, match=message):
        stack(**arguments)  # pyright: ignore[reportArgumentType]
    assert math.isfinite(time_tolerance(0.0))
