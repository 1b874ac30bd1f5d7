"""Firing rates: every neuron of the plain graph has one, in every form of the network."""

from pathlib import Path

import pytest
import torch

from spikegraph.analysis.parts import Sums
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.rates import FiringRates, counted
from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind
from spikegraph.program.phases import Built
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
NUMBERS = {("cifar10", "retrain"): 75, ("cifar10", "deploy"): 73, ("stereo", "retrain"): 32, ("stereo", "deploy"): 32}


def built(name: str, phase: str, *overrides: str) -> Built:
    genotype = None if phase == "search" else SPECS / "genotypes" / f"{name}.sdhs"
    return Program.read(SPECS / f"{name}.sdhs", genotype=genotype, overrides=overrides).build(phase)  # type: ignore[arg-type]


@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
@pytest.mark.parametrize("name", ["cifar10", "stereo"])
def test_every_neuron_is_counted_once(name: str, phase: str) -> None:
    """Neurons are found without the graph that runs: by the word `lif` in the plain graph, with all its channels."""
    form = built(name, phase)
    neurons = {n.name: n.value.channels for n in form.plain if n.op.name == "lif"}
    found = [(neuron, channels) for of in counted(form.graph).values() for neuron, channels in of.items()]
    assert len(found) == len({neuron for neuron, _ in found})
    assert {neuron: channels for neuron, channels in found if neuron in neurons} == neurons
    others = [form.plain.node(neuron) for neuron, _ in found if neuron not in neurons]
    assert all(n.value.kind in (Kind.SPIKE, Kind.COUNT, Kind.EVENTS) for n in others)
    assert {n.name for n in others if n.op.name == "input"} == ({"left", "right"} if name == "stereo" else set())
    if phase != "search":
        assert len(neurons) == NUMBERS[name, phase]


def rates(model: Model, image: torch.Tensor) -> dict[str, float]:
    found = FiringRates(model.graph)
    with torch.no_grad():
        model.run({"image": image}, watch=found.add)
    return found.means()


def additions(model: Model, form: Graph, image: torch.Tensor) -> dict[str, float]:
    """The additions of the operations of a graph, at the spikes of a model."""
    found = FiringRates(model.graph, form)
    with torch.no_grad():
        model.run({"image": image}, watch=found.add)
    return found.measured().additions


def test_joined_neurons_have_the_rates_of_separate_ones() -> None:
    """In float64, all forms of a network fire alike."""
    torch.manual_seed(3)
    small = ("retrain.W = 3", "retrain.mix = spike")
    form, deployed = built("cifar10", "retrain", *small), built("cifar10", "deploy", *small)
    plain, quick, folded = (Model(g).double() for g in (form.plain, form.graph, deployed.graph))
    image = torch.rand(2, 3, 32, 32).double()
    plain.train().run({"image": image})
    quick.load_state_dict(plain.state_dict())
    load_folded(folded, plain.state_dict())
    wanted = rates(plain.eval(), image)
    assert len({round(rate, 3) for rate in wanted.values()}) > 10
    for model in (quick, folded):
        found = rates(model.eval(), image)
        assert found == pytest.approx({name: wanted[name] for name in found}, abs=1e-12)
        assert {n.name for n in deployed.plain if n.op.name == "lif"} <= found.keys()
    added = [additions(model, form.plain, image) for model in (plain, quick, folded)]
    assert len(added[0]) > 20
    assert added[1] == pytest.approx(added[0], rel=1e-12)
    assert added[2] == pytest.approx(added[0], rel=1e-12)


def test_a_joined_neuron_is_split_by_channels() -> None:
    """The wide neurons of a supernet, with spikes set by hand."""
    form = built("cifar10", "search", "search.W = 2")
    found = FiringRates(form.graph)
    name, of = next((name, of) for name, of in found.counted.items() if len(of) > 2)
    value = torch.zeros(3, 2, sum(of.values()), 4, 4)
    start = 0
    for number, channels in enumerate(of.values()):
        value[: number % 4, :, start : start + channels] = 1
        start += channels
    found.add(name, value)
    found.add("stem.conv", value)
    assert found.means() == {neuron: pytest.approx((number % 4) / 3) for number, neuron in enumerate(of)}


SHORTCUT = """sdhs 1
neuron lif { threshold = 0.1 }
network net {
  input x : spike[2, 6, 6]
  a = x -> conv(3, out = 2) -> lif
  output p = add(mul(a, x), a -> pool(max, kernel = 3, stride = 1, padding = centred))
}
"""


def test_spikes_that_only_a_sum_takes_are_measured() -> None:
    """Here masked and pooled ones, which no layer takes: the sum adds as many as there are."""
    form = Program.of_text(SHORTCUT, "net.sdhs").build("retrain")
    torch.manual_seed(0)
    model, found = lower(form.graph, plain=form.plain), FiringRates(form.graph, form.plain)
    x = (torch.rand(3, 4, 2, 6, 6, generator=torch.Generator().manual_seed(1)) < 0.2).float()
    with torch.no_grad():
        model.run({"x": x}, watch=found.add)
        a = model.values({"x": x}, ("a",))["a"]
    pooled = torch.nn.functional.max_pool2d(a.flatten(0, 1), 3, 1, 1)
    statistics = Statistics.of(form.outline, form.plain, found.means() | {"x": float(x.mean())}, time=3)
    (part,) = [part for layer in statistics.layers for part in layer.parts if isinstance(part, Sums)]
    assert part.additions == pytest.approx(float((a * x).sum() + pooled.sum()) / 4)
