from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikegraph.data.sample import About, Sample
from spikegraph.data.sets import data_sets
from spikegraph.tasks import TASKS
from spikegraph.tasks.block_matching import block_match
from spikegraph.tasks.disparity_baselines import best_constant, block_matcher, constant_guess
from spikegraph.tasks.disparity_scores import StereoMetrics

from .conftest import declaration, labelled_frames, truths


def test_no_other_constant_is_better() -> None:
    random = np.random.default_rng(3)
    truths = [random.gamma(4, 3, (20, 30)).astype(np.float32) + offset for offset in (0, 5, 1, 9)]
    for truth, share in zip(truths, (0.1, 0.5, 0.9, 0.3), strict=True):
        truth[random.random(truth.shape) < share] = np.inf
    truths.append(np.full((20, 30), np.inf, np.float32))

    def error(constant: float) -> float:
        stacked = np.stack(truths)
        scores = StereoMetrics()
        scores.add(np.full_like(stacked, constant), stacked)
        return scores.metrics()["mean_disparity_error_px"]

    best = best_constant(truths)
    assert error(best) <= min(error(c) for c in np.arange(0, 40, 0.05)) + 1e-3
    assert best_constant([np.full((3, 3), 7.25, np.float32)]) == 7.25


def test_no_constant_without_truth() -> None:
    with pytest.raises(ValueError, match="no image has a valid pixel"):
        best_constant([np.full((2, 2), np.inf, np.float32)])


class Depths:
    """Samples with depths of 8 m in the upper half, and a value in the lower half."""

    def __init__(self, below: float) -> None:
        self._target = np.full((1, 4, 4), 8, np.float32)
        self._target[:, 2:] = below

    def __len__(self) -> int:
        return 2

    def samples(self, every: int = 1) -> list[Sample]:
        return [Sample({}, self._target)] * 2

    def class_numbers(self) -> None:
        return None


@pytest.mark.parametrize("unknown", [0, -1, np.inf, np.nan])
def test_pixels_that_the_scores_leave_out_have_no_part_in_the_mean_depth(unknown: float) -> None:
    found = TASKS["depth"].baselines(Depths(unknown), Depths(unknown), About())["mean depth"]
    assert (found["mean_relative_error"], found["delta_1_percent"]) == (0, 100)


@pytest.mark.parametrize("disparity", [1, 5, 12])
def test_block_matching_finds_a_plane(disparity: int) -> None:
    random = np.random.default_rng(disparity)
    left = random.choice([-1, 0, 1], (5, 60, 80), p=[0.05, 0.9, 0.05]).astype(np.int8)
    right = np.zeros_like(left)
    right[..., : 80 - disparity] = left[..., disparity:]
    found = block_match(left, right, 14, window=15)
    inner = found[:, disparity + 8 :]
    assert np.abs(inner - disparity).max() < 0.25


def test_block_matching_finds_two_planes() -> None:
    random = np.random.default_rng(1)
    left = random.choice([-1, 0, 1], (5, 80, 80), p=[0.05, 0.9, 0.05]).astype(np.int8)
    right = np.zeros_like(left)
    right[:, :40, :77], right[:, 40:, :70] = left[:, :40, 3:], left[:, 40:, 10:]
    found = block_match(left, right, 14, window=11)
    assert np.median(np.abs(found[:34, 20:] - 3)) < 0.1
    assert np.median(np.abs(found[46:, 20:] - 10)) < 0.1


def test_block_matching_refuses() -> None:
    view = np.zeros((1, 4, 4), np.int8)
    with pytest.raises(ValueError, match="the same shape"):
        block_match(view, view[..., :2], 2)
    with pytest.raises(ValueError, match="4 disparities don't fit into 4 columns"):
        block_match(view, view, 4)


def test_both_are_measured_on_the_frames_of_a_set(short_sample: Path) -> None:
    test = data_sets(declaration(source="sample"), short_sample, seed=0).test
    constant, matched = constant_guess(test, test.about), block_matcher(test, test.about)
    assert constant.count == matched.count == labelled_frames(test) == 8
    error = constant.metrics()["mean_disparity_error_px"]
    assert error > 6
    assert matched.metrics()["mean_disparity_error_px"] < 0.75 * error
    true, scores = np.stack([truth for _, _, truth in truths(test)]), StereoMetrics()
    best = best_constant(true)
    assert 15 < best < 30
    scores.add(np.full_like(true, best), true)
    assert scores.metrics() == constant.metrics()
