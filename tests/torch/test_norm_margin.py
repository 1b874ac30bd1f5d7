"""A norm with a margin, against the convolution of Spike-driven Transformer V2 in plain PyTorch; folded and step by step."""

import pytest
import torch
import torch.nn.functional as F
from one_operation import inputs_of, model_of, streamed
from torch import nn

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

TEXT = """sdhs 1
network net {
  input x : real[3, 5, 6]
  a = x -> conv(1, out = 4, bias = false) -> norm(margin = 1)
  output y = a -> conv(3, out = 4, groups = all, padding = 0, bias = false) -> conv(1, out = 2, bias = false) -> norm
}
"""


class Convolution(nn.Module):
    """1 x 1, norm, a margin with what the norm gives for 0, 3 x 3 for each channel, 1 x 1, norm."""

    def __init__(self):
        super().__init__()
        self.first, self.depthwise = nn.Conv2d(3, 4, 1, bias=False), nn.Conv2d(4, 4, 3, groups=4, bias=False)
        self.last, self.inner, self.outer = nn.Conv2d(4, 2, 1, bias=False), nn.BatchNorm2d(4), nn.BatchNorm2d(2)

    def forward(self, x):
        inside = self.inner(self.first(x))
        was, self.inner.training = self.inner.training, False
        edge = self.inner(torch.zeros_like(inside[:1, :, :1, :1])).detach()
        self.inner.training = was
        wide = edge.repeat(len(x), 1, x.shape[2] + 2, x.shape[3] + 2)
        wide[:, :, 1:-1, 1:-1] = inside
        return self.outer(self.last(self.depthwise(wide)))


def pair():
    """Our network and PyTorch's with the same random weights, and each of our weights by the name of theirs."""
    torch.manual_seed(0)
    program = Program.of_text(TEXT, "net.sdhs").checked()
    built = program.build("retrain")
    model, module = lower(built.graph, plain=built.plain).double(), Convolution().double()
    of = {"a.conv": module.first, "a": module.inner, "y.conv": module.depthwise, "y.conv2": module.last, "y": module.outer}
    names = {}
    state = model.state_dict()
    for ours, layer in of.items():
        found = next(prefix for prefix in (ours, f"{ours}.norm") if f"{prefix}.weight" in state)
        for name, tensor in layer.named_parameters():
            tensor.data.normal_()
            state[f"{found}.{name}"].copy_(tensor.data)
            names[f"{found}.{name}"] = tensor
    return program, model, module, names


def batches(count):
    random = torch.Generator().manual_seed(1)
    return [torch.randn(3, 2, 3, 5, 6, dtype=torch.float64, generator=random) + 1 for _ in range(count)]


def theirs(module, x):
    return module(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def test_training_and_evaluation_are_those_of_the_published_convolution():
    _, model, module, names = pair()
    for x in batches(2):
        y, wanted = model.train()(x), theirs(module.train(), x)
        torch.testing.assert_close(y, wanted, rtol=0, atol=1e-11)
        upstream = torch.randn(y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
        slopes = torch.autograd.grad((upstream * wanted).sum(), list(names.values()))
        found = torch.autograd.grad((upstream * y).sum(), [model.get_parameter(name) for name in names])
        for name, one, other in zip(names, found, slopes, strict=True):
            assert other.abs().max() > 1e-3
            torch.testing.assert_close(one, other, rtol=0, atol=1e-9, msg=name)
    torch.testing.assert_close(model.get_buffer("a.running_var"), module.inner.running_var, rtol=0, atol=1e-12)
    (x,) = batches(1)
    torch.testing.assert_close(model.eval()(x), theirs(module.eval(), x), rtol=0, atol=1e-11)


def test_folded_it_is_a_padding_of_zeros():
    program, model, module, _ = pair()
    for x in batches(2):
        model.train()(x)
        module.train()(x.flatten(0, 1))
    built = program.build("deploy")
    first = built.plain.node("a.conv")
    assert [n.op.name for n in built.plain] == ["input", "conv", "conv", "conv"]
    assert (first.op.padding, str(first.value)) == (1, "real[4, 7, 8]")
    deployed = lower(built.graph, plain=built.plain).double().eval()
    load_folded(deployed, model.state_dict())
    (x,) = batches(1)
    torch.testing.assert_close(deployed(x), theirs(module.eval(), x), rtol=0, atol=1e-11)


@pytest.mark.parametrize("shape", [(4, 5), (4, 3, 5), (4, 2, 3, 4)])
def test_the_margin_is_what_the_norm_gives_for_0(shape):
    model, plain = model_of("norm", {"margin": 2}, shape), model_of("norm", {}, shape)
    for name, tensor in model.state_dict().items():
        plain.state_dict()[name].copy_(tensor.copy_(torch.rand_like(tensor) + 0.5))
    (x,) = inputs_of(model)
    y = model.eval()(x)
    around = F.pad(x, [2] * (2 * len(shape[1:])))
    torch.testing.assert_close(y, plain.eval()(around), rtol=0, atol=1e-12)
    torch.testing.assert_close(streamed(model, [x]), y, rtol=0, atol=1e-12)
