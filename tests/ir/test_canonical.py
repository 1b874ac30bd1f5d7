"""Fingerprints of networks, judged by networkx's isomorphism of graphs with weights as nodes of their own."""

import random
from itertools import combinations

import numpy as np
import pytest
from isomorphic import one_network

from spikegraph.ir.canonical import fingerprint
from spikegraph.ir.graph import Graph
from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace

SPEC = """sdhs 1
neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif(decay = 0.5)
  d3   = conv(3) -> norm -> lif(decay = 0.7)
  skip = identity
}
cell plain { nodes = 4 candidates = some neuron = lif mix = MIX output = OUTPUT edges = EDGES }
network net {
  input x : real[3, 8, 8]
  time = 2
  stem  = x -> stem(3, out = 4)
  output logits = stem -> chain([plain, plain], width = 4) -> pool -> linear(2) -> mean(time)
}
dataset images { source = imagenet  augment = [random_crop([8, 8])] }
search net on images {
  epochs = 2  warm_up = 0  batch = 4
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}
retrain net on images { epochs = 4  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits) }
"""

PAIRS = "[n0(prev2, prev), n1(prev2, prev), n2(n0, n1), n3(n0, n1, n2)]"


def retrained(program: Program, genotype: str) -> Graph:
    return program.bind(genotype).build("retrain").plain


def with_exchanged(text: str) -> tuple[str, str]:
    """A genotype, and the one in which n0 and n1, which have the same sources, exchange their names."""
    return text, text.replace("n0", "n?").replace("n1", "n0").replace("n?", "n1")


@pytest.mark.parametrize(("mix", "output"), [("membrane", "last"), ("spike", "last"), ("membrane", "concat")])
def test_equal_fingerprints_are_isomorphic_networks_and_no_others(mix: str, output: str):
    text = SPEC.replace("MIX", mix).replace("OUTPUT", output).replace("EDGES", PAIRS)
    program, draws = Program.of_text(text, "net.sdhs"), np.random.default_rng(7)
    space = CellSpace.of(program.space("search"))
    texts = list(dict.fromkeys(text for _ in range(16) for text in with_exchanged(space.draw(draws).text())))
    graphs = [retrained(program, text) for text in texts]
    found = [fingerprint(graph) for graph in graphs]
    same = 0
    for (a, graph), (b, other) in combinations(zip(found, graphs, strict=True), 2):
        isomorphic = one_network(graph, other)
        assert (a == b) == isomorphic
        same += isomorphic
    assert same >= (16 if output == "last" else 1)
    assert len(set(found)) > 10


@pytest.fixture
def last() -> Program:
    return Program.of_text(SPEC.replace("MIX", "membrane").replace("OUTPUT", "last").replace("EDGES", PAIRS), "net.sdhs")


def of(program: Program, **nodes: str) -> str:
    lines = "\n".join(f"  {node} = {terms}" for node, terms in nodes.items())
    return fingerprint(retrained(program, f"sdhs 1\ngenotype plain {{\n{lines}\n}}\n"))


def test_what_is_one_network_and_what_is_not(last: Program):
    first = of(last, n0="c3(prev2) + c3(prev)", n1="c3(prev2) + skip(prev)", n2="c3(n0) + c3(n1)", n3="c3(n0) + c3(n1)")
    order = of(last, n0="c3(prev) + c3(prev2)", n1="skip(prev) + c3(prev2)", n2="c3(n1) + c3(n0)", n3="c3(n1) + c3(n0)")
    assert order == first
    neurons = of(last, n0="d3(prev2) + c3(prev)", n1="d3(prev2) + skip(prev)", n2="c3(n0) + c3(n1)", n3="c3(n0) + d3(n1)")
    assert neurons == first  # mixing at the membrane takes the edges' neurons off
    exchanged = of(last, n0="c3(prev2) + skip(prev)", n1="c3(prev2) + c3(prev)", n2="c3(n0) + c3(n1)", n3="c3(n0) + c3(n1)")
    assert exchanged == first
    unused = of(last, n0="c3(prev2) + c3(prev)", n1="c3(prev2) + skip(prev)", n2="skip(n0) + skip(n1)", n3="c3(n0) + c3(n1)")
    assert unused == first  # nothing takes n2
    other = of(last, n0="c3(prev2) + c3(prev)", n1="c3(prev2) + skip(prev)", n2="c3(n0) + c3(n1)", n3="c3(n0) + skip(n1)")
    assert other != first
    wired = of(last, n0="c3(prev2) + c3(prev)", n1="c3(prev2) + skip(prev)", n2="c3(n0) + c3(n1)", n3="c3(n0) + c3(n2)")
    assert wired not in (first, other)


NET = """sdhs 1
neuron lif { }
block own(v) { weights = own  return v -> conv(3, out = 4) -> norm -> lif }
block tied(v) { weights = shared  return v -> conv(3, out = 4) -> norm -> lif }
network net {
  input x : real[3, 8, 8]
  time = 2
BODY
  output logits = last -> pool -> linear(2) -> mean(time)
}
"""


def of_body(*lines: str) -> Graph:
    text = NET.replace("BODY", "\n".join(f"  {line}" for line in lines))
    return Program.of_text(text, "net.sdhs").build().plain


SAME = (
    (("a = x -> own", "b = x -> own", "last = add(a, b)"), ("z = x -> own", "y = x -> own", "last = add(z, y)")),
    (("a = x -> own", "b = a -> own", "last = mul(a, b)"), ("a = x -> own", "b = a -> own", "last = mul(b, a)")),
    # Two branches that are alike and read each other: only a symmetry exchanges them.
    (
        ("a = x -> own", "b = x -> own", "c = add(a, b) -> own", "d = add(a, b) -> own", "last = add(c, d)"),
        ("b = x -> own", "a = x -> own", "d = add(b, a) -> own", "c = add(a, b) -> own", "last = add(d, c)"),
    ),
)
DIFFERENT = (
    # Weights of its own for each, or shared ones.
    (
        ("a = x -> own", "b = a -> own", "c = a -> own", "last = add(b, c)"),
        ("a = x -> own", "b = a -> tied", "c = a -> tied", "last = add(b, c)"),
    ),
    # Two branches, or one that is used twice.
    (("a = x -> own", "b = x -> own", "last = add(a, b)"), ("a = x -> own", "last = add(a, a)")),
    # Operands that don't commute.
    (("a = x -> own", "b = a -> own", "last = concat(a, b)"), ("a = x -> own", "b = a -> own", "last = concat(b, a)")),
    (("a = x -> own", "b = a -> own", "last = iand(a, b)"), ("a = x -> own", "b = a -> own", "last = iand(b, a)")),
    (("last = x -> conv(3, out = 4) -> lif",), ("last = x -> conv(3, out = 4) -> lif(decay = 0.3)",)),
    (("last = x -> conv(3, out = 4) -> lif",), ("last = x -> conv(5, out = 4) -> lif",)),
    (("last = x -> conv(3, out = 4) -> lif",), ("last = x -> conv(3, out = 4, stride = 2) -> lif",)),
)


@pytest.mark.parametrize("pair", SAME)
def test_names_and_order_make_no_other_network(pair: tuple[tuple[str, ...], tuple[str, ...]]):
    a, b = (of_body(*lines) for lines in pair)
    assert one_network(a, b)
    assert fingerprint(a) == fingerprint(b)


@pytest.mark.parametrize("pair", DIFFERENT)
def test_what_changes_the_computation_makes_another_network(pair: tuple[tuple[str, ...], tuple[str, ...]]):
    a, b = (of_body(*lines) for lines in pair)
    assert not one_network(a, b)
    assert fingerprint(a) != fingerprint(b)


RINGS = {
    "one of six": [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)],
    "two of three": [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)],
}


def ring(of: str, shuffled: int) -> Graph:
    """Six branches and six sums of two neighbours each, written in a random order."""
    order, sums = random.Random(shuffled), list(RINGS[of])
    names = [f"a{k}" for k in order.sample(range(6), 6)]
    order.shuffle(sums)
    lines = [f"{name} = x -> own" for name in order.sample(names, 6)]
    lines += [f"s{k} = add({names[i]}, {names[j]}) -> own" for k, (i, j) in enumerate(sums)]
    return of_body(*lines, f"last = add({', '.join(f's{k}' for k in range(6))})")


def test_where_refining_colours_is_blind():
    """Each branch goes into two sums: in one ring of six or in two of three. Colours alone can't tell these."""
    one, two = ring("one of six", 1), ring("two of three", 1)
    assert not one_network(one, two)
    assert fingerprint(one) != fingerprint(two)
    assert fingerprint(one) == fingerprint(ring("one of six", 2)) == fingerprint(ring("one of six", 3))
    assert fingerprint(two) == fingerprint(ring("two of three", 2))


def test_values_of_the_step_before():
    def of_loop(decay: float, name: str) -> str:
        return fingerprint(
            of_body(f"{name} = add(x -> own, previous({name}) -> own) -> lif(decay = {decay})", f"last = {name}")
        )

    assert of_loop(0.2, "a") == of_loop(0.2, "b") != of_loop(0.3, "a")
