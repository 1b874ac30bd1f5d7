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


def test_a_candidate_that_diverged_is_not_trained_further():
    def loss(architecture: Architecture) -> float:
        return float("inf") if architecture.edges[0].operation == "conv" else convolutions(architecture)

    of = Counted(SMALL, loss, price=lambda a: float("inf") if a.edges[0].operation == "conv" else price(a))
    found = evolution_front(searching(of, n=8))
    assert all(a.edges[0].operation == "skip" for a in found)
