"""Searches for two objectives: what they train, what they cost, and that they repeat."""

import pytest
from spaces import SMALL, Counted, convolutions, searching

from spikegraph.program.search_cost import front_cost, front_finalists
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.methods.fronts import evolution_front, random_front


def price(architecture: Architecture) -> float:
    """A price that pulls the other way than `convolutions`: each convolution costs, those of the first node most."""
    return sum((2.0 if e.node == "n0" else 1.0) for e in architecture.edges if e.operation == "conv") / 8


def trials(noise: float = 0.2, least: float = 0.125) -> Counted:
    return Counted(SMALL, convolutions, noise=noise, least=least, price=price)


def test_random_search_trains_different_networks_to_the_end():
    of = trials()
    found = random_front(searching(of, n=10))
    assert of.done == dict.fromkeys(found, 1.0)
    assert len(found) == 10


@pytest.mark.parametrize(("count", "share"), [(8, 0.125), (16, 0.05), (6, 0.3), (4, 1.0)])
def test_the_cost_is_known_before(count, share):
    of = trials(least=share)
    found = evolution_front(searching(of, n=count))
    assert of.cost == pytest.approx(front_cost(count, share))
    assert len(of.done) == count
    assert [of.done[a] for a in found] == [1.0] * front_finalists(count, share)


@pytest.mark.parametrize("method", [random_front, evolution_front])
def test_a_search_asks_again_for_the_same_candidates_in_the_same_order(method):
    first, second, other = trials(), trials(), trials()
    assert method(searching(first, 3, n=7)) == method(searching(second, 3, n=7))
    assert first.asked == second.asked
    method(searching(other, 4, n=7))
    assert other.asked != first.asked


@pytest.mark.parametrize("seed", range(4))
def test_what_is_trained_to_the_end_dominates_most_in_the_objectives_own_units(seed):
    """Two ends of a front that are a little better in one objective, and far worse in the other, lose to what lies between."""
    prices = {"skip skip": 0.0, "skip conv": 0.2, "conv skip": 0.25, "conv conv": 1.0}
    losses = {"skip skip": 1.0, "skip conv": 0.2, "conv skip": 0.15, "conv conv": 0.0}

    def kind(architecture: Architecture) -> str:
        return " ".join(e.operation for e in architecture.edges[:2])

    of = Counted(SMALL, lambda a: losses[kind(a)], price=lambda a: prices[kind(a)])
    assert [kind(a) for a in evolution_front(searching(of, seed, n=12))][:2] == ["skip conv", "conv skip"]


def test_a_candidate_that_diverged_is_not_trained_further():
    def loss(architecture: Architecture) -> float:
        return float("inf") if architecture.edges[0].operation == "conv" else convolutions(architecture)

    of = Counted(SMALL, loss, price=lambda a: float("inf") if a.edges[0].operation == "conv" else price(a))
    found = evolution_front(searching(of, n=8))
    assert all(a.edges[0].operation == "skip" for a in found)
