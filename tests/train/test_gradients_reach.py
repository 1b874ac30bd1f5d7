"""A kernel without a gradient stops a training at its first step, with the weights that it cuts off."""

from typing import ClassVar

import pytest
import torch

import spikegraph
from spikegraph.backends.torch.kernels.base import kernel
from spikegraph.base.errors import UntrainableError
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import Traits

SPEC = """sdhs 1
neuron lif {{ decay = 0.5 }}

network net {{
  input image : real[1, 8, 8]
  time = {time}
  first  = image -> conv(3, out = 4) -> norm -> {op}
  unused = image -> conv(3, out = 2) -> lif
  second = {second}
  output logits = second -> pool -> linear(3) -> mean(time)
  output other  = unused -> conv(1, out = 1)
}}

dataset images {{ source = python }}
retrain net on images {{ epochs = 1 batch = 4 weights = sgd(lr = 0.05) loss = cross_entropy(logits) }}
"""


@pytest.fixture
def operations(registrations):
    """Three operations: one without a gradient, one that stops it on purpose, and one that is as it should be."""

    class Base(Op):
        def infer(self, x):
            return x

    made = {}
    for word, traits in (("hard", Traits()), ("stopped", Traits(detaches=True)), ("soft", Traits())):
        members = {"name": word, "traits": traits, "__annotations__": {"name": ClassVar[str]}, "__doc__": word}
        made[word] = register(type(word.title(), (Base,), members))
    kernel(made["hard"])(lambda call, xs, state: ((xs[0] > 0).to(xs[0].dtype), None))
    kernel(made["stopped"])(lambda call, xs, state: (xs[0].detach(), None))
    kernel(made["soft"])(lambda call, xs, state: (torch.sigmoid(xs[0]), None))


def fit(tmp_path, op, second="first -> conv(3, out = 4) -> lif", time=2):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC.format(op=op, second=second, time=time))
    random = torch.Generator().manual_seed(0)
    samples = [(torch.randn(1, 8, 8, generator=random), k % 3) for k in range(12)]
    return spikegraph.fit(path, train=samples, test=samples, out=tmp_path / "run")


def test_the_error_names_the_operation_its_line_and_the_weights(tmp_path, operations):
    with pytest.raises(UntrainableError) as error:
        fit(tmp_path, "hard")
    assert error.value.summary.startswith("`first` (") and "net.sdhs:7:49)" in error.value.summary
    assert "`first.conv.weight`, `first.conv.bias`, `first.norm.weight` and `first.norm.bias` can't be trained" in str(
        error.value
    )
    assert "in operations that torch can differentiate" in str(error.value.help)


def test_what_no_loss_needs_is_no_error(tmp_path, operations):
    assert (fit(tmp_path, "soft") / "weights.safetensors").exists()


def test_a_loop_of_one_time_step_is_no_error(tmp_path, operations):
    """The weights behind `previous` get no gradient, and no operation is the reason."""
    second = "add(first, previous(second) -> conv(3, out = 4)) -> lif"
    assert (fit(tmp_path, "soft", second, time=1) / "weights.safetensors").exists()


def test_gradients_may_be_stopped_on_purpose(tmp_path, operations):
    assert (fit(tmp_path, "stopped") / "weights.safetensors").exists()


def test_another_way_for_the_gradient_is_enough(tmp_path, operations):
    second = "add(first, image -> conv(3, out = 4)) -> hard -> conv(3, out = 4) -> lif"
    with pytest.raises(UntrainableError, match=r"`second\.hard`"):
        fit(tmp_path, "soft", second)
    both = "add(first -> conv(3, out = 4), first -> hard -> conv(3, out = 4)) -> lif"
    (tmp_path / "both").mkdir()
    assert (fit(tmp_path / "both", "soft", both) / "weights.safetensors").exists()
