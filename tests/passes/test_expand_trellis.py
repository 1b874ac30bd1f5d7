"""`expand-trellis`: the text of the graph before and after; sources, weights, and errors."""

import pytest
import torch

from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import PassError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.genotype.decode_path import trellis_probability, viterbi
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.wiring import Identity, Route
from spikegraph.ir.text import print_graph
from spikegraph.passes.expand_trellis import ExpandTrellis, levels_at

NETWORK = """
trellis walk { cell = small  layers = LAYERS  levels = LEVELS }
network net {
  input x : spike[4, 8, 8]
  cells = x -> walk
  output y = cells -> restore(x)
}
"""


def network(layers, levels):
    return NETWORK.replace("LAYERS", str(layers)).replace("LEVELS", str(levels))


def test_two_layers(small, golden):
    made = small(network(2, 2), candidates="c3")
    golden(print_graph(made.space), ".before.txt")
    golden(print_graph(made.after("expand-trellis")), ".after.txt")


def test_levels_are_reached_one_by_one():
    assert [list(levels_at(layer, 3)) for layer in (-1, 0, 1, 2, 3)] == [[0], [0, 1], [0, 1, 2], [0, 1, 2], [0, 1, 2]]


def test_the_finest_levels_can_be_left_out(small):
    assert [list(levels_at(layer, 4, 2)) for layer in (-1, 0, 1, 2, 3)] == [[0], [1], [2], [2, 3], [2, 3]]
    made = small(network(3, 3).replace("levels = 3", "levels = 3  finest = 1"))
    routes = {n.name: n.op.sources for n in made.after("expand-trellis") if isinstance(n.op, Route)}
    assert routes == {"cells[0,1]": (0,), "cells[1,1]": (1,), "cells[1,2]": (1,), "cells[2,1]": (1, 2), "cells[2,2]": (1, 2)}


def test_no_path_leads_where_the_trellis_has_none(small):
    """The parameters of such moves have no gradient, and weight decay doesn't enable the moves."""
    torch.manual_seed(0)
    model = Model(small(network(3, 3).replace("levels = 3", "levels = 3  finest = 1")).build("search").plain)
    beta = model.architecture["walk.beta"]
    moves = trellis_probability(beta.tolist())
    assert moves[0][0] == [0, 0, 1] and moves[1][1][0] == 0
    optimiser = torch.optim.Adam([beta], lr=0.1, weight_decay=0.001)
    for _ in range(3):
        optimiser.zero_grad()
        model(torch.ones(2, 1, 4, 8, 8)).square().sum().backward()
        assert beta.grad is not None and beta.grad[1, 1, 0] == 0 and beta.grad[1, 1, 1:].abs().sum() > 0
        optimiser.step()
    assert trellis_probability(beta.tolist())[1][1][0] == 0
    with torch.no_grad():
        beta[:, :, 0] += 1000
    assert min(viterbi(beta.tolist())[0]) == 1


def test_the_finest_level_is_one_of_the_levels(small):
    with pytest.raises(SpecError) as caught:
        small(network(3, 3).replace("levels = 3", "levels = 3  finest = 3")).build("search")
    found = [(d.code, d.summary) for d in caught.value.diagnostics]
    assert ("SG0208", "`finest` is 3, but the trellis has the levels 0 to 2") in found


def test_a_cell_whose_edges_never_take_prev2(small):
    other = "cell walks like small { nodes = 1  keep = 1  edges = [n0(prev)] }\n"
    graph = small(other + network(3, 3).replace("cell = small", "cell = walks")).build("search").plain
    assert {str(node.value) for node in graph if node.name == "y"} == {"count(3)[4, 8, 8]"}


def test_positions_and_their_sources(small):
    graph = small(network(3, 3)).after("expand-trellis")
    routes = {n.name: (n.op.sources, n.value.shape) for n in graph if isinstance(n.op, Route)}
    assert routes == {
        "cells[0,0]": ((0,), (4, 8, 8)),
        "cells[0,1]": ((0,), (8, 4, 4)),
        "cells[1,0]": ((0, 1), (4, 8, 8)),
        "cells[1,1]": ((0, 1), (8, 4, 4)),
        "cells[1,2]": ((1,), (16, 2, 2)),
        "cells[2,0]": ((0, 1), (4, 8, 8)),
        "cells[2,1]": ((0, 1, 2), (8, 4, 4)),
        "cells[2,2]": ((1, 2), (16, 2, 2)),
    }
    # prev2 is the same level two layers before; near the input, the coarsest level that is reached.
    prev2 = {n.weights: n.operands[0] for n in graph if isinstance(n.op, Cell)}
    assert prev2 == {
        "cells[0,0]": "x",
        "cells[0,1]": "x",
        "cells[1,0]": "x",
        "cells[1,1]": "x",
        "cells[1,2]": "x",
        "cells[2,0]": "cells[0,0]",
        "cells[2,1]": "cells[0,1]",
        "cells[2,2]": "cells[0,1]",
    }


def test_one_set_of_weights_at_a_position_but_for_the_edges_from_prev(small):
    graph = small(network(2, 2), candidates="c3").after("expand-trellis,expand-cells")
    at = [n for n in graph if n.name.startswith("cells[1,0]@") and n.op.name == "conv"]
    shared = {n.weights for n in at if n.name.startswith("cells[1,0]@0")} & {
        n.weights for n in at if n.name.startswith("cells[1,0]@1")
    }
    assert shared == {"cells[1,0].n0.prev2.c3.conv", "cells[1,0].n1.prev2.c3.conv", "cells[1,0].n1.n0.c3.conv"}
    assert {n.weights for n in at} - shared == {f"cells[1,0].{node}.prev_{s}.c3.conv" for node in ("n0", "n1") for s in (0, 1)}


def test_a_restore_behind_is_the_sum_over_the_levels(small):
    graph = small(network(2, 2)).after("expand-trellis")
    total = graph.node("y")
    assert (total.op.name, total.operands, str(total.value)) == ("add", ("y[0]", "y[1]"), "count(2)[4, 8, 8]")


def test_a_trellis_of_one_level_has_no_level_to_choose(small):
    graph = small(network(2, 1).replace("restore(x)", "pool")).after("expand-trellis")
    assert graph.node("y").operands == ("cells[1,0]",)


def test_what_follows_a_trellis(small):
    space = small(network(2, 2)).space
    other = Graph("net")
    for node in space:
        if node.name != "y":
            other.add(node.name, node.op, node.operands, node.span)
    other.add("y", Identity(), ("cells",), space.node("y").span)
    for outputs, summary in (
        ({"y": "y"}, "`y` is y, whose level is open"),
        ({"z": "cells"}, "`z` is cells, whose level is open"),
    ):
        graph = other if "y" in outputs else Graph("net")
        if graph is not other:
            for name in ("x", "cells"):
                n = space.node(name)
                graph.add(n.name, n.op, n.operands, n.span)
        graph.outputs = outputs
        with pytest.raises(PassError) as told:
            ExpandTrellis().apply(graph)
        assert (told.value.summary, told.value.help) == (summary, "put `restore(...)` after it")
