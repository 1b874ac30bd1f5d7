"""Cutting a stream: the same steps as one event at a time, whatever arrives together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikegraph.base.errors import DataError
from spikegraph.streaming.cutting import Cutter, Cutting

from .stream_helpers import Slow, chunks, events

HOW = [
    Cutting("time", 100, gap=400, wait=0),
    Cutting("time", 100, gap=400, wait=30),
    Cutting("time", 100, 3, gap=150, wait=7, restart=3),
    Cutting("time", 7, 2, gap=60, wait=0, restart=1),
    Cutting("count", 5, gap=300),
    Cutting("count", 7, gap=50, restart=2),
]


def disordered(seed: int, count: int = 400) -> list[int]:
    """Time stamps that mostly ascend, some out of order, with pauses, jumps and a clock that begins again."""
    random = np.random.default_rng(seed)
    t = np.cumsum(random.integers(0, 12, count)) - random.integers(0, 40, count) * (random.random(count) < 0.2)
    for at in random.integers(0, count, 3):
        t[at:] += random.integers(-700, 900)
    t[random.integers(0, count)] += 5000  # a single stamp that is far off
    return (t + 10_000).tolist()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("how", HOW, ids=str)
def test_steps_are_those_of_one_event_at_a_time(how: Cutting, seed: int) -> None:
    t = disordered(seed)
    slow = Slow(how).cut(t)
    for sizes in ([1], [400], [3, 1, 50], [17]):
        cutter = Cutter(how)
        found = list(cutter.steps(chunks(events(t), sizes)))
        seen = [(s.sequence, s.index, s.start, s.stop, sorted(s.events.events.x.tolist())) for s in found]
        assert seen == slow.steps
        assert [s.number for s in found] == list(range(len(found)))
        assert (cutter.late, cutter.unused) == (slow.late, slow.unused)
        assert sum(s.late for s in found) <= cutter.late
    assert sum(len(step[4]) for step in slow.steps) + slow.late + slow.unused == len(t)


def test_the_random_streams_have_all_that_can_happen() -> None:
    late = unused = sequences = empty = 0
    for how in HOW:
        for seed in range(8):
            slow = Slow(how).cut(disordered(seed))
            late, unused = late + slow.late, unused + slow.unused
            sequences += slow.steps[-1][0]
            empty += sum(not chosen for *_, chosen in slow.steps)
    assert min(late, unused, sequences, empty) > 10


def test_a_pause_makes_empty_steps_and_a_gap_a_new_sequence() -> None:
    steps = list(Cutter(Cutting("time", 100, gap=1000, wait=0)).steps(chunks(events([0, 350, 3000, 3050]), [4])))
    assert [(s.sequence, s.index, s.start, s.stop, len(s.events.camera)) for s in steps] == [
        (0, 0, 0, 100, 1),
        (0, 1, 100, 200, 0),
        (0, 2, 200, 300, 0),
        (0, 3, 300, 400, 1),
        (1, 0, 3000, 3100, 2),
    ]


def test_a_step_is_closed_as_soon_as_the_time_to_wait_is_over() -> None:
    cutter = Cutter(Cutting("time", 100, wait=20))
    stream = chunks(events([0, 90, 119, 95, 120, 99]), [1])
    steps = cutter.steps(stream)
    first = next(steps)
    assert sorted(first.events.events.t.tolist()) == [0, 90, 95]
    assert next(stream).events.t.tolist() == [99]  # it has not been asked for


def test_late_events_are_counted_at_the_step_behind_them() -> None:
    steps = list(Cutter(Cutting("time", 100, wait=0)).steps(chunks(events([0, 100, 50, 60, 210, 150, 220]), [7])))
    assert [(len(s.events.camera), s.late) for s in steps] == [(1, 0), (1, 2), (2, 1)]


def test_the_first_event_need_not_be_the_earliest() -> None:
    cutter = Cutter(Cutting("time", 100, wait=30))
    steps = list(cutter.steps(chunks(events([1020, 1000, 985, 1060, 1090, 1200]), [2])))
    assert [(s.start, sorted(s.events.events.t.tolist()), s.late) for s in steps] == [
        (1000, [1000, 1020, 1060, 1090], 1),
        (1100, [], 0),
        (1200, [1200], 0),
    ]


def test_the_last_sequence_has_all_steps_of_a_sample() -> None:
    steps = list(Cutter(Cutting("time", 100, wait=0, restart=4)).steps(chunks(events([0, 150]), [2])))
    assert [(s.index, s.start, len(s.events.camera)) for s in steps] == [(0, 0, 1), (1, 100, 1), (2, 200, 0), (3, 300, 0)]


def test_the_first_step_can_begin_at_a_given_time() -> None:
    steps = list(Cutter(Cutting("time", 100, wait=0), start=50).steps(chunks(events([10, 60, 149, 150, 20]), [2])))
    assert [(s.start, s.events.events.t.tolist()) for s in steps] == [(50, [60, 149]), (150, [150])]


def test_the_open_step_comes_before_the_error_of_a_damaged_recording() -> None:
    def broken():
        yield from chunks(events([0, 90, 110]), [3])
        raise DataError("it ends within an event")

    steps = Cutter(Cutting("time", 100, wait=0)).steps(broken())
    assert [next(steps).events.events.t.tolist() for _ in range(2)] == [[0, 90], [110]]
    with pytest.raises(DataError, match="within an event"):
        next(steps)


@given(st.lists(st.integers(-(1 << 60), 1 << 60), max_size=12), st.sampled_from(HOW))
def test_any_time_stamps_can_be_cut(t: list[int], how: Cutting) -> None:
    cutter = Cutter(how)
    found = list(cutter.steps(chunks(events(t), [5])))
    assert sum(len(s.events.camera) for s in found) + cutter.late + cutter.unused == len(t)
