"""Errors of operands go through each operation and each neuron: programs with other operands stay within the bounds."""

import numpy as np
import pytest
from both_ways import inputs_of
from one_reference import graph_of
from operation_cases import CASES, MAP, NEURONS, SILENT

from spikegraph.meaning.api import reference_of
from spikegraph.meaning.rounding.bounded import FLOAT64, UNKNOWN, Bounded, Precision
from spikegraph.meaning.rounding.bounds import BOUNDS
from spikegraph.meaning.rounding.network import BoundedReference
from spikegraph.meaning.rounding.spikes import explained
from spikegraph.meaning.rounding.stateful import STATEFUL, remembers

COARSE = Precision(values=2.0**-12)
"""Single operations have relative errors of up to 8 * 2^-12 = 1/512."""

MIXED = [
    ("mix", {"cell": "c", "edge": 1}, {"c.alpha": (2, 3)}),
    ("weighted_gather", {"cell": "c", "edges": [3, 0, 2], "of": 4, "keep": 2}, {"c.edges": (4,)}),
    ("route", {"trellis": "t", "layer": 1, "level": 1, "levels": 3, "sources": [0, 1, 2]}, {"t.beta": (2, 3, 3)}),
]


def weights_of(node, random):
    found = {f"{leaf}.{name}": random.normal(size=shape) for leaf, of in node.leaves.items() for name, shape in of.items()}
    statistics = node.op.statistics("y", *node.operand_values)
    return found | {f"{leaf}.{name}": random.uniform(0.5, 1.5, n) for leaf, of in statistics.items() for name, n in of.items()}


def bounded(f, xs):
    """The operation's result, with the bound of its rule."""
    if remembers(f.node):
        return STATEFUL[f.node.op.name](f, xs, {})[0]
    y = f([x.value for x in xs])
    return Bounded.of(y, BOUNDS[f.node.op.name](f, xs, y))


def check(graph, weights, random):
    """40 programs whose operands differ by up to 0.01; their largest change is at least a fiftieth of the largest bound."""
    f = BoundedReference(graph, weights, FLOAT64).evaluation(graph.node("y"), 0, 3)
    xs = [Bounded(x, random.uniform(0, 0.01, x.shape)) for x in inputs_of(graph, 1).values()]
    found, most = bounded(f, xs), 0.0
    for k in range(40):
        signs = [random.choice([-1.0, 1.0], x.value.shape) if k else np.ones(x.value.shape) for x in xs]
        change = np.abs(
            bounded(f, [Bounded.exact(x.value + s * x.error) for x, s in zip(xs, signs, strict=True)]).value - found.value
        )
        assert (change <= found.error * (1 + 1e-9)).all()
        most = max(most, float(change.max()))
    known = found.error[found.error < UNKNOWN]
    assert len(known) > 0.5 * found.error.size
    assert known.max() <= 50 * most + 1e-12


@pytest.mark.parametrize(("name", "parameters", "shapes"), [(n, p, s) for n, p, *s in CASES], ids=str)
def test_an_operation(name, parameters, shapes):
    random, graph = np.random.default_rng(0), graph_of(name, parameters, *shapes)
    check(graph, weights_of(graph.node("y"), random), random)


@pytest.mark.parametrize(("name", "parameters", "architecture"), MIXED, ids=str)
def test_an_open_choice(name, parameters, architecture):
    random, graph = np.random.default_rng(0), graph_of(name, parameters, MAP, MAP, MAP)
    check(graph, {key: random.normal(size=shape) for key, shape in architecture.items()}, random)


@pytest.mark.parametrize("neuron", [*NEURONS, *SILENT], ids=str)
def test_neurons(neuron):
    """Programs whose currents have a relative error of 1/600: all spikes are explained, over steps in which some differ."""
    random, name = np.random.default_rng(0), "neuron" if neuron in NEURONS else "graded"
    graph = graph_of(name, {"neuron": neuron}, (4, 12, 12))
    weights = weights_of(graph.node("y"), random)
    x = random.normal(0.4, 0.5, size=(6, 2, 4, 12, 12))
    judge, exact, differing = BoundedReference(graph, weights, COARSE), reference_of(graph, weights), 0
    for k in range(6):
        signs = random.choice([-1.0, 1.0], x.shape) if k else np.ones(x.shape)
        result = exact({"x0": x * (1 + signs / 600)})["y"]
        found = explained(judge, {"x0": x}, {"y": result})
        assert found.wrong is None
        differing += found.differing
        assert found.undecided < 0.1 * result.size
        if name == "graded":
            y = found.outputs["y"]
            assert (np.abs(result - y.value) <= y.error).all() and y.error.max() < 0.1
    assert differing > 10 or name == "graded"
