"""`fuse`: norms, sums and neurons become one operation that computes the same function."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.dsl.models.library import library, library_model
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.fused import NormLif
from spikegraph.passes import pipeline
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
STEREO = ("stereo.planes = 3", "retrain.C = 12")


def fused(graph: Graph) -> Graph:
    return pipeline.run(pipeline.parse("fuse"), graph)


def count(graph: Graph) -> Mapping[str, int]:
    names = [n.op.name for n in graph]
    return {name: names.count(name) for name in names}


def same(plain: Model, quick: Model, inputs: Mapping[str, torch.Tensor], atol: float = 1e-9) -> None:
    """Compares values, gradients and statistics, after copying the weights of `plain` to `quick`."""
    assert set(plain.state_dict()) == set(quick.state_dict())
    if not plain.training:
        with torch.no_grad():
            for parameter in plain.weights():
                parameter.mul_(4)  # without norms the spikes of fresh weights die out
    quick.load_state_dict(plain.state_dict())
    wanted = tuple(plain.graph.outputs.values())
    a, _ = plain.run(inputs, wanted=wanted)
    b, _ = quick.run(inputs, wanted=wanted)
    assert all(x.std() > 0 for x in a.values())
    torch.manual_seed(5)
    for name in wanted:
        torch.testing.assert_close(b[name], a[name], rtol=0, atol=atol)
        upstream = torch.randn_like(a[name])
        (a[name] * upstream).sum().backward(retain_graph=True)
        (b[name] * upstream).sum().backward(retain_graph=True)
    other = dict(quick.named_parameters())
    for name, parameter in plain.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(other[name].grad, parameter.grad, rtol=1e-7, atol=1e-8, msg=name)
    after = quick.state_dict()
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(after[name], value, rtol=0, atol=1e-10, msg=name)


@pytest.mark.parametrize("mix", ["spike", "membrane"])
def test_a_classifier(mix: str) -> None:
    genotype, overrides = SPECS / "genotypes" / "cifar10.sdhs", ("retrain.W = 3", f"retrain.mix = {mix}")
    graph = Program.read(SPECS / "cifar10.sdhs", genotype=genotype, overrides=overrides).build("retrain").plain
    before, after = count(graph), count(fused(graph))
    assert after["norm_lif"] > 20 and after["lif"] + after["norm_lif"] == before["lif"]
    torch.manual_seed(0)
    same(Model(graph).double().train(), Model(fused(graph)).double().train(), {"image": torch.rand(3, 3, 32, 32).double()})
    same(
        Model(graph).double().train(),
        Model(pipeline.run(FASTER, graph)).double().train(),
        {"image": torch.rand(3, 3, 32, 32).double()},
    )


def test_stereo_in_training_and_deployed() -> None:
    for phase in ("retrain", "deploy"):
        genotype = SPECS / "genotypes" / "stereo.sdhs"
        graph = Program.read(SPECS / "stereo.sdhs", genotype=genotype, overrides=STEREO).build(phase).plain
        torch.manual_seed(0)
        signs = torch.sign(torch.randn(3, 1, 5, 24, 30)) * (torch.rand(3, 1, 5, 24, 30) < 0.3)
        inputs = {"left": signs.double(), "right": signs.roll(-3, -1).double()}
        plain, quick = Model(graph).double(), Model(pipeline.run(FASTER, graph)).double()
        assert len(quick.graph) < len(graph)
        same(plain.train(phase == "retrain"), quick.train(phase == "retrain"), inputs)


def test_a_supernet() -> None:
    graph = Program.read(SPECS / "cifar10.sdhs", profile="sample", overrides=["search.mix=spike"]).build("search").plain
    assert count(fused(graph))["norm_lif"] > 20
    torch.manual_seed(0)
    same(
        Model(graph).double().train(),
        Model(pipeline.run(FASTER, graph)).double().train(),
        {"image": torch.rand(2, 3, 32, 32).double()},
    )


def test_neurons_whose_surrogate_is_searched_stay() -> None:
    """Their norms stay too, because the surrogate search uses them."""
    genotype = SPECS / "genotypes" / "stereo.sdhs"
    graph = Program.read(SPECS / "stereo.sdhs", genotype=genotype, overrides=STEREO).build("retrain").plain
    kept = [n for n in fused(graph) if n.op.name == "lif"]
    assert [n.notes["dgs"] for n in kept] == ["features.stem0"] * 2
    assert all(fused(graph).node(n.operands[0]).op.name == "norm" for n in kept)


def test_a_value_that_others_take_stays() -> None:
    """A norm is fused only if the neuron is its only user."""
    genotype = SPECS / "genotypes" / "cifar10.sdhs"
    graph = Program.read(SPECS / "cifar10.sdhs", genotype=genotype, overrides=("retrain.W = 3",)).build("retrain").plain
    norm = next(n for n in graph if n.op.name == "norm" and n.value.steps and n.name.startswith("cells[2].n0"))
    neuron = graph.users(norm.name)[0].name
    assert isinstance(fused(graph).node(neuron).op, NormLif)
    graph.taps["seen"] = norm.name
    assert fused(graph).node(neuron).op.name == "lif"
    assert norm.name in fused(graph)


@pytest.mark.parametrize("model", ["lif", "alif"])
def test_several_uses_of_a_norm_stay(model: str) -> None:
    """The second use normalises by what the first has left, so its statistics depend on the order."""
    text = f"""sdhs 1
neuron act {{ model = {model} }}
network net {{
  input x, z : events[2, 6, 6]
  neuron = act
  block twice(v) {{ weights = shared  return v -> conv(3, out = 4) -> norm }}
  a = add(twice(x), twice(z)) -> act
  output o = a -> flatten -> linear(3)
}}
"""
    graph = Program.of_text(text, "twice.sdhs").checked().build("retrain").plain
    assert count(fused(graph))["norm"] == 2
    torch.manual_seed(0)
    inputs = {name: torch.randn(4, 3, 2, 6, 6, dtype=torch.float64) for name in "xz"}
    same(Model(graph).double().train(), Model(fused(graph)).double().train(), inputs)


FUSED = ("klif", "tclif")
"""Models that are compared without `--long` too: with a learned number, with two currents."""


def of_models(model: str) -> str:
    """A network of neurons of a model: after a norm, after a sum of two norms, and after a value that isn't normed."""
    inputs = library_model(model).inputs
    first, inner, last = (", ".join(f"{name} = {value}" for name in inputs[1:]) for value in ("c", "d", "b"))
    others = "  c = x -> conv(3, out = 6) -> norm\n  d = a -> conv(1, out = 6)\n" if len(inputs) > 1 else ""
    others = others.splitlines(keepends=True) or ["", ""]
    return f"""sdhs 1
neuron act {{ model = {model} }}
network net {{
  input x : events[2, 6, 6]
  neuron = act
{others[0]}  a = x -> conv(3, out = 6) -> norm -> act{f"({first})" * bool(first)}
{others[1]}  e = a -> conv(3, out = 6) -> norm
  f = x -> conv(1, out = 6) -> norm
  b = add(e, f) -> act{f"({inner})" * bool(inner)}
  g = b -> conv(1, out = 6) -> act{f"({last})" * bool(last)}
  output o = g -> flatten -> linear(3)
}}
"""


@pytest.mark.native
@pytest.mark.usefixtures("quickly_compiled")
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "model",
    [
        pytest.param(name, marks=() if name in FUSED else pytest.mark.long)
        for name in library()
        if name != "lif" and library_model(name).plain.states and not library_model(name).over_time
    ],
)
def test_neurons_of_any_model(model: str, training: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, gradients of all weights and of learned numbers, and statistics are those of the plain graph."""
    monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0)
    graph = Program.of_text(of_models(model), "models.sdhs").checked().build("retrain").plain
    assert count(fused(graph))["norm_neuron"] == 2
    assert "norm" not in count(fused(graph)) and "add" not in count(fused(graph))
    torch.manual_seed(0)
    x = torch.randn(4, 3, 2, 6, 6, dtype=torch.float64)
    same(Model(graph).double().train(training), Model(fused(graph)).double().train(training), {"x": x})
