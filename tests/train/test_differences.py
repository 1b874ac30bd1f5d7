"""Spikes that differ between two forms of a network: in loops, of several spikes at once, and of joined neurons."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_run import class_graph
from typing_extensions import override

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.spikes import neurons
from spikegraph.backends.torch.train.differences import differences
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.program.program import Program
from spikegraph.tasks import TASKS

SPECS = Path(__file__).parents[2] / "specs"
TEXT = """sdhs 1
neuron lif { }
neuron many { levels = 3  threshold = 0.1 }
neuron quiet { fires = false }
network net {
  input x : real[2, 4, 5]
  time = 3
  half = add(x -> conv(3, out = 4), previous(b) -> conv(3, out = 4)) -> lif
  b = half -> conv(3, out = 2) -> many
  c = b -> conv(3, out = 3) -> quiet
  output y = c -> pool -> linear(2) -> mean(time)
}
"""


class Noise(Samples):
    """Seven random images and their classes."""

    @override
    def __len__(self) -> int:
        return 7

    @override
    def sample(self, index: int) -> Sample:
        image = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(index))
        return Sample({"x": image.numpy()}, np.asarray(index % 2))


NOISE = DataSet(Noise(), TASKS["class"])


def models() -> tuple[Model, Model]:
    """Two networks with different weights."""
    built = Program.of_text(TEXT, "net.sdhs").checked().build("deploy")
    first, second = (lower(built.graph, plain=built.plain).eval() for _ in range(2))
    second.load_state_dict({name: x + 0.05 for name, x in first.state_dict().items()})
    return first, second


def test_loops_and_several_spikes_at_once() -> None:
    first, second = models()
    told: list[int] = []
    found = differences(first, second, NOISE, 3, on_progress=told.append)
    images = torch.stack([torch.from_numpy(s.inputs["x"]) for s in NOISE.samples()])
    values = []
    for model in (first, second):
        with torch.no_grad():
            values.append(model.run({"x": images}, wanted=("half", "b"))[0])
    assert found.keys() == {"half", "b"}  # those that don't fire have no spikes
    for name, of in found.items():
        a, b = (value[name].flatten().tolist() for value in values)
        assert of.places == len(a)
        assert of.spikes == sum(x > 0 for x in a) > 0
        assert of.differing == sum(x != y for x, y in zip(a, b, strict=True)) > 0
    assert max(values[0]["b"].flatten().tolist()) > 1
    assert told == [3, 6, 7]


def test_a_network_has_the_spikes_of_itself() -> None:
    first, _ = models()
    assert [of.differing for of in differences(first, first, NOISE, 2).values()] == [0, 0]


def test_other_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="the second form of the network lacks neurons of the first"):
        differences(models()[0], Model(class_graph()), NOISE, 2)


@pytest.mark.parametrize("name", ["images", "cifar10", "stereo", "zoo/spikformer", "zoo/plif_net"])
def test_both_forms_have_the_same_neurons(name: str) -> None:
    """Whatever is joined with what, the names are those of the plain graph; the deployed form lacks auxiliary classifiers."""
    genotype = SPECS / "genotypes" / f"{name}.sdhs"
    program = Program.read(SPECS / f"{name}.sdhs", genotype=genotype if genotype.exists() else None)
    deployed, retrained = (
        [{pair for of in neurons(graph).values() for pair in of.items()} for graph in (built.graph, built.plain)]
        for built in (program.build("deploy"), program.build("retrain"))
    )
    assert len(deployed[0]) >= 4
    assert deployed[0] == deployed[1]
    assert retrained[0] == retrained[1]
    auxiliary = {("aux.0.lif", 128), ("aux.1.lif", 768)} if name == "cifar10" else set()
    assert retrained[0] == deployed[0] | auxiliary
