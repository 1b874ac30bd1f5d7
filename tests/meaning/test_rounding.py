"""Bounds of rounding: compiled networks in float32 and float64, whose sums have other orders, are within them."""

from fractions import Fraction

import numpy as np
import pytest
from followed_networks import followed
from small_networks import NETWORKS, RUN, SEARCHED, program_of

from spikegraph.ir.opdef import OPS
from spikegraph.meaning.rounding.bounded import FLOAT32
from spikegraph.meaning.rounding.bounds import BOUNDS
from spikegraph.meaning.rounding.stateful import STATEFUL
from spikegraph.program.program import Program

WIDEST = {"float32": 2e-3, "float64": 2e-12}
"""The largest bound of a value of these networks, relative to 1 + its largest number."""


FORMS = [("float32", False), ("float64", True)]
"""Precisions, and whether passes have joined the operations."""


def check(built, precision, joined):
    """All spikes are explained, and all values are within bounds, which say something unless two planes are equal."""
    found, values = followed(built, precision, joined=joined)
    assert found.wrong is None
    assert found.spikes > 200
    assert found.undecided < 0.02 * found.spikes
    assert found.unknown == 0
    for name, x in values.items():
        node, value = found.nodes[name], found.nodes[name].value
        assert (np.abs(x - value) <= node.error).all(), name
        if built.plain.node(name).op.name != "estimate":
            assert node.error.max() < WIDEST[precision] * (1 + np.abs(value).max()), name


@pytest.mark.parametrize(("precision", "joined"), FORMS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_compiled_network(name, precision, joined):
    check(program_of(name).build("retrain"), precision, joined)


@pytest.mark.parametrize(("precision", "joined"), FORMS)
@pytest.mark.parametrize("name", SEARCHED)
def test_a_supernet(name, precision, joined):
    check(program_of(name, decided=False).build("search"), precision, joined)


def test_weights_of_edges():
    run = RUN.format(kind="search", keys="method = darts(edges = true)")
    check(program_of("cells", decided=False, more=run).build("search"), *FORMS[0])


def test_lines_of_a_model_whose_numbers_nearly_cancel():
    gelu = "model gelu(I) { u = I * 0.5 * (1 + erf(0.7071067811865476 * I))  emit u }\nneuron wave { model = gelu }"
    net = "network net { input x : real[8, 32, 32]  output y = x -> conv(3, out = 8) -> wave }"
    built = Program.of_text(f"sdhs 1\n{gelu}\n{net}\n", "net.sdhs").checked().build("retrain")
    found, values = followed(built, "float32", joined=False)
    node = found.nodes["y"]
    assert (np.abs(values["y"] - node.value) <= node.error).all()
    assert node.error.max() < 1e-4 * np.abs(node.value).max()


def test_every_operation_of_a_lowered_graph_has_a_rule():
    """But for neurons, whose ends are computed, and operations that passes have joined."""
    plain = {name for name, op in OPS.items() if not (op.traits.expanded_by or op.traits.joined or op.traits.source)}
    assert plain - {*BOUNDS, *STATEFUL} == {"lif", "potential", "previous"}


def test_a_sum_in_any_order_is_within_its_bound():
    """The exact sum is one of fractions; the bound isn't far above the errors."""
    random = np.random.default_rng(0)
    gamma = FLOAT32.of_sum(200)
    for _ in range(20):
        w, x = random.normal(size=(2, 200)).astype(np.float32)
        exact = sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(w, x, strict=True))
        bound = gamma * float(np.abs(w.astype(float) * x.astype(float)).sum())
        errors = []
        for _ in range(20):
            total = np.float32(0)
            for k in random.permutation(200):
                total = total + w[k] * x[k]
            errors.append(abs(float(Fraction(float(total)) - exact)))
        assert max(errors) <= bound <= 1e-4 * float(np.abs(w).sum())
