"""Every model of the registry, a plug-in's too: it trains, streams, is deployed, exported, counted and certified."""

import numpy as np
import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.backends.torch.exporting.files import torch_file
from spikegraph.backends.torch.exporting.made import compared_file
from spikegraph.backends.torch.exporting.onnx_model import onnx_file
from spikegraph.backends.torch.exporting.program import traced
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.model import Model
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.ir.neuron_updates import update_of
from spikegraph.program.program import Program

from .every_model import STEPS, currents, inputs, models, over_time, spec

EXPORTED = ("clif", "integer", "izhikevich", "sliding_psn", "psn")
"""Models that are exported without `--long` too: with functions, levels, other states at the start, several currents."""
GAIN = {"adlif": 10.0, "brf": 300.0, "izhikevich": 300.0}
"""What the currents of models are multiplied by, that fire in a few steps only at larger ones."""


@pytest.fixture(scope="module", params=list(models()))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Program, Model]:
    """A model's name, its spec, and its network after 30 steps of training."""
    path = tmp_path_factory.mktemp("neurons") / "net.sdhs"
    path.write_text(spec(request.param, currents(request.param)), encoding="utf-8")
    program = spikegraph.load(path)
    torch.manual_seed(0)
    model = spikegraph.compile(program)
    assert isinstance(model, Model)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "norm.weight" in key:
                parameter.mul_(GAIN.get(request.param, 1.0))
    train(model)
    return request.param, program, model.eval()


def train(model: Model) -> None:
    """Thirty steps on four samples, after which their loss is smaller."""
    x, y = inputs(), torch.tensor([0, 1, 2, 1])
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        losses.append(loss.item())
        optimiser.step()
    assert losses[-1] < losses[0], losses
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, f"{name} has no gradient"


def test_it_trains_streams_and_is_what_the_reference_computes(made):
    name, program, model = made
    x = inputs(2, 7)
    if over_time(name):
        with pytest.raises(spikegraph.NotStreamableError, match="needs all time steps at once"):
            model.stream()
    else:
        with torch.no_grad():
            whole, stream = model(x), model.stream()
            steps = [stream.step({"x": x})["o"] for _ in range(STEPS)]
        np.testing.assert_allclose(steps[-1], whole.numpy(), rtol=0, atol=1e-5)
    double = spikegraph.compile(program).double().eval()
    double.load_state_dict({key: value.double() for key, value in model.state_dict().items()})
    reference = spikegraph.reference(program, {k: v.numpy() for k, v in double.state_dict().items()})
    trace = reference.trace({"x": x.double().numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(trace.outputs["o"], double(x.double()).numpy(), rtol=0, atol=1e-9)
    spikes = {key: value for key, value in trace.spikes.items() if value.any()}
    assert spikes or not NEURON_MODELS[name].spikes, "nothing fires"


@pytest.mark.slow
def test_exported_steps_have_its_spikes(made, request):
    """The exporters run each program beside the reference, from the first step."""
    name, _, model = made
    if NEURON_MODELS.is_built_in(name) and name not in EXPORTED and not request.config.getoption("--long"):
        pytest.skip("other models of the library are exported with --long")
    if over_time(name):
        with pytest.raises(NotExportableError, match="needs all time steps at once"):
            traced(model, "torch")
        return
    step = traced(model, "torch")
    assert len(compared_file(model, model, "torch", torch_file, step)[0]) > 1000
    pytest.importorskip("onnxruntime")
    assert len(compared_file(model, model, "ONNX", onnx_file, step)[0]) > 1000


def test_it_is_counted_and_certified(made):
    name, program, model = made
    signature = NEURON_MODELS[name]
    certificate = spikegraph.certify(program)
    text = signature.model is not None or NEURON_MODELS.is_built_in(name)
    assert bool(certificate.trusted) != text
    assert certificate.holds == signature.spikes
    if text:
        (neuron,) = {node.op.neuron for node in model.plain if hasattr(node.op, "neuron")}
        update = update_of(neuron)
        assert update is not None
        assert update.comparisons >= signature.spikes
