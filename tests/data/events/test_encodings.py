"""Encodings of events, compared with loops over single events, other code, and what must hold of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.events import blocks, encodings, slicing
from spikegraph.data.events.blocks import Block
from spikegraph.data.events.coding import Coding
from spikegraph.data.events.recordings import Held
from spikegraph.data.events.slicing import Slicing
from spikegraph.data.stacking import stack
from spikegraph.dsl.schema.encodings import EVENT_ENCODINGS

from .brute_force import encoded as brute
from .recording_files import random_events

VECTORS = Path(__file__).parents[2] / "vectors" / "equations.npz"
SENSOR = (6, 8)
EVENTS = random_events(400, SENSOR, 100_000)
PARAMETERS: list[tuple[str, dict[str, Any]]] = [
    ("counts", {}),
    ("raw", {"frames": 1}),
    ("raw", {"frames": 3}),
    ("sbt", {"frames": 1}),
    ("sbt", {"frames": 5}),
    ("voxel_grid", {"bins": 1}),
    ("voxel_grid", {"bins": 2}),
    ("voxel_grid", {"bins": 5}),
    ("time_surface", {"tau": 0.02}),
]
EXACT = ("counts", "raw", "sbt")


@dataclass(frozen=True)
class Blocks:
    """Events in memory, in blocks of this size."""

    events: Block
    count: int
    path: Path = Path("memory")
    part: str = ""

    def size(self) -> tuple[int, int]:
        return SENSOR

    def blocks(self, start: int | None = None, stop: int | None = None) -> Iterator[Block]:
        for k in range(0, len(self.events.t), self.count):
            yield self.events.where(slice(k, k + self.count))


def ours(name: str, events: Block, steps: int, **how: Any) -> NDArray[Any]:
    """The same as `brute`."""
    by, duration, size = how.pop("by", "time"), how.pop("duration", None), how.pop("size", None)
    return Coding(name, Slicing(steps, by, duration), SENSOR, size, how).encoded(Held(Path("memory"), events))


def require_equal(name: str, made: NDArray[Any], expected: NDArray[Any]) -> None:
    assert made.shape == expected.shape
    if name in EXACT:
        np.testing.assert_array_equal(made, expected)
    else:
        np.testing.assert_allclose(made, expected, rtol=1e-5, atol=1e-6)


def test_every_encoding_is_compared() -> None:
    assert {name for name, _ in PARAMETERS} == set(EVENT_ENCODINGS)


@pytest.mark.parametrize("by", ["time", "count"])
@pytest.mark.parametrize("steps", [1, 7, 16])
@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
def test_as_a_loop_over_single_events(name: str, parameters: dict[str, Any], steps: int, by: str) -> None:
    expected = brute(name, EVENTS, steps, SENSOR, by=by, **parameters)
    made = ours(name, EVENTS, steps, by=by, **parameters)
    require_equal(name, made, expected)
    assert np.count_nonzero(made) > 30


@pytest.mark.parametrize("duration", [1, 999, 40_000, 99_000, 250_000])
@pytest.mark.parametrize("by", ["time", "count"])
@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
def test_a_duration(name: str, parameters: dict[str, Any], by: str, duration: int) -> None:
    """Shorter and longer than the recording; then the last steps have no events."""
    how: dict[str, Any] = {"by": by, "duration": duration, **parameters}
    require_equal(name, ours(name, EVENTS, 5, **how), brute(name, EVENTS, 5, SENSOR, **how))


@pytest.mark.parametrize("size", [(3, 4), (4, 5), (1, 1), (6, 3)])
@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
def test_pixels_are_joined(name: str, parameters: dict[str, Any], size: tuple[int, int]) -> None:
    require_equal(name, ours(name, EVENTS, 4, size=size, **parameters), brute(name, EVENTS, 4, SENSOR, size=size, **parameters))


@pytest.mark.parametrize("duration", [None, 40_000])
@pytest.mark.parametrize("by", ["time", "count"])
@pytest.mark.parametrize("count", [1, 37, 400])
@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
def test_several_blocks_as_one(
    name: str, parameters: dict[str, Any], count: int, by: Any, duration: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where pieces are small, and where the recording is read twice."""
    how: dict[str, Any] = {"by": by, "duration": duration, **parameters}
    expected = ours(name, EVENTS, 5, **how)
    coding = Coding(name, Slicing(5, by, duration), None, None, parameters)
    for kept, piece in ((1 << 20, 1 << 16), (10, 50), (1 << 20, 7)):
        monkeypatch.setattr(slicing, "KEPT", kept)
        monkeypatch.setattr(blocks, "PIECE", piece)
        made = coding.encoded(Blocks(EVENTS, count))
        assert made.dtype == expected.dtype
        require_equal(name, made, expected)


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS)
def test_in_time_steps_the_order_of_events_does_not_matter(name: str, parameters: dict[str, Any]) -> None:
    order = np.random.default_rng(3).permutation(400)
    for duration in (None, 30_000):
        how: dict[str, Any] = {"duration": duration, **parameters}
        require_equal(name, ours(name, EVENTS.where(order), 6, **how), ours(name, EVENTS, 6, **how))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("span", [1, 2, 9, 10, 99_991, 86_400_000_000])
def test_the_last_event_is_in_the_last_step(name: str, span: int) -> None:
    t = 1_700_000_000_000_000 + np.array([0, span - 1])
    events = Block(np.array([0, 1]), np.array([0, 0]), t, np.array([True, True]))
    made = ours(name, events, 10, **({} if name == "counts" else {"frames": 1}))
    assert made[0, 0, 0, 0] == 1
    assert made[-1 if span >= 10 else (span - 1) * 10 // span, 0, 0, 1] == 1
    assert np.count_nonzero(made) == 2


def test_a_recording_of_more_than_a_day() -> None:
    t = np.array([0, 86_400_000_001])
    with pytest.raises(DataError, match=r"which is 1\.0 days"):
        ours("counts", Block(np.zeros(2, int), np.zeros(2, int), t, np.ones(2, bool)), 4)


def test_counts_have_the_smallest_type() -> None:
    for count, kind in ((255, "u1"), (256, "u2"), (65_536, "u4")):
        one = Block(np.zeros(count, int), np.zeros(count, int), np.zeros(count, int), np.ones(count, bool))
        made = ours("counts", one, 1)
        assert made.dtype == kind
        assert made[0, 0, 0, 0] == count
        signed = ours("raw", one._replace(on=np.zeros(count, bool)), 1, frames=1)
        assert signed[0, 0, 0, 0] == -count
        assert signed.dtype.kind == "i"
        assert ours("sbt", one, 1, frames=1)[0, 0, 0, 0] == 1


def test_more_events_than_32_bits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts become wider before they are too large."""
    monkeypatch.setattr(blocks, "PIECE", 50)
    monkeypatch.setattr(encodings, "LARGEST_COUNT", 120)
    added: list[str] = []
    add = encodings._add
    monkeypatch.setattr(encodings, "_add", lambda sums, cells: added.append(sums.dtype.str) or add(sums, cells))
    np.testing.assert_array_equal(ours("counts", EVENTS, 3), brute("counts", EVENTS, 3, SENSOR))
    assert added == ["<i4"] * 2 + ["<i8"] * 6


def test_types() -> None:
    kinds = {name: ours(name, EVENTS, 3, **parameters).dtype for name, parameters in PARAMETERS}
    assert kinds == {"counts": np.uint8, "raw": np.int8, "sbt": np.int8, "voxel_grid": np.float32, "time_surface": np.float32}


def test_sbt_as_the_stacks_of_stereo_recordings() -> None:
    duration = int(EVENTS.t[-1]) + 1 - int(EVENTS.t[0])
    x, y, t, on = EVENTS
    frames = stack(x, y, t / 1e6, on * 2 - 1, start=int(t[0]) / 1e6, duration=duration / 1e6, frames=12, height=6, width=8)
    np.testing.assert_array_equal(ours("sbt", EVENTS, 4, frames=3), frames.reshape(4, 3, 6, 8))


def test_sbt_as_the_vectors_have_it() -> None:
    with np.load(VECTORS) as vectors:
        x, y, t, p = vectors["sbt/events"].T
        frames = vectors["sbt/frames"]
    times = np.rint(t * 1e6).astype(np.int64)
    # An event of no weight at the start fixes the first time: one of each polarity.
    start = Block(np.zeros(2, int), np.zeros(2, int), np.zeros(2, int), np.array([True, False]))
    events = Block(x.astype(int), y.astype(int), times, p > 0).where((times >= 0) & (times < 50_000))
    both = Block(*(np.concatenate(columns) for columns in zip(start, events, strict=True)))
    np.testing.assert_array_equal(ours("sbt", both, 1, frames=5, duration=50_000), frames[None])


def test_a_voxel_grid_by_hand() -> None:
    """Zhu et al.: three bins over 101 us have their middles at 0, 50.5 and 101 us."""
    events = Block(np.array([0, 1, 2, 3, 3]), np.zeros(5, int), np.array([0, 100, 25, 50, 50]), np.array([1, 1, 0, 1, 0], bool))
    made = ours("voxel_grid", events, 1, bins=3)[0, :, 0, :4]
    place = np.array([0, 200, 50, 100]) / 101
    expected = [[1, 0, -(1 - place[2]), 0], [0, 2 - place[1], -place[2], 0], [0, place[1] - 1, 0, 0]]
    np.testing.assert_allclose(made, expected, atol=1e-7)


def test_a_time_surface_by_hand() -> None:
    events = Block(np.array([0, 0, 1]), np.zeros(3, int), np.array([0, 20, 99]), np.array([True, True, False]))
    made = ours("time_surface", events, 2, tau=50e-6)[:, :, 0, :2]
    e = np.exp
    np.testing.assert_allclose(made[0], [[e(-30 / 50), 0], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(made[1], [[e(-80 / 50), 0], [0, e(-1 / 50)]], rtol=1e-6)


SAMPLES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(-5, 10_000), st.booleans()), min_size=1, max_size=60
)


@given(SAMPLES, st.integers(1, 12), st.sampled_from(["time", "count"]), st.none() | st.integers(1, 20_000))
def test_what_holds_for_all_events(sample: list[Any], steps: int, by: str, duration: int | None) -> None:
    x, y, t, on = (np.array(column) for column in zip(*sample, strict=True))
    if by == "count":
        t = np.sort(t)
    events = Block(x, y, t, on)
    how: dict[str, Any] = {"by": by, "duration": duration}
    used = np.ones(len(t), bool) if duration is None else t < t.min() + duration
    counts = ours("counts", events, steps, **how)
    assert counts.sum() == used.sum()
    np.testing.assert_array_equal(counts.sum((0, 2, 3)), [(used & on).sum(), (used & ~on).sum()])
    np.testing.assert_array_equal(counts, brute("counts", events, steps, SENSOR, **how))
    if by == "count":
        per_step = counts.sum((1, 2, 3))
        assert per_step.max() - per_step.min() <= 1
    raw = ours("raw", events, steps, frames=1, **how)
    np.testing.assert_array_equal(raw[:, 0], counts[:, 0].astype(int) - counts[:, 1])
    np.testing.assert_array_equal(ours("sbt", events, steps, frames=1, **how), np.sign(raw))
    # More frames or steps part the same sum.
    fine = ours("raw", events, steps, frames=3, **how)
    np.testing.assert_array_equal(fine.sum(1), raw[:, 0])
    np.testing.assert_array_equal(fine.reshape(-1, 1, *SENSOR), ours("raw", events, 3 * steps, frames=1, **how))
    grid = ours("voxel_grid", events, steps, bins=4, **how)
    np.testing.assert_allclose(grid.sum(1), raw[:, 0], atol=1e-5)
    surface = ours("time_surface", events, steps, tau=0.005, **how)
    assert surface.min() >= 0
    assert surface.max() <= 1
    np.testing.assert_array_equal(surface > 0, np.maximum.accumulate(counts, axis=0) > 0)
    require_equal("time_surface", surface, brute("time_surface", events, steps, SENSOR, tau=0.005, **how))
