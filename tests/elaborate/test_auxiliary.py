"""Auxiliary classifiers: wires with losses, from the text to training and deployment."""

import pytest
import torch

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.processes import ONE
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.layers import Auxiliary
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value
from spikegraph.program.program import Program

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 2 candidates = both neuron = lif }
cell smaller like plain { stride = 2 }

network net {
  param W = 2
  input image : real[3, 8, 8]
  time = 2
  stem  = image -> stem(3, out = 2 * W)
  cells = stem -> chain([plain, smaller, plain], width = W)
  aux   = cells[1] -> auxiliary(classes = 10, channels = 4, features = 6)
  side  = stem -> pool -> linear(10) -> mean(time)
  output logits = cells -> pool -> linear(10) -> mean(time)
}

dataset mnist { augment = [random_crop([8, 8]), repeat(3)] }
search net on mnist {
  epochs       = 1
  batch        = 1
  weights      = sgd(lr = 0.1)
  architecture = adam(lr = 0.1)
  loss         = cross_entropy(logits)
}
retrain net on mnist {
  epochs  = 1
  batch   = 1
  weights = sgd(lr = 0.1)
  loss    = cross_entropy(logits) + 0.4 * cross_entropy(aux)
}

genotype plain {
  n0 = c3(prev2)   + c3(prev)
  n1 = skip(prev2) + c3(n0)
}

genotype smaller {
  n0 = c3(prev2)   + skip(prev)
  n1 = skip(prev2) + c3(n0)
}
"""


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "net.sdhs"
    found.write_text(SPEC)
    return found


def aux_names(graph):
    return [n.name for n in graph if n.name.split(".")[0] == "aux"]


def test_it_stays_if_a_loss_uses_it(path):
    retrain = Program.read(path).build("retrain").plain
    assert retrain.taps == {"aux": "aux"} and list(retrain.outputs) == ["logits"]
    assert aux_names(retrain) == [
        *("aux.pool", "aux.0.conv", "aux.0.norm", "aux.0.lif", "aux.1.conv", "aux.1.norm", "aux.1.lif"),
        *("aux.mean", "aux.linear", "aux"),
    ]
    assert retrain.node("aux.pool").value == Value(Kind.REAL, 8, (2, 2))
    assert retrain.node("aux.0.lif").value == Value(Kind.SPIKE, 4, (2, 2))
    assert retrain.node("aux").value == Value(Kind.REAL, 10, (), steps=False)


@pytest.mark.parametrize("phase", ["search", "deploy"])
def test_it_is_removed_if_no_loss_uses_it(path, phase):
    graph = Program.read(path).build(phase).plain
    assert graph.taps == {} and aux_names(graph) == []
    assert "side" not in graph


def test_without_the_loss_it_is_not_built(path):
    overrides = ("retrain.loss = cross_entropy(logits)",)
    assert aux_names(Program.read(path, overrides=overrides).build("retrain").plain) == []


def test_any_wire_can_have_a_loss(path):
    graph = Program.read(path, overrides=("retrain.loss = cross_entropy(side)",)).build("retrain").plain
    assert graph.taps == {"side": "side"}


@pytest.mark.parametrize(
    ("loss", "code", "summary"),
    [
        ("cross_entropy(au)", "SG0202", "the network has no output or wire `au`"),
        ("cross_entropy(stem)", "SG0316", "`cross_entropy` needs logits [classes], not spike[4, 8, 8]"),
        ("subpixel_cross_entropy(aux)", "SG0316", "`subpixel_cross_entropy` needs an output of `subpixel`, not of `auxiliary`"),
    ],
)
def test_wires_that_cannot_have_a_loss(path, loss, code, summary):
    with pytest.raises(SpecError) as caught:
        Program.read(path, overrides=(f"retrain.loss = {loss}",)).build("retrain")
    assert [(d.code, d.summary) for d in caught.value.diagnostics] == [(code, summary)]


def test_text_and_json_hold_the_taps(path):
    built = Program.read(path).build("retrain")
    for graph in (built.space, built.plain):
        assert graph.taps and "\ntap aux = aux\n" in print_graph(graph)
        assert parse_graph(print_graph(graph)) == graph
        assert from_json(to_json(graph)) == graph


def test_a_wire_may_be_called_tap(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.replace("side  =", "tap   =").replace("cross_entropy(aux)", "cross_entropy(tap)"))
    graph = Program.read(path).build("retrain").plain
    assert graph.taps == {"tap": "tap"}
    assert parse_graph(print_graph(graph)) == graph


def test_its_operand_is_a_feature_map():
    with pytest.raises(TypeRuleError, match=r"`auxiliary` needs a feature map, not real\[8\]"):
        Auxiliary(classes=3, neuron=Neuron()).infer(Value(Kind.REAL, 8, ()))


def test_training_computes_it_and_evaluation_does_not(path):
    torch.manual_seed(0)
    built = Program.read(path).build("retrain")
    assert built.run is not None
    model = Model(built.plain)
    losses = Losses(built.plain, built.run.loss)
    assert losses.wanted == ("logits", "aux")
    batch = Batch({"image": torch.rand(3, 3, 8, 8)}, torch.tensor([0, 1, 4]), torch.ones(3, dtype=torch.bool))
    values, _ = model.run(batch.inputs, wanted=losses.wanted)
    total, _, parts = losses.over(ONE, values, batch)
    assert total.item() == pytest.approx(
        parts["cross_entropy(logits)"].item() + 0.4 * parts["cross_entropy(aux)"].item(), rel=1e-6
    )
    total.backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    assert all(g is not None and g.isfinite().all() for g in gradients.values())
    assert any(name.startswith("aux.") and g is not None and g.abs().sum() > 0 for name, g in gradients.items())
    computed = []
    model.eval()
    model.run(batch.inputs, watch=lambda name, _: computed.append(name))
    assert computed and not [name for name in computed if name.startswith("aux")]
    assert isinstance(model(batch.inputs["image"]), torch.Tensor)


def test_a_trained_network_is_deployed_without_it(path):
    torch.manual_seed(0)
    trained = Model(Program.read(path).build("retrain").plain).double()
    image = torch.rand(2, 3, 8, 8, dtype=torch.float64)
    trained(image)  # moves the statistics
    deployed = Model(Program.read(path).build("deploy").plain).double()
    load_folded(deployed, trained.state_dict())
    torch.testing.assert_close(deployed.eval()(image), trained.eval()(image), rtol=0, atol=1e-10)
    assert not [name for name in deployed.state_dict() if name.startswith("aux")]


def test_images_are_the_same_at_every_step_and_the_stem_is_convolved_once(path):
    graph = Program.read(path).build("retrain").plain
    once = [n.name for n in graph if not n.value.steps]
    assert once == ["image", "stem.conv", "stem.norm", "aux", "logits"]
    torch.manual_seed(0)
    model = Model(graph).eval()
    shapes = {}
    model.run({"image": torch.rand(2, 3, 8, 8)}, watch=lambda name, value: shapes.update({name: tuple(value.shape)}))
    assert shapes["stem.conv"] == (2, 4, 8, 8) and shapes["stem"] == (2, 2, 4, 8, 8) and shapes["logits"] == (2, 10)


def test_step_by_step_gives_the_mean_so_far(path):
    torch.manual_seed(0)
    model = Model(Program.read(path).build("retrain").plain).double().eval()
    image = torch.rand(2, 3, 8, 8, dtype=torch.float64)
    stream = model.stream()
    stream.step({"image": image})
    found = stream.step({"image": image})
    torch.testing.assert_close(found["logits"], model(image), rtol=0, atol=1e-12)
