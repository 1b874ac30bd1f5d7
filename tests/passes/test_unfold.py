"""`unfold`: layers of counts work on binary spikes, with equal results; the text of the graph before and after."""

from dataclasses import dataclass, field

import pytest
import torch
import torch.nn.functional as F

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.model import Model
from spikegraph.base.errors import ValidationError
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.passes import pipeline
from spikegraph.passes.marking import Marking
from spikegraph.passes.unfold import Unfold
from spikegraph.validation.pipelines import validate

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


SUMS = """
neuron many { levels = 2  reset = soft  threshold = 0.3 }
network net {
  input x : real[2, 8, 8]
  time = 2
  a = x -> conv(3, out = 3) -> many
  total = a -> reduce(time, by = sum)
  output y = total -> conv(3, out = 4)
}
"""


def test_a_kernel_of_a_plug_in_gets_sub_steps_of_a_value_without_steps(small, registrations):
    conv = KERNELS["conv"]

    def own(call, xs, state):
        y, after = conv(call, xs, state)
        return 1 * y, after

    KERNELS.register("conv", own, replace=True)  # checked, as those of plug-ins
    graph = small(SUMS).build("retrain", PLAIN).graph
    (node,) = (n for n in pipeline.run(pipeline.parse("unfold"), graph) if "unfolded" in n.notes)
    assert not node.value.steps
    torch.manual_seed(1)
    plain, unfolded = Model(graph).double().eval(), Model(pipeline.run(pipeline.parse("unfold"), graph)).double().eval()
    unfolded.load_state_dict(plain.state_dict())
    x = torch.randn(3, 2, 8, 8, dtype=torch.float64) * 2
    with torch.no_grad():
        found, wanted = (model.run({"x": x}, wanted=("y",))[0]["y"] for model in (unfolded, plain))
    assert wanted.std() > 0
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)


def test_it_has_no_gradient(graphs):
    with pytest.raises(RuntimeError, match="train the network without the pass `unfold`"):
        Model(graphs[1])(torch.randn(2, 1, 2, 8, 8))


@dataclass(frozen=True)
class Marked(Marking):
    """Marks one operation, rightly or not."""

    name = "marked"
    at: str = field(default="", repr=False)
    steps: int = field(default=1, repr=False)

    def marks(self, graph):
        return {self.at: {"unfolded": self.steps}}


JOINED = """
neuron many { levels = 4  reset = soft  threshold = 0.3 }
candidates few { a = conv(3) -> norm -> lif  b = conv(3) -> norm -> lif(decay = 0.5) }
cell joined { inputs = [prev]  nodes = 1  candidates = few  neuron = lif }
network net {
  input x : real[2, 8, 8]
  output y = x -> conv(3, out = 4) -> norm -> many -> chain([joined], width = 4)
}
"""


@pytest.mark.parametrize(
    ("at", "steps", "what"),
    [
        ("c.conv", 5, None),
        ("c.conv", 6, None),
        ("d.conv", 4, None),
        ("c.conv", 4, "sub-step 5 of 4, which is missing, of the layer `c.conv`"),
        ("d.conv", 2, "sub-step 3 of 2, which is missing, of the layer `d.conv`"),
        ("a.conv", 4, "sub-step 1 of 4, of the layer `a.conv`"),  # real numbers
        ("d", 4, "sub-step 1 of 4, of the layer `d`"),  # a neuron isn't linear
    ],
)
def test_a_wrong_sub_step_is_named(small, at, steps, what):
    built = small(NETWORK).build("retrain", PLAIN)
    passes = [*built.passes, Marked(at, steps)]
    if what is None:
        assert "marked" in validate(built.space, passes).passes
        return
    with pytest.raises(ValidationError) as error:
        validate(built.space, passes)
    assert error.value.code == "SG0605"
    assert error.value.summary.startswith(f"the pass `marked` changes what the network computes: {what}, first at `{at}` (")


def test_a_wrong_sub_step_of_joined_layers_is_named(small):
    built = small(JOINED).build("search")
    marked = {node.op.name: node.name for node in Unfold().apply(built.graph) if "unfolded" in node.notes}
    assert "unfold" in validate(built.space, [*built.passes, Unfold()]).passes
    with pytest.raises(ValidationError, match="sub-step 4 of 3, which is missing, of the layer `y"):
        validate(built.space, [*built.passes, Marked(marked["wide_conv"], 3)])


def test_an_operation_that_remembers_earlier_steps_is_not_marked(small):
    """A delay of a step would be one of a sub-step."""
    text = """
neuron whole { model = integer }
network net {
  input x : real[2, 4, 4]
  output y = x -> conv(3, out = 4) -> whole -> flatten -> delayed(5, most = 2) -> mean(time)
}
"""
    graph = pipeline.run(pipeline.parse("unfold"), small(text).build("retrain", PLAIN).graph)
    assert not any("unfolded" in n.notes for n in graph)
