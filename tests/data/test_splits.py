from __future__ import annotations

import random

import pytest

from spikegraph.data.splits import SAMPLE_FRACTIONS, by_time, indoor_flying
from spikegraph.data.windows import evaluation_windows, runs, training_windows


@pytest.mark.parametrize(
    ("number", "train", "test", "counts"),
    [
        (1, {"indoor_flying2": range(160, 1580), "indoor_flying3": range(125, 1815)}, range(140, 1201), (3110, 200, 861)),
        (3, {"indoor_flying1": range(80, 1260), "indoor_flying2": range(160, 1580)}, range(73, 1616), (2600, 200, 1343)),
    ],
)
def test_published_splits(number: int, train: dict[str, range], test: range, counts: tuple[int, int, int]) -> None:
    split = indoor_flying(number)
    assert {part.recording: part.frames for part in split.train} == {name: tuple(r) for name, r in train.items()}
    (validation,), (held_out,) = split.validation, split.test
    assert validation.recording == held_out.recording == f"indoor_flying{number}"
    assert (sum(map(len, split.train)), len(validation), len(held_out)) == counts
    assert sorted(validation.frames + held_out.frames) == list(test)
    shuffled = list(test)
    random.seed(0)
    random.shuffle(shuffled)
    assert set(validation.frames) == set(shuffled[:200])


def test_the_shuffle_leaves_the_global_generator_alone() -> None:
    random.seed(7)
    expected = random.random()
    random.seed(7)
    indoor_flying(1)
    assert random.random() == expected


def test_training_windows_of_split_1() -> None:
    # The paper counts 518 = 3110 // 6; a window never crosses from one recording to the next here, which makes 236 + 281.
    windows = [w for part in indoor_flying(1).train for w in training_windows(part.recording, part.frames, 6)]
    assert len(windows) == 1420 // 6 + 1690 // 6 == 517


def test_frames_that_a_split_needs() -> None:
    split = indoor_flying(3)
    assert split.recordings() == ("indoor_flying1", "indoor_flying2", "indoor_flying3")
    assert [split.needed_frames(name) for name in split.recordings()] == [1260, 1580, 1616]


def test_unknown_split() -> None:
    with pytest.raises(ValueError, match="splits 1 and 3, not 2"):
        indoor_flying(2)


def test_by_time() -> None:
    split = by_time("corridor", 50)
    parts = [split.train[0].frames, split.validation[0].frames, split.test[0].frames]
    assert [len(p) for p in parts] == [35, 5, 10]
    assert [k for p in parts for k in p] == list(range(50))
    sample = by_time("sample", 200, SAMPLE_FRACTIONS)
    assert [len(p[0]) for p in (sample.train, sample.validation, sample.test)] == [150, 10, 40]


def test_runs() -> None:
    assert runs([3, 4, 5, 9, 11, 12]) == [range(3, 6), range(9, 10), range(11, 13)]
    assert runs([]) == []
    with pytest.raises(ValueError, match="ascend"):
        runs([3, 2])


@pytest.mark.parametrize(("stride", "firsts"), [(None, [10, 13, 30]), (1, [10, 11, 12, 13, 30]), (2, [10, 12, 30])])
def test_training_windows(stride: int | None, firsts: list[int]) -> None:
    windows = training_windows("a", [*range(10, 16), *range(20, 22), *range(30, 33)], 3, stride)
    assert [w.first for w in windows] == firsts
    assert all(w.labelled == (True, True, True) for w in windows)


@pytest.mark.parametrize("steps", [1, 2, 6, 7])
def test_evaluation_windows_label_each_frame_once(steps: int) -> None:
    frames = indoor_flying(1).test[0].frames
    windows = evaluation_windows("a", frames, steps)
    labelled = [k for w in windows for k, counts in enumerate(w.labelled, w.first) if counts]
    assert labelled == list(frames)
    assert {len(w.labelled) for w in windows} == {steps}


def test_evaluation_windows_at_the_ends() -> None:
    assert evaluation_windows("a", [], 6) == []
    (only,) = evaluation_windows("a", [8, 9], 6)
    assert (only.first, only.labelled) == (4, (False, False, False, False, True, True))
    with pytest.raises(ValueError, match="a window of 6 frames doesn't fit into the first 3"):
        evaluation_windows("a", [1, 2], 6)
