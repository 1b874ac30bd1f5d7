"""`expand-cells`: the text of the graph before and after; edges between different shapes."""

import pytest

from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.resizing import Fit
from spikegraph.ir.ops.wiring import Identity, Mix
from spikegraph.ir.text import print_graph
from spikegraph.program.program import Program

CELL = """
network net {
  input x : spike[4, 8, 8]
  output y = x -> chain([small], width = 2)
}
"""


REDUCING = """
cell halving like small { stride = 2 }
network net {
  input x : spike[2, 7, 6]
  output y = x -> chain([halving, small], width = 1)
}
genotype small {
  n0 = skip(prev2) + skip(prev)
  n1 = skip(n0) + c3(prev2)
}
genotype halving {
  n0 = skip(prev2) + c3(prev)
  n1 = skip(n0) + c3(prev)
}
"""

CLIMBING = """
trellis walk { cell = small  layers = 2  levels = 2 }
network net {
  input x : spike[2, 6, 5, 4]
  cells = x -> walk
  output y = cells -> restore(x)
}
genotype small {
  n0 = c3(prev2) + skip(prev)
  n1 = skip(n0) + c3(prev)
}
path walk = [1, 0]
"""


def test_open(small, golden):
    made = small(CELL, candidates="c5 skip")
    golden(print_graph(made.space), ".before.txt")
    golden(print_graph(made.after("expand-cells")), ".after.txt")


def test_bound(small, golden):
    made = small(CELL + "genotype small {\n  n0 = c5(prev2) + c3(prev)\n  n1 = skip(n0) + c5(prev)\n}\n")
    before = made.after("bind-genotype")
    golden(print_graph(before), ".before.txt")
    golden(print_graph(made.after("expand-cells", before)), ".after.txt")


def test_declared_to_mix_at_the_membrane(small):
    at_spike = small(CELL, candidates="c3 c5").after("expand-cells,mix{at=membrane}")
    declared = small(CELL, candidates="c3 c5", mix="membrane").after("expand-cells")
    assert print_graph(declared) == print_graph(at_spike)


def test_coarser_cells_have_strides_and_channels_of_their_own(small):
    graph = small(REDUCING).after("bind-genotype,expand-cells")
    convs = {n.name: (n.op.kernel, n.op.stride, n.value.shape) for n in graph if isinstance(n.op, Conv)}
    assert convs == {
        # A skip between unequal shapes is a convolution of kernel 1.
        "y[0].n0.prev2.skip.conv": (1, 2, (2, 4, 3)),
        "y[0].n0.prev.c3.conv": (3, 2, (2, 4, 3)),
        "y[0].n1.prev.c3.conv": (3, 2, (2, 4, 3)),
        "y[1].n0.prev2.skip.conv": (1, 2, (2, 4, 3)),
        "y[1].n0.prev.skip.conv": (1, 1, (2, 4, 3)),
        "y[1].n1.prev2.c3.conv": (3, 2, (2, 4, 3)),
    }
    assert graph.node("y[0].n1.sum").operands == ("y[0].n1.prev.c3.lif", "y[0].n0")


def test_afferents_are_summed_in_the_order_of_the_edges(small):
    graph = small(REDUCING).after("bind-genotype,expand-cells")
    assert graph.node("y[1].n1.sum").operands == ("y[1].n1.prev2.c3.lif", "y[1].n0")


def test_an_input_that_is_coarser_is_fitted_first_once_for_all_edges(small):
    graph = small(CLIMBING).after("bind-genotype,expand-cells")
    fits = {n.name: (n.operands, n.op.mode, n.value.shape) for n in graph if isinstance(n.op, Fit)}
    assert fits == {"cells[1].prev": (("cells[0]", "x"), "nearest", (4, 6, 5, 4))}
    takers = [n.name for n in graph.users("cells[1].prev")]
    assert takers == ["cells[1].n0.prev.skip.conv", "cells[1].n1.prev.c3.conv"]


def test_rows_of_alpha_are_the_edges_in_their_order(small):
    graph = small(CELL).after("expand-cells")
    mixes = [(n.name, n.op.cell, n.op.edge, len(n.operands)) for n in graph if isinstance(n.op, Mix)]
    assert mixes == [
        ("y[0].n0.prev2", "small", 0, 3),
        ("y[0].n0.prev", "small", 1, 3),
        ("y[0].n1.prev2", "small", 2, 3),
        ("y[0].n1.prev", "small", 3, 3),
        ("y[0].n1.n0", "small", 4, 3),
    ]


def test_edges_that_are_left_out_have_no_row(small):
    made = small(CELL.replace("[small]", "[sparse]") + "cell sparse like small { edges = [n0(prev2), n1(prev, n0)] }\n")
    graph = made.after("expand-cells")
    mixes = [(n.name, n.op.edge) for n in graph if isinstance(n.op, Mix)]
    assert mixes == [("y[0].n0.prev2", 0), ("y[0].n1.prev", 1), ("y[0].n1.n0", 2)]


@pytest.mark.parametrize(("channels", "kind"), [(2, Identity), (3, None)])
def test_a_skip_is_the_identity_between_equal_shapes_only(small, channels, kind):
    made = small(CELL.replace("spike[4,", f"spike[{channels},"), candidates="c3 skip")
    graph = made.after("expand-cells")
    name = "y[0].n0.prev.skip"
    if kind is Identity:
        assert isinstance(graph.node(name).op, Identity)
    else:
        assert name not in graph
        assert graph.node(f"{name}.lif").value.kind == "spike"


TWICE = """
candidates twice {
  c9 = conv(3) -> norm -> norm -> relu -> norm -> lif
  p  = pool(max, stride = 1) -> pool(avg, stride = 1)
}
cell double like small {
  candidates = twice
  inputs     = [prev]
  keep       = 1
}
network net {
  input x : spike[4, 8, 8]
  output y = x -> chain([double], width = 2)
}
genotype double {
  n0 = c9(prev)
  n1 = p(n0)
}
"""


def test_stages_of_one_operation_have_different_names(small):
    made = small(TWICE)
    edge = [n.name for n in made.build("retrain").plain if n.name.startswith("y[0].n0.prev")]
    names = ("conv", "norm", "norm2", "relu", "norm3", "lif")
    assert edge == [f"y[0].n0.prev.c9.{name}" for name in names]
    assert [n.name for n in made.build("retrain").plain if n.name.startswith("y[0].n1.n0")] == [
        "y[0].n1.n0.p.pool",
        "y[0].n1.n0.p.pool2",
    ]


def test_the_names_of_stages_are_those_of_the_weights_in_every_phase(small):
    made = small(TWICE.replace("  p  = pool(max, stride = 1) -> pool(avg, stride = 1)\n", "").replace("p(n0)", "c9(n0)"))
    assert made.complaints() == []
    search = {n.weights for n in made.build("search").plain}
    for phase in ("retrain", "deploy"):
        assert {n.weights for n in made.build(phase).plain} <= search


@pytest.mark.parametrize(
    ("candidate", "neuron", "edges", "steps"),
    [
        ("conv(3)", "none", "", False),
        ("conv(3) -> smooth", "smooth", "", False),
        ("conv(3) -> lif", "smooth", "", True),
        ("conv(3)", "lif", "", True),
        ("conv(3) -> norm(per = step)", "none", "", True),
        ("conv(3)", "none", "edges = [n0(prev), n1(n0, previous(n1))]", True),
    ],
)
def test_cells_have_time_steps_if_something_in_them_has(tmp_path, candidate, neuron, edges, steps):
    path = tmp_path / "net.sdhs"
    path.write_text(f"""sdhs 1
neuron lif {{ }}
neuron smooth {{ model = relu }}
candidates ops {{ c = {candidate}  skip = identity }}
cell small {{ nodes = 2 candidates = ops neuron = {neuron} {edges} }}
network net {{
  input x : real[4, 6, 6]  # the same at every step
  time = 3
  output y = x -> chain([small, small], width = 2)
}}
""")
    built = Program.read(path).build("search", "expand-cells")
    assert [graph.node(f"y[{i}]").value.steps for graph in (built.space, built.graph) for i in range(2)] == [steps] * 4
