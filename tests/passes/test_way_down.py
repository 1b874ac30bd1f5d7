"""`down = resize`: inputs of a cell that are finer are resized first, and no convolution has a stride."""

import pytest
import torch

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph

CHAIN = """
cell halving like small { stride = 2 }
network net {
  input x : spike[4, 7, 6]
  output y = x -> chain([small, halving, small], width = 2, down = resize)
}
genotype small   { n0 = c3(prev2) + skip(prev)  n1 = skip(n0) + c5(prev2) }
genotype halving { n0 = skip(prev2) + c3(prev)  n1 = skip(n0) + c3(prev) }
"""

TRELLIS = """
trellis walk { cell = small  layers = 3  levels = 3  down = resize }
network net {
  input x : spike[4, 9, 7, 5]
  cells = x -> walk
  output y = cells -> restore(x)
}
genotype small { n0 = c3(prev2) + c3(prev)  n1 = skip(n0) + c3(prev) }
path walk = PATH
"""

OPEN = "expand-trellis,expand-cells,expand-layers,insert-resize,prune"


def resizes(graph):
    return {n.name: (n.operands, n.op.down, n.value.shape) for n in graph if n.op.name == "resize"}


def strides(graph):
    return {n.op.stride for n in graph if n.op.name == "conv"}


def test_chain(small):
    graph = small(CHAIN).build("retrain").plain
    assert strides(graph) == {1}
    assert resizes(graph) == {
        "y[1].prev2": (("x", "y[0]"), 2, (4, 4, 3)),
        "y[1].prev": (("y[0]", "y[0]"), 2, (4, 4, 3)),
        "y[2].prev2": (("y[0]", "y[1]"), 1, (4, 4, 3)),
    }
    # A skip is the resized input itself where its channels are those of a node; edges from one input share its resizing.
    assert graph.node("y[1].n0.sum").operands[0] == "y[1].prev2"
    assert [n.name for n in graph.users("y[2].prev2")] == ["y[2].n0.prev2.c3.conv", "y[2].n1.prev2.c5.conv"]


def test_a_skip_between_other_channels_is_a_convolution_of_the_resized_input(small):
    graph = small(CHAIN.replace("spike[4, 7", "spike[6, 7")).build("retrain").plain
    assert graph.node("y[1].n0.prev2.skip.conv").operands == ("y[1].prev2",)


def test_the_default_is_a_stride(small):
    graph = small(CHAIN.replace(", down = resize", "")).build("retrain").plain
    assert strides(graph) == {1, 2} and resizes(graph) == {}
    assert print_graph(small(CHAIN.replace("down = resize", "down = stride")).build("retrain").plain) == print_graph(graph)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ([1, 2, 2], {"cells[0].prev2": (5, 4, 3), "cells[0].prev": (5, 4, 3), "cells[1].prev2": (3, 2, 2)}),
        ([1, 1, 0], {"cells[0].prev2": (5, 4, 3), "cells[0].prev": (5, 4, 3), "cells[1].prev2": (5, 4, 3)}),
    ],
)
def test_trellis(small, path, wanted):
    graph = small(TRELLIS.replace("PATH", str(path)), candidates="c3 skip").build("retrain").plain
    assert strides(graph) == {1}
    found = {name: shape[1:] for name, (_, _, shape) in resizes(graph).items()}
    assert {k: v for k, v in found.items() if k in wanted} == wanted


def test_bilinear_makes_the_way_down_real(small):
    spec = TRELLIS.replace("PATH", "[1, 2, 2]").replace("down = resize", "down = resize  resize = bilinear")
    graph = small(spec, candidates="c3 skip").build("retrain").plain
    assert {str(graph.node(f"cells[{name}").value.kind) for name in ("0].prev2", "0].prev", "1].prev2", "1].prev")} == {"real"}


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 6), (9, 7, 5)])
def test_the_pixels_that_a_halving_takes(small, size):
    """Pixel i of ceil(n / 2) is pixel floor(i * n / ceil(n / 2)): every second one of an even size."""
    sizes = ", ".join(map(str, size))
    spec = f"network net {{\n  input x : spike[2, {sizes}]\n  output y = x -> resize(x, down = 2)\n}}\n"
    x = (torch.rand(3, 2, 2, *size) < 0.5).float()
    wanted = x
    for axis, n in enumerate(size, 3):
        half = (n + 1) // 2
        wanted = wanted.index_select(axis, torch.tensor([i * n // half for i in range(half)]))
    model = lower(small(spec).build("retrain").graph)
    assert torch.equal(model(x), wanted)
    assert model.graph.node("y").value.shape == (2, *wanted.shape[3:])


def test_in_a_chain_a_part_of_the_supernet_is_the_network_of_the_genotype(small):
    made = small(CHAIN)
    bound = made.build("retrain", "bind-genotype,expand-cells,expand-layers,insert-resize,prune").plain
    assert print_graph(made.build("search", f"{OPEN},choose").plain) == print_graph(bound)


@pytest.mark.parametrize("path", [[0, 0, 0], [1, 2, 2], [1, 2, 1], [1, 1, 0], [0, 1, 0]])
def test_every_path_of_a_supernet_runs(small, path):
    made = small(TRELLIS.replace("PATH", str(path)), candidates="c3 skip").build("search", f"{OPEN},choose")
    assert strides(made.plain) == {1}
    assert lower(made.plain)((torch.rand(2, 1, 4, 9, 7, 5) < 0.5).float()).shape == (2, 1, 4, 9, 7, 5)


def test_faster_and_folded_forms_compute_the_same(small):
    x = (torch.rand(3, 2, 4, 7, 6, dtype=torch.float64) < 0.5).double()
    for phase in ("search", "retrain"):
        built = small(CHAIN).build(phase)
        plain, fast = lower(built.plain).double().eval(), lower(built.graph).double().eval()
        fast.load_state_dict(plain.state_dict())
        assert torch.allclose(plain(x), fast(x), rtol=0, atol=1e-12)
    deployed = lower(small(CHAIN).build("deploy").graph).double().eval()
    load_folded(deployed, plain.state_dict())
    assert torch.equal(deployed(x), plain(x))


def test_text_and_json(small):
    made = small(TRELLIS.replace("PATH", "[1, 2, 1]"), candidates="c3 skip")
    for graph in (made.space, made.after("bind-genotype"), made.build("retrain").plain):
        assert parse_graph(print_graph(graph)) == graph
        assert from_json(to_json(graph)) == graph
