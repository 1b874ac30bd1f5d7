"""A plug-in's operation that needs all time steps at once: it trains on still images, and nothing runs it step by step."""

import os

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.base.errors import NotStreamableError
from spikegraph.dsl.diagnostics import SpecError

from .forked import python

PLUGIN = '''"""Parallel spiking neurons (Fang et al., NeurIPS 2023, Eq. 5): H = W X, a spike where H > B."""

from typing import ClassVar

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits
from spikegraph.ir.types import Kind
from spikegraph.plugins.registry import when_used


@register
class Psn(Op):
    """Parallel spiking neurons: a filter over all time steps, then a threshold."""

    name: ClassVar[str] = "psn"
    traits: ClassVar[Traits] = Traits(fires=True, over_time=True)
    steps: int

    def infer(self, x):
        return x.with_(kind=Kind.SPIKE, bound=1, steps=STEPS)

    def weights(self, x):
        return {"weight": (self.steps, self.steps), "bias": (self.steps,)}


@when_used("spikegraph.kernels")
def kernels():
    import torch

    from spikegraph.backends.torch.kernels.base import kernel

    @kernel(Psn)
    def psn(call, xs, state):
        (own,) = call.leaves
        h = torch.einsum("st,tn...->sn...", own.weight, xs[0])
        h = h + own.bias.reshape(-1, *[1] * (h.dim() - 1))
        soft = torch.sigmoid(4 * h)
        return (h > 0).to(h.dtype) - soft.detach() + soft, None
'''

SPEC = """sdhs 1
neuron lif {{ decay = 0.5 }}

network net {{
  input image : real[1, 28, 28]
  time = 3
  first  = image -> conv(3, out = 4, stride = 4) -> psn(steps = 3)
  second = {second}
  output logits = second -> pool -> linear(10) -> mean(time)
}}

dataset images {{ source = fashion_mnist_small }}
retrain net on images {{ epochs = 1 batch = 10 epoch_samples = 20 weights = sgd(lr = 0.05) loss = cross_entropy }}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "psn.py").write_text(PLUGIN.replace("STEPS", "True"))
    (tmp_path / "net.sdhs").write_text(SPEC.format(second="first -> conv(3, out = 4) -> norm -> lif"))
    return tmp_path


def call(folder, *arguments, status=0):
    wide = os.environ | {"COLUMNS": "300"}
    done = python("-m", "spikegraph", *arguments, "--plugin", "psn.py", cwd=folder, env=wide)
    assert done.returncode == status, done.stderr
    return done.stderr


@pytest.fixture
def model(folder, registrations):
    spikegraph.load_plugin(str(folder / "psn.py"))
    return spikegraph.compile(folder / "net.sdhs", phase="retrain").double().eval()


def test_a_still_image_is_given_for_every_step(model):
    image = torch.randn(2, 1, 28, 28, dtype=torch.float64)
    values, _ = model.run({"image": image}, wanted=("first",))
    weights = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    current = torch.nn.functional.conv2d(
        image, model.state_dict()["first.conv.weight"], model.state_dict()["first.conv.bias"], stride=4, padding=1
    )
    filtered = np.einsum("st,nchw->snchw", weights["first.weight"], current.detach().numpy())
    expected = (filtered + weights["first.bias"].reshape(3, 1, 1, 1, 1) > 0).astype(float)
    assert np.array_equal(values["first"].detach().round().numpy(), expected)
    assert 0 < expected.mean() < 1


def test_it_is_not_run_step_by_step(model):
    message = r"net\.sdhs:7:53: `first` needs all time steps at once, so the network can't run step by step"
    image = torch.zeros(1, 1, 28, 28, dtype=torch.float64)
    with pytest.raises(NotStreamableError, match=message):
        model.stream()
    with pytest.raises(NotStreamableError, match=message):
        model.step({"image": image})
    _, state = model.run({"image": image})
    with pytest.raises(NotStreamableError, match=message):
        model.run({"image": image}, state)


def test_samples_of_different_lengths_are_refused_in_one_batch(folder, registrations):
    """It would take in what stands behind a sample's end."""
    path = folder / "steps.sdhs"
    path.write_text(
        SPEC.format(second="first").replace("  time = 3\n", "").replace("dataset", "# dataset").replace("retrain", "# retrain")
    )
    spikegraph.load_plugin(str(folder / "psn.py"))
    model = spikegraph.compile(path, phase="retrain").double().eval()
    images = torch.zeros(3, 2, 1, 28, 28, dtype=torch.float64)
    assert model(images).shape == (2, 10)
    with pytest.raises(spikegraph.UserError) as caught:
        model(images, lengths=torch.tensor([2, 3]))
    assert (caught.value.summary, caught.value.help) == (
        f"{path}:6:53: `first` needs all time steps at once, and the samples of a batch differ in their number",
        "write `batch = 1`, or let the kernel of `psn` use `Call.within`, with `Traits(own_steps=True)`",
    )


def test_it_is_refused_in_a_loop(model, folder):
    path = folder / "loop.sdhs"
    path.write_text(SPEC.format(second="add(first, previous(second)) -> psn(steps = 3)"))
    with pytest.raises(SpecError, match=r"loop\.sdhs:8:44: error\[SG0331\]: `psn` needs all time steps"):
        spikegraph.compile(path, phase="retrain")


def test_a_type_rule_without_time_steps_is_an_error(folder, registrations):
    plugin = folder / "once.py"
    plugin.write_text(PLUGIN.replace("STEPS", "x.steps"))
    spikegraph.load_plugin(str(plugin))
    with pytest.raises(SpecError, match="the result of `psn`, which needs all time steps, must have time steps"):
        spikegraph.compile(folder / "net.sdhs", phase="retrain")


def test_it_trains_and_its_exports_are_refused_with_the_line(folder):
    call(folder, "compile", "net.sdhs", "--train", "--out", "run", "--device", "cpu")
    for format, out in (("torch", "net.pt2"), ("onnx", "net.onnx")):
        said = call(folder, "export", "run", "--to", format, "-o", out, status=1)
        assert f"no export to {'torch' if format == 'torch' else 'ONNX'}: `psn` needs all time steps at once" in said
        assert "error[SG1101]" in said and "internal error" not in said
        assert not (folder / out).exists()
