"""One network is one architecture: what searches draw, ask for and train."""

from itertools import combinations

import numpy as np
import pytest
from isomorphic import one_network
from spaces import Counted, searching

from spikegraph.ir.graph import Graph
from spikegraph.program.networks import same_operations
from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace
from spikegraph.searches.distinct import different
from spikegraph.searches.methods.evolution import evolution
from spikegraph.searches.methods.halving import halving
from spikegraph.searches.methods.random_search import random_search
from spikegraph.searches.networks import space_of

SPEC = """sdhs 1
neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif(surrogate = dspike(b = 3))
  c5   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}
cell plain {
  nodes = 3  candidates = some  neuron = lif  mix = MIX  output = last
  edges = [n0(prev2, prev), n1(prev2, prev), n2(n0, n1)]
}
network net {
  input x : real[3, 8, 8]
  time = 2
  stem  = x -> stem(3, out = 4)
  output logits = stem -> chain([plain], width = 4) -> pool -> linear(2) -> mean(time)
}
dataset images { source = imagenet  augment = [random_crop([8, 8])] }
search net on images { method = random(4) }
retrain net on images { epochs = 4  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)  validate = 0.1 }
"""
NETWORKS = 21
"""At the membrane c3 is c5. Both inputs are the stem, so n0 and n1 have one of three pairs of operations, and n2 one of four in
order: 36 cells, of which 6 stay the same if n0 and n1 exchange their names. So (36 + 6) / 2 are different networks."""


def program(mix: str = "membrane") -> Program:
    return Program.of_text(SPEC.replace("MIX", mix), "net.sdhs")


def retrained(of: Program, architecture: Architecture) -> Graph:
    return of.bind(architecture.text()).build("retrain").plain


def assert_different(of: Program, architectures: list[Architecture]) -> None:
    graphs = [retrained(of, architecture) for architecture in architectures]
    assert not any(one_network(a, b) for a, b in combinations(graphs, 2))


def test_candidates_that_are_one_operation():
    assert same_operations(program()) == {"plain": {"c5": "c3"}}
    assert same_operations(program("spike")) == {"plain": {}}
    # The retraining decides, not the cell.
    moved = Program.of_text(SPEC.replace("MIX", "spike").replace("validate", "mix = membrane  validate"), "net.sdhs")
    assert same_operations(moved) == {"plain": {"c5": "c3"}}


def test_the_space_draws_each_operation_once():
    space, plain, random = space_of(program()), CellSpace.of(program().space("search")), np.random.default_rng(0)
    assert (space.size, plain.size) == (2**6, 3**6)
    assert len(space.all()) == 2**6
    drawn = [space.draw(random) for _ in range(300)]
    assert {edge.operation for a in drawn for edge in a.edges} == {"c3", "skip"}
    # Of a genotype that has c5, a change of an operation is one of the network.
    five = Architecture(tuple(edge._replace(operation="c5") for edge in drawn[0].edges))
    assert {e.operation for _ in range(50) for e in space.mutated(five, random).edges} == {"c5", "skip"}


def test_different_architectures_are_different_networks():
    of, random = program(), np.random.default_rng(1)
    space = space_of(of)
    found = different(space, lambda: space.draw(random), 64)
    assert len(found) == NETWORKS
    assert_different(of, found)
    assert not different(space, lambda: space.draw(random), 5, found)
    every = [space.network(a) for a in space.all()]
    assert len(set(every)) == NETWORKS


@pytest.mark.parametrize("method", [random_search, halving, evolution])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_search_begins_no_network_twice(method, seed):
    of = program()
    trials = Counted(space_of(of), lambda a: -sum(e.operation == "c3" for e in a.edges), noise=0.3)
    found = method(searching(trials, seed, n=12))
    assert len(trials.done) == 12
    assert_different(of, list(trials.done))
    assert found in trials.done


def test_a_space_is_exhausted_by_its_networks():
    trials = Counted(space_of(program()), lambda a: -sum(e.operation == "c3" for e in a.edges))
    evolution(searching(trials, 0, n=64))
    assert 15 < len(trials.done) <= NETWORKS


def test_at_the_spike_they_are_different():
    of = program("spike")
    space, random = space_of(of), np.random.default_rng(2)
    assert space.size == 3**6
    a = space.draw(random)
    edges = [e._replace(operation="c5" if e.operation == "c3" else "c3") if k == 0 else e for k, e in enumerate(a.edges)]
    assert space.network(a) != space.network(Architecture(tuple(edges)))
