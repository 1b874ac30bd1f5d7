"""`partial`: the text of the graph, a cell by hand, and the same function in the form that runs."""

import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import PassError
from spikegraph.ir.text import print_graph
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.passes.pipeline import run
from spikegraph.program.program import Program

NETWORK = """
network net {
  input x : real[3, 6, 6]
  stem = x -> stem(3, out = 4)
  output y = stem -> chain([small], width = 4)
}
"""

OPEN = "expand-trellis,expand-cells,mix{at=membrane},weigh-edges,partial{k=2},expand-layers,insert-resize,prune"


def test_equal_and_unequal_edges(small, golden):
    """The stem has 4 channels as the nodes have: all edges are equal; with 6 those from the inputs are not."""
    made = small(NETWORK.replace("out = 4", "out = 6"), candidates="c3 skip", keep=1)
    golden(print_graph(made.build("search", OPEN).plain), ".unequal.txt")


def test_a_cell_by_hand(small):
    """One node, one input, k = 2: the even channels are mixed, the odd ones follow them unchanged."""
    built = small(NETWORK, candidates="c3 skip", nodes=1).build("search", OPEN)
    torch.manual_seed(0)
    model = Model(built.plain).double()
    model.architecture["small.alpha"].data.normal_()
    values = {}
    x = torch.randn(2, 3, 3, 6, 6, dtype=torch.float64)
    model.run({"x": x}, watch=values.__setitem__)
    stem = values["stem"]
    current = torch.zeros_like(stem)
    for row, source in enumerate(("prev2", "prev")):
        leaf, edge = dict(model.named_parameters()), f"y[0].n0.{source}.c3"
        assert leaf[f"{edge}.conv.weight"].shape == (2, 2, 3, 3)
        conv = F.conv2d(stem[:, :, ::2].flatten(0, 1), leaf[f"{edge}.conv.weight"], leaf[f"{edge}.conv.bias"], padding=1)
        conv = F.batch_norm(conv, None, None, training=True).unflatten(0, stem.shape[:2])
        share = torch.softmax(model.architecture["small.alpha"][row], 0)
        mixed = share[0] * conv + share[1] * stem[:, :, ::2]
        current += torch.cat((mixed, stem[:, :, 1::2]), 2)
    torch.testing.assert_close(values["y[0].n0.sum"], current, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("k", "mix"), [(2, "spike"), (3, "spike"), (8, "spike"), (3, "membrane")])
def test_the_form_that_runs_is_the_same_function(small, k, mix):
    """Widened and fused, with widths that k divides and others, and more parts than channels."""
    passes = OPEN.replace("k=2", f"k={k}").replace("at=membrane", f"at={mix}")
    plain = small(NETWORK, candidates="c3 c5 skip", nodes=3).build("search", passes).plain
    fast = run(FASTER, plain)
    assert any(n.op.name == "fan" for n in fast) == (mix == "spike") and len(fast) < len(plain)
    torch.manual_seed(0)
    a, b = Model(plain).double(), Model(fast).double()
    b.load_state_dict(a.state_dict())
    x = torch.randn(3, 2, 3, 6, 6, dtype=torch.float64)
    values = [model(x) for model in (a, b)]
    assert values[0].shape == (3, 2, 12, 6, 6)
    torch.testing.assert_close(*values, rtol=0, atol=1e-12)
    for value in values:
        value.square().sum().backward()
    other = dict(b.named_parameters())
    for name, parameter in a.named_parameters():
        torch.testing.assert_close(parameter.grad, other[name].grad, rtol=1e-9, atol=1e-9, msg=name)


def test_a_node_of_each_cell_before_is_seen(small):
    """Every k-th channel of a concatenation has channels of all its nodes."""
    network = NETWORK.replace("chain([small], width = 4)", "chain([small, small], width = 4)")
    plain = small(network, candidates="c3").build("search", OPEN.replace("k=2", "k=4")).plain
    model = Model(plain)
    seen = {}
    model.run({"x": torch.randn(1, 1, 3, 6, 6)}, watch=seen.__setitem__)
    whole, part = seen["y[0]"], seen["y[1].part.prev"]
    assert torch.equal(part, whole[:, :, [0, 4]])  # n0 has the channels 0 to 3, n1 those from 4
    wide = plain.node("y[1].n0.prev.c3.conv")
    assert (wide.operand_values[0].channels, wide.value.channels) == (2, 4)


def test_k_is_at_least_two(small):
    with pytest.raises(PassError) as refused:
        small(NETWORK).build("search", OPEN.replace("k=2", "k=1"))
    assert (refused.value.summary, refused.value.code) == ("`k` of pass `partial` must be at least 2, not 1", "SG0602")


REDUCTION = """sdhs 1
neuron lif { decay = 0.5 }
candidates ops {
  c3 = conv(3) -> norm -> lif
  p3 = pool(max, kernel = 3, stride = 1)
}
cell reduction { nodes = 1  candidates = ops  neuron = lif  stride = 2 }
network net {
  input x : spike[8, 6, 6]
  output y = x -> chain([reduction], width = 4)
}
"""


def test_a_pooling_on_a_strided_edge_takes_all_channels():
    """It gives as many channels as it takes, and nothing can bypass: the other candidate of the edge takes all too."""
    program = Program.of_text(REDUCTION, "net.sdhs").checked()
    graph = program.build("search", "expand-cells,partial{k=4}").graph
    assert not [node for node in graph if node.op.name == "every"]
    conv = next(node for node in graph if node.op.name == "conv")
    assert conv.op.weights(*conv.operand_values)["weight"] == (8, 8, 3, 3)
