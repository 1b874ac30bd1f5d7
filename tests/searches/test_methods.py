"""What methods find, what they cost, and that they repeat."""

import numpy as np
import pytest
from spaces import SMALL, Counted, convolutions, searching

from spikegraph.searches.methods.evolution import cost, evolution, finalists
from spikegraph.searches.methods.halving import best_first, halving, halving_cost, rungs
from spikegraph.searches.methods.random_search import random_search
from spikegraph.searches.trials import Progress

BEST = min(map(convolutions, SMALL.all()))


def test_random_search_trains_each_candidate_once_and_keeps_the_best():
    trials = Counted(SMALL, convolutions)
    found = random_search(searching(trials, n=10))
    assert trials.cost == len(trials.done) == 10
    assert convolutions(found) == min(map(convolutions, trials.done))


def test_a_space_can_be_smaller_than_the_search():
    trials = Counted(SMALL, convolutions)
    assert convolutions(random_search(searching(trials, n=20_000))) == BEST
    assert len(trials.done) == SMALL.size


def test_halving_keeps_the_better_half_at_a_quarter_and_a_half():
    trials = Counted(SMALL, convolutions)
    found = halving(searching(trials, n=10))
    assert sorted(trials.done.values()) == [0.25] * 5 + [0.5] * 2 + [1.0] * 3
    assert trials.cost == 10 * 0.25 + 5 * 0.25 + 3 * 0.5
    assert trials.cost == halving_cost(10, 0.25)
    assert convolutions(found) == min(map(convolutions, trials.done))


@pytest.mark.parametrize("count", [2, 3, 7, 16, 33])
@pytest.mark.parametrize("first", [0.03, 0.125, 0.25, 0.6, 1.0])
def test_the_cost_of_halving_is_known_before(count: int, first: float):
    trials = Counted(SMALL, convolutions)
    halving(searching(trials, n=count, share=first))
    assert trials.cost == pytest.approx(halving_cost(count, first))


def test_rungs():
    assert rungs(0.25) == [0.25, 0.5]
    assert rungs(0.125) == [0.125, 0.25, 0.5]
    assert rungs(0.03) == [0.03, 0.0625, 0.125, 0.25, 0.5]
    assert rungs(0.6) == [0.6]
    assert rungs(1.0) == []


def test_early_the_training_loss_ranks_later_the_validation_counts_too():
    def ranked(share: float) -> list[int]:
        return best_first([Progress(share, 0.1, 3.0), Progress(share, 0.2, 1.0), Progress(share, 0.3, 2.0)])

    assert ranked(0.2) == [0, 1, 2]
    # Ranks by both: 0 + 2, 1 + 0, 2 + 1.
    assert ranked(0.5) == [1, 0, 2]
    assert best_first([Progress(0.5, 0.2, None), Progress(0.5, 0.1, None)]) == [1, 0]


def test_a_candidate_that_diverged_is_the_last():
    assert best_first([Progress(0.5, float("inf"), float("inf")), Progress(0.5, 9.0, 9.0)]) == [1, 0]


@pytest.mark.parametrize("count", [8, 28, 100])
@pytest.mark.parametrize("share", [0.03, 0.125, 0.3])
def test_the_cost_of_evolution_is_known_before(count: int, share: float):
    trials = Counted(SMALL, convolutions, noise=0.1, least=share)
    evolution(searching(trials, n=count))
    assert trials.cost == pytest.approx(cost(count, share))
    assert len(trials.done) == count
    assert 2 <= finalists(count, share) <= count


def test_evolution_finds_better_cells_than_random_search_at_equal_cost():
    regrets = {"evolution": [], "random": []}
    for seed in range(20):
        for name, method, count in (("evolution", evolution, 28), ("random", random_search, 5)):
            trials = Counted(SMALL, convolutions, noise=0.2)
            found = method(searching(trials, seed, n=count))
            assert trials.cost <= 5.0
            regrets[name].append(convolutions(found) - BEST)
    assert np.mean(regrets["evolution"]) < 0.6 * np.mean(regrets["random"])


@pytest.mark.parametrize("method", [random_search, halving, evolution])
def test_a_search_asks_again_for_the_same_candidates_in_the_same_order(method):
    first, second = (Counted(SMALL, convolutions, noise=0.2) for _ in range(2))
    assert method(searching(first, 3, n=12)) == method(searching(second, 3, n=12))
    assert first.asked == second.asked
    other = Counted(SMALL, convolutions, noise=0.2)
    method(searching(other, 4, n=12))
    assert other.asked != first.asked
