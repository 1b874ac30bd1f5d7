"""`widen`: the same function with fewer operations."""

import copy
import re
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import joined
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.base.errors import PassError
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.joined_neurons import WideNeurons
from spikegraph.ir.ops.wide import WideConv, WideLif
from spikegraph.passes import pipeline
from spikegraph.plugins import targets
from spikegraph.program.program import Program

SPEC = """sdhs 1

neuron lif {
  decay = 0.2
}

candidates choices {
  c3   = conv(3) -> norm -> lif(surrogate = dspike(b = 3))
  c5   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  c1   = conv(1) -> norm -> lif(surrogate = triangle(b = 2))
  skip = identity
}

cell c {
  inputs     = [prev2, prev]
  nodes      = 3
  candidates = choices
  neuron     = lif
}

trellis t {
  cell   = c
  layers = 2
  levels = 2
}

network n {
  input x : real[3, 8, 6]
  stem = x -> stem(3, out = 6)
  cells = stem -> t
  output y = cells -> restore(stem)
}
"""


C3_C5 = "".join(line for line in SPEC.splitlines(keepends=True) if line.startswith(("  c3", "  c5")))


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trellis that is small enough to compare in float64."""
    path = tmp_path_factory.mktemp("widen") / "n.sdhs"
    path.write_text(SPEC)
    return path


def test_values_gradients_and_statistics_are_the_same(spec: Path) -> None:
    """Plain and wide supernet with the same weights are equal up to rounding in float64."""
    same(spec)


def test_edges_whose_candidates_begin_with_an_operation_of_their_own(tmp_path: Path) -> None:
    """Each edge from one value is widened by itself; their operations have different names."""
    spec = tmp_path / "n.sdhs"
    spec.write_text(
        SPEC.replace("c1   = conv(1)", "c1   = relu -> conv(1)").replace("  skip = identity\n", "").replace(C3_C5, "")
    )
    same(spec)


def test_names_of_wide_operations_of_wires(tmp_path: Path) -> None:
    """Choices in repeated blocks, two values with two layers each in one sum, and wires with the names of wide operations."""
    spec = tmp_path / "n.sdhs"
    text = """sdhs 1
neuron lif { decay = 0.2 }
block choice(x) {
  weights = own
  fan = x -> choose(wide0 = conv(1, out = 2) -> norm -> lif, c3 = conv(3, out = 2) -> norm -> lif)
  return fan -> conv(1, out = 2) -> norm -> lif
}
network n {
  input image : real[3, 8, 6]
  x = image -> conv(1, out = 2) -> lif
  z = x -> conv(3, out = 2) -> lif
  l = add(x -> repeat(choice, 2), z -> repeat(choice, 2) -> choice)
  a = add(
    l -> conv(1, out = 2) -> norm,
    l -> conv(1, out = 2) -> norm,
    z -> conv(1, out = 2) -> norm,
    z -> conv(1, out = 2) -> norm
  )
  b = a -> conv(1, out = 2)
  c = a -> conv(1, out = 2)
  wide = add(b -> norm, c -> norm) -> conv(1, out = 2) -> norm -> lif
  output y = wide -> choice
}
"""
    spec.write_text(text.replace("out = 2)", "out = 2, bias = false)"))  # a norm makes gradients of biases 0 and rounding
    same(spec)


MODELS = {
    "lif": "levels = 3  reset = soft  threshold = learn(0.5, per = channel)",
    "alif": "threshold = learn(0.4, per = channel)  decay = learn(0.3)",
    "glif": "",
    "cuba": "decay = learn(0.5, per = channel)",
    "ternary": "",
}
"""Keys of neurons by their models: learned numbers of layers and channels, counts, signs; b is learned with `glif`."""


@pytest.mark.native
@pytest.mark.usefixtures("quickly_compiled")
@pytest.mark.parametrize("model", [pytest.param(name, marks=() if name == "alif" else pytest.mark.long) for name in MODELS])
def test_neurons_of_any_model(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With b and learned numbers of their own, by generated kernels; alone, and fused with their norms."""
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0)
    text = SPEC.replace("  decay = 0.2\n", f"  model = {model}\n  {MODELS[model]}\n")
    spec = tmp_path / "n.sdhs"
    spec.write_text(re.sub(r"b = (\d)", r"b = learn(\1)", text) if model == "glif" else text)
    graph = same(spec)
    assert not any(node.op.name == "neuron" and ".c3" in node.name for node in graph)
    assert {b for node in graph if isinstance(node.op, WideNeurons) for b in node.op.b} == {2, 3, 5}
    same(spec, "widen,fuse")


def same(spec: Path, passes: str = "widen") -> Graph:
    """Compares values, gradients and statistics of the plain and the wide supernet."""
    wide = Program.read(spec).build("search")
    assert str(wide.passes[-3]) == "widen"
    torch.manual_seed(0)
    graph = pipeline.run(pipeline.parse(passes), wide.plain)
    a, b = Model(wide.plain).double(), Model(graph).double()
    weights = a.state_dict()
    assert set(weights) == set(b.state_dict())
    b.load_state_dict(weights)
    x = torch.randn(4, 2, 3, 8, 6, dtype=torch.float64)
    ya, yb = a(x), b(x)
    torch.testing.assert_close(ya, yb, rtol=0, atol=1e-12)
    upstream = torch.randn_like(ya)
    (ya * upstream).sum().backward()
    (yb * upstream).sum().backward()
    other = dict(b.named_parameters())
    for name, parameter in a.named_parameters():
        torch.testing.assert_close(parameter.grad, other[name].grad, rtol=1e-9, atol=1e-9, msg=name)
    after = b.state_dict()
    for name, value in a.state_dict().items():
        torch.testing.assert_close(value, after[name], rtol=0, atol=1e-12, msg=name)
    return graph


def test_operations_are_fewer_and_edges_keep_their_names(spec: Path) -> None:
    """One wide convolution per kernel and surrogate replaces one per candidate of each edge."""
    wide = Program.read(spec).build("search")
    graph = pipeline.run(pipeline.parse("widen"), wide.plain)
    plain = Program.read(spec).build("search", passes=pipeline.show(pipeline.plain(wide.passes))).plain
    assert sum(n.op.name in ("conv", "wide_conv") for n in graph) < sum(n.op.name == "conv" for n in plain) / 2
    edges = [n.name for n in plain if n.op.name == "mix"]
    assert edges
    assert all(graph.node(name).value == plain.node(name).value for name in edges)
    for node in graph:
        if isinstance(node.op, WideLif):
            assert len(node.op.b) * node.op.width == node.value.channels


def test_a_graph_without_open_edges_stays_as_it_is(spec: Path) -> None:
    """A graph without anything to widen stays unchanged, and one that isn't lowered is refused."""
    built = Program.read(spec).build("search")
    wide = pipeline.run(pipeline.parse("widen"), built.plain)
    assert pipeline.run(pipeline.parse("widen"), wide) == wide
    with pytest.raises(PassError) as refused:
        pipeline.run(pipeline.parse("widen"), built.space)
    assert refused.value.summary == "pass `widen` needs a graph with no composite operation: `stem` stem is not expanded"
    assert refused.value.help == "put `widen` after `expand-layers`"


def test_chosen_edges_are_widened_too(spec: Path, tmp_path: Path) -> None:
    """Joining convolutions and norms from one value into one cell keeps values, gradients and names of weights."""
    genotype = tmp_path / "g.sdhs"
    genotype.write_text(GENOTYPE)
    plain = Program.read(spec, genotype=genotype).build("retrain", passes=None).plain
    plain = pipeline.run(pipeline.parse("mix{at=membrane}"), plain)
    wide = pipeline.run(pipeline.parse("widen"), plain)
    assert sum(n.op.name == "wide_conv" for n in wide) >= 2
    torch.manual_seed(1)
    a, b = Model(plain).double(), Model(wide).double()
    b.load_state_dict(a.state_dict())
    x = torch.randn(4, 2, 3, 8, 6, dtype=torch.float64)
    ya, yb = a(x), b(x)
    torch.testing.assert_close(ya, yb, rtol=0, atol=1e-12)
    upstream = torch.randn_like(ya)
    (ya * upstream).sum().backward()
    (yb * upstream).sum().backward()
    other = dict(b.named_parameters())
    for name, parameter in a.named_parameters():
        torch.testing.assert_close(parameter.grad, other[name].grad, rtol=1e-9, atol=1e-9, msg=name)


def test_weights_of_a_wide_convolution_are_joined_without_a_copy(spec: Path) -> None:
    """As long as they lie side by side; with weights elsewhere, a model has the same bits."""
    graph = pipeline.run(pipeline.parse("widen"), Program.read(spec).build("search").plain)
    model = lower(graph)
    weights = [
        [model.get_parameter(f"{s.weights}.{name}").data for s in node.op.shares]
        for node in graph
        if isinstance(node.op, WideConv)
        for name in ("weight", "bias")
    ]
    assert len(weights) > 4
    for each in weights:
        found = joined(each)
        assert found.data_ptr() == each[0].data_ptr() and torch.equal(found, torch.cat(each))
        assert torch.equal(joined(each[::-1]), torch.cat(each[::-1]))
    x = torch.randn(4, 2, 3, 8, 6, generator=torch.Generator().manual_seed(0))
    apart = copy.deepcopy(model)
    apart.load_state_dict({name: value.clone() for name, value in model.state_dict().items()}, assign=True)
    for ours, theirs in zip(_trained(model, x), _trained(apart, x), strict=True):
        assert torch.equal(ours, theirs)


def _trained(model: Model, x: torch.Tensor) -> list[torch.Tensor]:
    """The result, and the weights after a step of an optimizer."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, fused=True)
    y = model(x)
    y.square().sum().backward()
    optimizer.step()
    return [y, *model.state_dict().values()]


def test_the_layer_whose_surrogate_is_searched_stays_plain(spec: Path, tmp_path: Path) -> None:
    """The surrogate search needs the separate convolutions in front of its neuron."""
    genotype = tmp_path / "g.sdhs"
    genotype.write_text(GENOTYPE)
    graph = Program.read(spec, genotype=genotype).build("retrain").plain
    marked = pipeline.run(pipeline.parse("mix{at=membrane},instrument-dgs{at=cells[0].n1}"), graph)
    wide = pipeline.run(pipeline.parse("widen"), marked)
    assert wide.node("cells[0].n1.prev.c3.conv") == marked.node("cells[0].n1.prev.c3.conv")
    assert "cells[0].n1.prev.c3.conv" not in pipeline.run(pipeline.parse("widen"), graph)


GENOTYPE = """sdhs 1

genotype c {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c3(prev)
  n2 = c5(prev)  + c3(n0)
}

path t = [1, 0]
"""


def test_several_uses_of_the_same_weights_are_not_joined() -> None:
    """Positions of a trellis whose cells prepare the same value by the same weights, once for each level it may come from."""
    text = """
sdhs 1
neuron lif { }
candidates few { c3 = conv(3) -> norm -> lif  skip = identity }
cell small { nodes = 1  candidates = few  neuron = lif  preprocess = conv(1) -> norm }
trellis grid { cell = small  layers = 2  levels = 3 }
network net {
  input x : real[2, 7, 6]
  time = 2
  s = x -> stem(3, out = 2)
  output y = s -> grid -> restore(s)
}
"""
    built = Program.of_text(text, "net.sdhs").checked().build("search")
    plain, wide = (targets.lower(graph, "torch").double().eval() for graph in (built.plain, built.graph))
    wide.load_state_dict(plain.state_dict())
    x = {"x": torch.rand(2, 2, 7, 6, dtype=torch.float64)}
    for one, other in zip(plain.run(x)[0].values(), wide.run(x)[0].values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)
