"""`unfold`: layers of counts work on binary spikes, with equal results; the text of the graph before and after."""

import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.model import Model
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.passes import pipeline

NETWORK = """
neuron many { levels = 4  reset = soft  threshold = 0.3 }
network net {
  input x : real[2, 8, 8]
  a = x -> conv(3, out = 4) -> norm -> many
  b = x -> conv(3, out = 4) -> norm -> lif
  c = add(a, b) -> conv(3, out = 4, stride = 2) -> norm -> lif
  d = a -> conv(1, out = 6, bias = false) -> norm -> many
  big = d -> pool(kind = max, kernel = 8, stride = 8)
  volume = c -> conv(3, out = 2) -> pool
  output y = volume -> linear(2)
  output z = big
}
"""
PLAIN = "expand-layers,insert-resize,fold-norm"


@pytest.fixture
def graphs(small):
    plain = small(NETWORK).build("retrain", PLAIN).graph
    return plain, pipeline.run(pipeline.parse("unfold"), plain)


def test_layers_of_counts_are_marked(graphs, golden):
    plain, unfolded = graphs
    golden(print_graph(plain), ".before.txt")
    golden(print_graph(unfolded), ".after.txt")
    assert print_graph(parse_graph(print_graph(unfolded))) == print_graph(unfolded)
    assert {n.name: n.notes["unfolded"] for n in unfolded if "unfolded" in n.notes} == {"c.conv": 5, "d.conv": 4}


def test_every_convolution_takes_binary_spikes_and_the_result_is_the_same(graphs, registrations):
    torch.manual_seed(1)
    plain, unfolded = (Model(graph).double().eval() for graph in graphs)
    unfolded.load_state_dict(plain.state_dict())
    x = torch.randn(3, 2, 2, 8, 8, dtype=torch.float64) * 2
    with torch.no_grad():
        counts, want = plain.run({"x": x}, wanted=("a",))[0]["a"], plain.run({"x": x}, wanted=("y", "big", "d.conv"))[0]
        assert set(counts.unique().tolist()) == {0, 1, 2, 3, 4}
        seen, conv = {}, KERNELS["conv"]

        def watched(call, xs, state):
            seen.setdefault(call.node.name, []).append(xs[0])
            return conv(call, xs, state)

        KERNELS.register("conv", watched, replace=True)
        unfolded._plans.clear()
        found = unfolded.run({"x": x}, wanted=("y", "big", "d.conv"))[0]
        for name, value in want.items():
            torch.testing.assert_close(found[name], value, rtol=0, atol=1e-12)
        for name in ("c.conv", "d.conv"):
            assert all(set(part.unique().tolist()) <= {0.0, 1.0} for part in seen[name])
        # By hand: the binary spikes of a time step are summed up, and the bias counts once.
        binary = seen["d.conv"][0]
        assert binary.shape == (3 * 4, 2, 4, 8, 8)
        assert torch.equal(binary.reshape(3, 4, *binary.shape[1:]).sum(1), counts)
        leaf = dict(unfolded.named_parameters())
        each = F.conv2d(binary.flatten(0, 1), leaf["d.conv.weight"]).reshape(3, 4, 2, 6, 8, 8).sum(1)
        each += leaf["d.conv.bias"].reshape(-1, 1, 1)
        torch.testing.assert_close(each, want["d.conv"], rtol=0, atol=1e-12)


def test_streamed(graphs):
    _, graph = graphs
    torch.manual_seed(1)
    model = Model(graph).double().eval()
    x = torch.randn(4, 2, 2, 8, 8, dtype=torch.float64) * 2
    with torch.no_grad():
        whole = model.run({"x": x}, wanted=("y",))[0]["y"]
        stream = model.stream(("y",))
        steps = torch.stack([stream.step({"x": step})["y"] for step in x])
    torch.testing.assert_close(steps, whole, rtol=0, atol=1e-12)


def test_it_has_no_gradient(graphs):
    with pytest.raises(RuntimeError, match="train the network without the pass `unfold`"):
        Model(graphs[1])(torch.randn(2, 1, 2, 8, 8))
