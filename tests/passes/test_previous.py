"""Passes over loops: backward edges of cells, what stays and what is joined; genotypes, sizes, energy and diagrams of them."""

import numpy as np
import pytest
import torch

from spikegraph import reference, validate
from spikegraph.analysis.layers import layers
from spikegraph.backends.graphviz.render import render
from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import PassError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.genotype_text import read_canonical
from spikegraph.genotype.searched import decode_architecture
from spikegraph.ir.architecture import cells_of
from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.loops import in_loops
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.passes.candidates import identical, searched_cells
from spikegraph.passes.choose import Choose
from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace

CELL = """
cell back like small { nodes = 3  edges = [n0(prev2, prev, previous(n2)), n1(prev, n0, previous(n1)), n2(n0, n1)] }
network net {
  input x : spike[6, 6, 5]
  output y = x -> chain([back, back], width = 2)
}
"""
GENOTYPE = "genotype back { n0 = c3(prev2) + c5(previous(n2))  n1 = c3(prev) + skip(previous(n1))  n2 = c3(n0) + skip(n1) }\n"
LOOP = """
network net {
  input x : spike[4, 6, 5]
  a = add(x -> conv(3, out = 4) -> norm, previous(b) -> conv(3, out = 4) -> norm) -> lif
  b = a -> conv(3, out = 4) -> norm -> lif
  output y = b -> conv(1, out = 3) -> norm -> lif
}
"""
OPEN = "expand-trellis,expand-cells,expand-layers,insert-resize,prune"


def carried(graph):
    return dict(graph.carried)


def test_backward_edges(small):
    graph = small(CELL + GENOTYPE).build("retrain").plain
    assert carried(graph) == {f"y[{i}].previous_{n}": f"y[{i}].{n}" for i in range(2) for n in ("n2", "n1")}
    assert graph.node("y[0].n0.previous_n2.c5.conv").operands == ("y[0].previous_n2",)
    assert graph.node("y[0].n1.sum").operands == ("y[0].n1.prev.c3.lif", "y[0].previous_n1")
    assert set(in_loops(graph).values()) == {0, 1, 2, 3}  # in each cell that of n1, and that of n0 and n2
    for made in (small(CELL + GENOTYPE).space, graph, small(CELL).build("search").graph):
        assert parse_graph(print_graph(made)) == made
        assert from_json(to_json(made)) == made


def test_only_the_backward_edges_that_a_genotype_has(small):
    kept = GENOTYPE.replace("c5(previous(n2))", "c5(prev)").replace("skip(previous(n1))", "skip(n0)")
    graph = small(CELL + kept).build("retrain").plain
    assert carried(graph) == {} and in_loops(graph) == {}


def test_a_search_has_a_row_for_each_backward_edge(small):
    made = small(CELL)
    graph = made.build("search").plain
    assert len(carried(graph)) == 4
    assert Model(graph).architecture["back.alpha"].shape == (8, 3)
    assert cells_of(made.space)["back"].edge_list()[2] == ("n0", "previous(n2)")


def test_the_passes_of_a_search_are_those_of_the_genotype(small):
    made = small(CELL + GENOTYPE)
    bound = made.build("retrain", "bind-genotype,expand-cells,expand-layers,insert-resize,prune").plain
    assert print_graph(made.build("search", f"{OPEN},choose").plain) == print_graph(bound)
    around = CELL.replace("output y = x ->", "a = add(x -> conv(3, out = 6), previous(c)) -> lif\n  output y = a\n  c = x ->")
    with pytest.raises(PassError, match="nothing of the source of a loop is left"):
        Choose({"back": {0: 0, 2: 0, 3: 0}}).apply(small(around).build("search", OPEN).plain)


@pytest.mark.parametrize("passes", ["mix{at=membrane}", "partial{k=2}", "weigh-edges", "mix{at=spike}"])
def test_passes_over_open_cells(small, passes):
    made = small(CELL).build(
        "search", f"expand-trellis,expand-cells,{passes},expand-layers,insert-resize,prune,widen,fuse,sparsify"
    )
    assert len(carried(made.graph)) == 4
    plain, fast = Model(made.plain).double(), Model(made.graph).double()
    fast.load_state_dict(plain.state_dict())
    x = (torch.rand(3, 2, 6, 6, 5) < 0.5).double()
    assert torch.allclose(plain(x), fast(x), rtol=0, atol=1e-12)


def test_norms_are_not_joined_across_the_border_of_a_loop(small):
    graph = small(LOOP).build("retrain").graph
    assert [n.name for n in graph if n.op.name == "norm"] == ["a.add.norm"]  # outside, its neuron inside
    fused = {n.name: [s.weights for t in n.op.terms for s in t.norms] for n in graph if n.op.name == "norm_lif"}
    assert fused == {"a": ["a.add.norm2"], "b": ["b.norm"], "y": ["y.norm"]}


def test_convolutions_are_not_joined_across_the_border_of_a_loop(small):
    """Both edges of n0 and n2 leave n1, but only one of them is part of the loop."""
    edges = "edges = [n0(prev, previous(n0)), n1(n0, previous(n1)), n2(n0, n1)]"
    spec = CELL.replace("edges = [n0(prev2, prev, previous(n2)), n1(prev, n0, previous(n1)), n2(n0, n1)]", edges)
    for phase, kept in (("search", ""), ("retrain", GENOTYPE_OF_PARTS)):
        built = small(spec + kept).build(phase)
        loops = in_loops(built.graph)
        for node in built.graph:
            if node.op.name in ("wide_conv", "wide_norm", "norm_lif"):
                inside = {n.name in in_loops(built.plain) for n in built.plain if n.weights in node.leaves}
                assert inside in ({node.name in loops}, set()), node.name


GENOTYPE_OF_PARTS = "genotype back { n0 = c3(prev) + c3(previous(n0))  n1 = c3(n0) + c5(previous(n1))  n2 = c3(n0) + c3(n1) }\n"


STATIC = """
neuron act {{ model = relu }}
cell still {{ nodes = 2  candidates = ops  neuron = act  inputs = [prev]  edges = [n0({first}previous(n1)), n1(prev)] }}
network net {{
  input x : real[1, 1, 2]
  time = 3
  output y = x -> chain([still], width = 1)
}}
"""
KEPT = "genotype still { n0 = skip(previous(n1))  n1 = skip(prev) }\n"


def test_a_node_without_a_state_gives_zero_and_then_the_same_value(small):
    """An image gives n1 the same value at every step; n0 has it from the second one on."""
    program = Program.read(small(STATIC.format(first="") + KEPT, keep=1).path)
    built = program.build("retrain")
    assert not built.plain.node("y[0].n1").value.steps and built.plain.node("y[0].previous_n1").value.steps
    x = torch.tensor([[[[-1.0, 2.0]]], [[[3.0, 4.0]]]], dtype=torch.float64)
    n1 = [[[[0.0, 2.0]]], [[[3.0, 4.0]]]]
    wanted = torch.tensor([[[[[0.0, 0.0]]], [[[0.0, 0.0]]]], n1, n1], dtype=torch.float64)
    model = Model(built.graph, plain=built.plain).double()
    stream = model.stream()
    found = {
        "reference": torch.tensor(reference(program, {})({"x": x.numpy()})["y"]),
        "model": model(x),
        "stream": torch.stack([stream.step({"x": x})[built.plain.outputs["y"]] for _ in range(3)]),
    }
    for name, y in found.items():
        assert torch.equal(y[:, :, :1], wanted), name
        assert torch.equal(y[:, :, 1:].expand(3, -1, -1, -1, -1), torch.tensor([n1] * 3, dtype=torch.float64)), name


@pytest.mark.parametrize("first", ["", "prev, "])
def test_the_passes_of_a_search_keep_such_a_node(small, first):
    program = Program.read(small(STATIC.format(first=first), candidates="skip").path).checked()
    assert "expand-cells" in validate(program, phase="search").passes


def test_prune_keeps_what_a_later_step_needs(small):
    spec = """
network net {
  input x : spike[4, 6, 5]
  a = add(x, previous(c)) -> lif
  b = a -> conv(3, out = 4)
  c = b -> lif
  unused = add(x, previous(unused)) -> lif
  output y = a
}
"""
    graph = small(spec).build("retrain").plain
    assert [n.name for n in graph] == ["x", "a.add.previous", "a.add", "a", "b", "c"]
    assert carried(graph) == {"a.add.previous": "c"}


def test_a_surrogate_in_a_loop_cannot_be_searched(small):
    made = small(LOOP)
    with pytest.raises(SpecError, match=r"`b` names the neuron b, which is part of a loop"):
        made.build("retrain", "instrument-dgs{at=b}")
    assert made.build("retrain", "instrument-dgs{at=y}").plain.node("y").notes == {"dgs": "y"}


def test_additions_and_energy(small):
    built = small(LOOP).build("retrain")
    rates = {n.name: 0.25 for n in built.plain}
    found = {layer.name: layer for layer in layers(built.space, built.plain, rates)}
    pixels, weights = 6 * 5, 4 * 4 * 9
    assert found["a.add.conv2"].additions == pixels * weights
    assert found["a.add.conv2"].fired == pixels * weights / 4
    assert found["a.add.previous"].additions == found["a.add.previous"].parameters == 0


def test_rates_are_those_of_the_step_before(small):
    model = Model(small(LOOP).build("retrain").plain)
    x = (torch.rand(4, 2, 4, 6, 5) < 0.5).float()
    values, _ = model.run({"x": x}, wanted=("a.add.previous", "b"))
    assert torch.equal(values["a.add.previous"][1:], values["b"][:-1])
    assert not values["a.add.previous"][0].any() and values["b"].any()


def test_a_genotype_is_decoded_written_and_read(small, tmp_path):
    made = small(CELL)
    alpha = np.zeros((8, 3))
    alpha[[0, 2, 3, 5, 6, 7], [0, 1, 0, 2, 0, 2]] = 5
    text = decode_architecture(made.space, {"back.alpha": alpha.tolist()})
    assert text.split("\n\n")[1] == (
        "genotype back {\n  n0 = c3(prev2) + c5(previous(n2))\n  n1 = c3(prev)  + skip(previous(n1))\n"
        "  n2 = c3(n0)    + skip(n1)\n}\n"
    )
    path = tmp_path / "found.sdhs"
    path.write_text(text, encoding="utf-8")
    found = Program.read(made.path, genotype=path).build("retrain").plain
    assert print_graph(found) == print_graph(small(CELL + GENOTYPE).build("retrain").plain)
    choices = read_canonical(text)
    assert choices is not None
    assert choices.cells["back"]["n1"] == {"prev": "c3", "previous(n1)": "skip"}


def test_search_methods_draw_backward_edges(small):
    space = CellSpace.of(small(CELL).space)
    drawn = [space.draw(np.random.default_rng(seed)) for seed in range(20)]
    assert space.size == 3**6 * 3 * 3
    assert {e.source for a in drawn for e in a.edges} == {"prev2", "prev", "n0", "n1", "previous(n1)", "previous(n2)"}
    assert all(e.source in dict(space.cells[0].edges)[e.node] for e in space.mutated(drawn[0], np.random.default_rng(0)).edges)


def test_candidates_of_a_cell_with_backward_edges_are_compared(small):
    spec = CELL.replace("like small {", "like small {  candidates = twice ") + (
        "candidates twice { a = conv(3) -> norm -> lif  b = conv(3) -> norm -> lif }\n"
    )
    program = Program.read(small(spec).path)
    (found,) = searched_cells(program.build("search").space, program.spec.cells)
    assert identical([found], "search", None) == [[("a", "b")]]


def test_diagrams(small, golden):
    made = small(CELL + GENOTYPE).build("retrain")
    golden(render(made.outline, "cell").source, ".cell.dot")

    golden(render(small(LOOP).build("retrain").outline).source, ".network.dot")
