"""Batch norms in code of one's own become `norm`, whose weight has the constant factor in it; others are refused."""

import pytest
import torch
from torch import nn

from spikegraph.foreign.errors import ForeignError

from .by_hand.norm_over_steps import OverSteps
from .examples import example, taken_over
from .refused import said


def after_conv(norm):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), norm, nn.ReLU(), nn.Conv2d(4, 2, 1))


def test_the_weight_has_the_factor():
    module = after_conv(OverSteps(4))
    found = taken_over(module, example(2, 3, 6, 6))
    assert "norm(eps = 0.0001, momentum = 0.2, scale = 0.4)" in found.spec
    weights = {origin.name: found.weights[name] for name, origin in found.origins.items()}
    assert torch.allclose(weights["1.gain"], 0.4 * module[1].gain, rtol=1e-6, atol=0)
    assert torch.equal(weights["1.shift"], module[1].shift)
    back = found.state_dict(found.model())
    for name, tensor in module.state_dict().items():
        assert torch.allclose(back[name], tensor, rtol=1e-6, atol=0), name


def test_the_momentum_of_a_module_in_evaluation():
    found = taken_over(after_conv(OverSteps(4)).eval(), example(2, 3, 6, 6))
    assert "norm(eps = 0.0001, momentum = 0.2, scale = 0.4)" in found.spec


class Plain(nn.Module):
    """Without weight and bias; it subtracts the mean of rows of pixels, and calls them otherwise than PyTorch."""

    def __init__(self, channels, forgets=0.25):
        super().__init__()
        self.register_buffer("variance", torch.rand(channels) + 1)
        self.register_buffer("centre", torch.rand(channels))
        self.register_buffer("seen", torch.tensor(0))
        self.forgets = forgets

    def forward(self, x):
        rows = x.transpose(0, 1).flatten(1)
        centre, variance = self.centre, self.variance
        if self.training:
            self.seen += 1
            centre, variance = rows.mean(1), rows.var(1, correction=0)
            with torch.no_grad():
                self.centre = torch.lerp(self.centre, centre, self.forgets or 1 / float(self.seen))
                self.variance = torch.lerp(self.variance, rows.var(1), self.forgets or 1 / float(self.seen))
        rows = 2 * (rows - centre[:, None]) * torch.rsqrt(variance[:, None] + 1e-5)
        return rows.view(-1, len(x), *x.shape[2:]).transpose(0, 1)


def test_without_weight_and_bias():
    found = taken_over(after_conv(Plain(4)), example(2, 3, 6, 6))
    assert "-> norm(momentum = 0.25, affine = false) -> scale(2) ->" in found.spec


OTHERS = {
    "the batch's variance is kept as it is": OverSteps(4, kept=1),
    "statistics that are the mean of all batches": Plain(4, forgets=None),
}


@pytest.mark.parametrize("name", OTHERS)
def test_others_come_in_in_evaluation_alone(name):
    module = after_conv(OTHERS[name])
    with pytest.raises(ForeignError) as told:
        taken_over(module, example(2, 3, 6, 6))
    assert said(told.value) == (
        f"`1`, {type(module[1]).__name__}: it is a batch norm in evaluation, but not in training "
        "(help: take mean and variance over all dimensions but the channels, and keep them as nn.BatchNorm2d does; "
        "or call `module.eval()` first, to compare evaluation alone)"
    )
    assert "norm(" in taken_over(module.eval(), example(2, 3, 6, 6)).spec


def test_what_is_no_norm_is_followed():
    class Shifted(OverSteps):
        def forward(self, x):
            return (x + self.gain[:, None, None]) * self.shift[:, None, None]

    spec = taken_over(after_conv(Shifted(4)), example(2, 3, 6, 6)).spec
    assert "norm" not in spec.replace("norm_", "")
    assert "learned(size = [])" in spec
