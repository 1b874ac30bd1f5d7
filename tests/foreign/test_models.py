"""Models of other people become specs that compute the same; the table of the guide has a row for each."""

import importlib
import sys
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.foreign.errors import ForeignError
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
tool = importlib.import_module("coming_from")
sys.path.remove(str(ROOT / "tools"))

TEXT = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells[1:]
    for line in TEXT.splitlines()
    if line.startswith("| ") and len(cells := line.strip("| ").split(" | ")) > 1
}
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # when norse is imported

MODELS = {name: model for name, model in tool.MODELS.items() if model.title in ROWS}
REFUSED = [name for name, model in MODELS.items() if ROWS[model.title][0].startswith("refused")]
LIKE_OTHERS = {
    "sew_resnet18_and": "sew_resnet18",
    "plif_cifar10": "dvs_gesture_net",
    "maxformer": "qkformer",
    "spike_driven_transformer": "qkformer",
    "shufflenet": "squeezenet",
}
"""Models that take long, and those that always run and resemble them."""
SMALL = [
    name if float(ROWS[model.title][-1]) < 2 and name not in LIKE_OTHERS else pytest.param(name, marks=pytest.mark.long)
    for name, model in MODELS.items()
    if name not in REFUSED and not model.slow
]


def made(name):
    if name.startswith("timm"):
        pytest.importorskip("timm")
    torch.manual_seed(1)
    return tool.MODELS[name].make()


@cache
def imported(name):
    """A module in training mode, and what it becomes."""
    module, example = made(name)
    return module, spikegraph.from_torch(module, example, multi_step=MODELS[name].multi_step)


def canonical(text):
    file = parse(SourceFile("imported.sdhs", text), Diagnostics())
    assert file is not None
    return print_file(file)


def lines_of(name):
    return ROWS[tool.MODELS[name].title][0]


@pytest.mark.parametrize("name", SMALL)
def test_a_model_in_training_mode(name):
    """`from_torch` compares results, neurons, gradients and statistics in evaluation and in training, or raises an error."""
    module, found = imported(name)
    assert found.compared.training == module.training
    assert found.compared.neurons > 0
    assert found.compared.silent == 0
    assert found.compared.gradients == sum(1 for _ in module.parameters())
    assert found.changed == ()
    assert found.spec == canonical(found.spec)
    assert lines_of(name) == str(len(found.spec.splitlines()))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.slow and name not in REFUSED])
def test_a_large_model_in_evaluation(name):
    module, example = made(name)
    online = MODELS[name].online
    found = spikegraph.from_torch(module.eval(), example[:1], approximate=online)
    assert found.compared.silent == 0
    assert found.compared.gradients == (0 if online else sum(1 for _ in module.parameters()))
    assert {change.affects for change in found.changed} == ({"gradients"} if online else set())
    assert found.spec == canonical(found.spec)
    assert lines_of(name) == str(len(found.spec.splitlines()))


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_is_refused(name):
    with pytest.raises(ForeignError) as refused:
        spikegraph.from_torch(*made(name))
    assert lines_of(name) == f"refused: {refused.value.summary}"
    assert refused.value.help


def test_the_table_has_every_model():
    titles = [model.title for model in tool.MODELS.values()]
    assert [title for title in ROWS if title in titles] == titles


def test_short_specs():
    assert int(lines_of("sew_resnet18")) < 40
    assert int(lines_of("spiking_vgg16_bn")) < 40


@pytest.mark.parametrize("name", SMALL)
def test_weights_return_bit_for_bit(name, tmp_path):
    """Import, resolved text, compiled model, state dict: the same bits under the module's own names."""
    module, found = imported(name)
    resolved = Program.of_text(found.program.text, "resolved.sdhs").checked()
    model = spikegraph.compile(resolved, phase="retrain")
    assert not all(torch.equal(w, found.weights[k]) for k, w in model.state_dict().items())
    model.load_state_dict(found.weights)
    back = found.state_dict(model)
    state = module.state_dict()
    assert all(torch.equal(back[k], state[k]) for k in back)
    statistics = {name for name in state if name.endswith(("running_mean", "running_var"))}
    assert back.keys() == {name for name, _ in module.named_parameters()} | statistics
    _, weights = found.save(tmp_path)
    read = spikegraph.compile(resolved, phase="retrain", weights=weights)
    assert all(torch.equal(w, found.weights[k]) for k, w in read.state_dict().items())


def test_the_model_computes_what_the_module_does():
    """Float32, by the public interface alone; the deployed form too, whose norms are folded."""
    from spikingjelly.activation_based import functional

    module, example = made("plif_cifar10")
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):  # weights that make all neurons fire
            nn.init.uniform_(part.bias, 0.5, 1.5)
        if isinstance(part, nn.Linear):
            part.weight.data.mul_(20)
    found = spikegraph.from_torch(module.eval(), example)
    with torch.no_grad():
        theirs = module(example)
        functional.reset_net(module)
        assert 0 < theirs.mean() < 1
        assert torch.equal(found.model()(example).view(theirs.shape), theirs)
        deployed = found.model("deploy")
        assert not [name for name, _ in deployed.named_modules() if name.endswith("norm")]
        assert (deployed(example).view(theirs.shape) - theirs).abs().mean() < 0.02


def test_an_ann_becomes_spiking_with_another_declaration():
    module = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 3), nn.ReLU())
    found = spikegraph.from_torch(module, torch.rand(2, 1, 8, 8))
    assert "neuron act {\n  model = relu\n}\n" in found.spec
    text = found.spec.replace("model = relu", "decay = 0.5\n  threshold = 0.5").replace("time = 1", "time = 3")
    model = spikegraph.compile(Program.of_text(text, "spiking.sdhs").checked())
    model.load_state_dict(found.weights)
    spikes = model(torch.rand(2, 1, 8, 8))
    assert spikes.shape[0] == 3
    assert set(spikes.unique().tolist()) <= {0.0, 1.0}
    spikes.sum().backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.in_python
def test_the_kind_and_the_name_of_the_network():
    module = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU())
    example = torch.rand(1, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    found = spikegraph.from_torch(module, example, kind="events", name="mine")
    assert "network mine {\n  input x : events[2, 8, 8]\n" in found.spec
    with pytest.raises(ValueError, match="`kind` is 'image'; the choices are `events`, `spike` and `real`"):
        spikegraph.from_torch(module, example, kind="image")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="a network can't have the name 'conv'"):
        spikegraph.from_torch(module, example, name="conv")
