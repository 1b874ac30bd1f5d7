"""Parameters that no layer holds: factors and shifts of channels, one number for all, embeddings of positions."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from spikegraph.foreign.errors import ForeignError

from .examples import example, taken_over
from .refused import said


class Holding(nn.Module):
    """A convolution, a parameter and what computes with both."""

    def __init__(self, compute, *shape):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 1)
        self.own, self.compute = nn.Parameter(torch.randn(shape)), compute

    def forward(self, x):
        return self.head(F.relu(self.compute(self.conv(x), self.own)))


FORMS = {
    "a factor of channels": (lambda x, w: x * w.reshape(1, -1, 1, 1), (4,), "conv(1, out = 4, groups = all, bias = false)"),
    "a factor of channels, last": (lambda x, w: (x.permute(0, 2, 3, 1) * w).permute(0, 3, 1, 2), (4,), "groups = all"),
    "a factor of channels in front": (lambda x, w: w[None, :, None, None].expand(1, 4, 5, 4) * x, (4,), "groups = all"),
    "a shift of channels": (lambda x, w: x + w[:, None, None], (4,), "learned(size = [])"),
    "a factor": (lambda x, w: w * x, (1,), "learned(channels = 1, size = []) -> spread(to = 4)"),
    "a factor without dimensions": (lambda x, w: x - w, (), "learned(channels = 1, size = []) -> spread(to = 4)"),
    "positions": (lambda x, w: x + w, (1, 4, 5, 4), "conv_ -> learned\n"),
    "positions, channels last": (lambda x, w: x + w.permute(0, 3, 1, 2), (1, 5, 4, 4), "conv_ -> learned\n"),
    "positions of tokens": (
        lambda x, w: (x.flatten(2).transpose(1, 2) / w).transpose(1, 2).unflatten(2, (5, 4)),
        (1, 20, 4),
        "conv_ -> learned\n",
    ),
    "several samples": (lambda x, w: x + w.expand(len(x), -1, -1, -1), (1, 4, 5, 4), "conv_ -> learned\n"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_parameter_beside_a_value(name):
    torch.manual_seed(0)
    compute, shape, text = FORMS[name]
    module = Holding(compute, *shape)
    found = taken_over(module, example(2, 3, 7, 6))
    assert text in found.spec
    back = found.state_dict(found.model())
    assert torch.equal(back["own"], module.own.detach())


def test_the_same_at_each_time_step():
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc, self.own = nn.Linear(3, 4), nn.Parameter(torch.randn(4))

        def forward(self, x):  # [T, N, 3]
            return torch.stack([torch.sigmoid(self.fc(x[t]) * self.own + self.own) for t in range(len(x))])

    found = taken_over(Steps(), example(4, 2, 3))
    assert found.compared.steps == 4
    assert "time =" not in found.spec


REFUSED = {
    "rows": (
        lambda x, w: x + w,
        (5, 1),
        "the module, `+`: it takes `own` as [5, 1] beside [2, 4, 5, 4] "
        "(help: give it a number for each channel, or for each channel and pixel, or one number for all)",
    ),
    "a part": (
        lambda x, w: x + w[:4, None, None],
        (5,),
        "the module, `+`: it takes a part of `own` (help: take the whole parameter)",
    ),
    "alone": (
        lambda x, w: x * torch.exp(w),
        (1,),
        "the module, torch.exp: it takes `own` itself (help: hold weights in layers such as Conv2d and Linear, and call these)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    compute, shape, message = REFUSED[name]
    with pytest.raises(ForeignError) as told:
        taken_over(Holding(compute, *shape), example(2, 3, 7, 6))
    assert said(told.value) == message


def test_a_buffer_is_refused():
    module = Holding(lambda x, w: x + w, 1)
    del module.own
    module.register_buffer("own", torch.ones(1))
    with pytest.raises(ForeignError) as told:
        taken_over(module, example(2, 3, 7, 6))
    assert said(told.value) == (
        "the module, `+`: it takes `own`, which is a buffer (help: make it a parameter, torch.nn.Parameter)"
    )
