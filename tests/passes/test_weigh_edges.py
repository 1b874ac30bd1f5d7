"""`weigh-edges`: the text of the graph before and after, and the same function in the form that runs."""

from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.model import Model
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.text import print_graph
from spikegraph.passes import pipeline
from spikegraph.program.program import Program

NETWORK = """
network net {
  input x : real[3, 8, 8]
  stem = x -> stem(3, out = 4)
  output y = stem -> chain([small], width = 2)
}
"""

SEARCH = """
dataset data { source = anything }
search net on data {
  method = darts(edges = true)  epochs = 2  warm_up = 1  batch = 1  weights = sgd(lr = 0.1)  loss = cross_entropy(z)
}
"""


def test_a_node_that_drops_edges_is_a_weighted_sum(small, golden):
    """n0 keeps both of its edges and stays as it is; n1 keeps two of three."""
    built = small(NETWORK, candidates="c3 skip").build("search", "expand-trellis,expand-cells,weigh-edges")
    before = small(NETWORK, candidates="c3 skip").build("search", "expand-trellis,expand-cells")
    changed = [line for line in print_graph(built.plain).splitlines() if line not in print_graph(before.plain).splitlines()]
    golden("\n".join(changed) + "\n", ".changed.txt")
    assert architecture_of(built.plain)["small.edges"].shape == (5,)
    assert "small.edges" not in architecture_of(before.plain)


@pytest.mark.parametrize(("keep", "nodes"), [(1, ["n0", "n1", "n2"]), (2, ["n1", "n2"]), (3, ["n2"]), (4, [])])
def test_only_nodes_that_drop_edges(small, keep, nodes):
    plain = small(NETWORK, nodes=3, keep=keep).build("search", "expand-trellis,expand-cells,weigh-edges").plain
    assert [n.path.up().label for n in plain if n.op.name == "weighted_gather"] == nodes


@pytest.mark.usefixtures("anything")
@pytest.mark.parametrize("mix", ["spike", "membrane"])
def test_the_form_that_runs_is_the_same_function(small, mix):
    """Values, gradients and statistics in float64; widened, fused and plain."""
    network = NETWORK.replace(
        "output y = stem -> chain([small], width = 2)", "cells = stem -> walk\n  y = cells -> restore(stem)"
    )
    network = (
        network.replace("  y = ", "  output y = ")
        .replace("out = 4", "out = 6")
        .replace("}\n", "  output z = y -> pool -> linear(2) -> mean(time)\n}\n", 1)
    )
    trellis = "trellis walk { cell = small  layers = 2  levels = 2 }\n"
    built = Program.read(small(trellis + network + SEARCH, nodes=3, mix=mix).path).build("search")
    names = [str(p) for p in built.passes]
    assert names[-3:] == ["widen", "fuse", "sparsify"] and "weigh-edges" in names
    torch.manual_seed(0)
    a, b = Model(built.plain).double(), Model(built.graph).double()
    assert set(a.architecture) == {"small.alpha", "small.edges", "walk.beta"}
    a.architecture["small.edges"].data.normal_()
    assert set(a.state_dict()) == set(b.state_dict())
    b.load_state_dict(a.state_dict())
    x = torch.randn(3, 2, 3, 8, 8, dtype=torch.float64)
    values = [sum(v.square().sum() for v in model(x).values()) for model in (a, b)]
    torch.testing.assert_close(*values, rtol=1e-12, atol=1e-12)
    for value in values:
        value.backward()
    other = dict(b.named_parameters())
    for name, parameter in a.named_parameters():
        torch.testing.assert_close(parameter.grad, other[name].grad, rtol=1e-9, atol=1e-9, msg=name)
    grad = a.architecture["small.edges"].grad
    assert grad is not None and (grad[:2] == 0).all() and (grad[2:] != 0).all()
    others = b.state_dict()
    for name, value in a.state_dict().items():
        torch.testing.assert_close(value, others[name], rtol=0, atol=1e-12, msg=name)


def test_a_spec_without_it_has_no_parameter_of_edges(small, anything):
    text = NETWORK.replace("}\n", "  output z = y -> pool -> linear(2) -> mean(time)\n}\n", 1) + SEARCH
    path: Path = small(text.replace("darts(edges = true)", "darts")).path
    assert "weigh-edges" not in pipeline.show(Program.read(path).build("search").passes)
