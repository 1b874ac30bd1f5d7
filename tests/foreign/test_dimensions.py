"""Code that exchanges, merges and divides dimensions, as transformers do: the spec has the same network without it."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from .examples import example, taken_over


class Tokens(nn.Module):
    """A transformer's way through a map: tokens as rows, a layer norm, linear layers, and back."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.norm, self.first, self.second = nn.LayerNorm(8), nn.Linear(8, 16), nn.Linear(16, 8)
        self.last = nn.Conv2d(8, 4, 3)

    def forward(self, x):
        x = self.stem(x)
        n, c, h, w = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        tokens = tokens + self.second(torch.relu(self.first(self.norm(tokens))))
        return self.last(tokens.permute(0, 2, 1).reshape(n, c, h, w))


def test_tokens():
    torch.manual_seed(0)
    found = taken_over(Tokens(), example(2, 3, 6, 8) - 0.5)
    lines = [line.strip() for line in found.spec.splitlines()]
    assert "second = stem_ -> norm(kind = layer) -> conv(1, out = 16) -> act -> conv(1, out = 8)" in lines
    assert "output y = add(stem_, second) -> conv(3, out = 4, padding = 0)" in lines


class RowsAndChannels(nn.Module):
    """Norms on channels that are exchanged with tokens before and after, as Spikformer's layers have it."""

    def __init__(self):
        super().__init__()
        self.stem, self.rows, self.norm = nn.Conv2d(3, 6, 1), nn.Linear(6, 8), nn.BatchNorm1d(8)
        self.columns, self.head = nn.Conv1d(8, 5, 1), nn.Linear(5, 2)

    def forward(self, x):
        rows = self.rows(self.stem(x).flatten(2).transpose(-1, -2))
        rows = self.norm(rows.transpose(-1, -2)).transpose(-1, -2).contiguous()
        return self.head(torch.relu(self.columns(rows.mT)).mean(-1))


def test_rows_and_channels():
    torch.manual_seed(0)
    found = taken_over(RowsAndChannels(), example(4, 3, 5, 3) - 0.5)
    assert "conv(1, out = 6) -> conv(1, out = 8) -> norm -> conv(1, out = 5) -> act -> pool -> linear(2)" in found.spec


class Norm(nn.BatchNorm2d):
    """A norm with an activation, by the function, as timm has it."""

    def forward(self, input):
        if self.training:
            self.num_batches_tracked.add_(1)
        tensors = self.running_mean, self.running_var, self.weight, self.bias
        return F.batch_norm(input, *tensors, self.training or not self.track_running_stats, self.momentum, self.eps).relu()


@pytest.mark.parametrize("training", [True, False])
def test_a_norm_by_the_function(training):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), Norm(4, eps=1e-3), nn.Conv2d(4, 4, 1), Norm(4, momentum=0.3)).train(training)
    found = taken_over(module, example(3, 3, 8, 8))
    assert found.compared.training == training
    assert "norm(eps = 0.001)" in found.spec
    assert found.state_dict(found.model())["1.running_mean"].equal(module[1].running_mean)


class Repeating(nn.Module):
    """An image for several time steps, in the code of the module; `early` has the first layer before that."""

    def __init__(self, repeat, early=False):
        from spikingjelly.activation_based import neuron

        super().__init__()
        self.repeat, self.early = repeat, early
        self.conv, self.norm, self.lif = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), neuron.LIFNode(step_mode="m")
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        if self.early:
            x = self.repeat(self.norm(self.conv(x)))
        else:
            x = self.repeat(x)
            x = self.norm(self.conv(x.flatten(0, 1))).unflatten(0, x.shape[:2])
        return self.head(self.lif(x).flatten(3).mean(-1)).mean(0)


REPEATS = {
    "repeat": lambda x: x.unsqueeze(0).repeat(4, 1, 1, 1, 1),
    "repeat, one dimension more": lambda x: x.repeat(4, 1, 1, 1, 1),
    "expand": lambda x: x.unsqueeze(0).expand(4, *x.shape),
}


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("name", REPEATS)
def test_an_image_that_the_module_repeats(name, early):
    torch.manual_seed(0)
    found = taken_over(Repeating(REPEATS[name], early), 3 * example(2, 3, 7, 6))
    assert (found.compared.steps, found.compared.training) == (4, True)
    assert "\n  time = 4\n" in found.spec
    y = found.model()(example(2, 3, 7, 6))
    assert y.shape == (2, 4)


def test_the_variance_of_a_repeated_image_is_stored_as_of_one(monkeypatch):
    from spikegraph.backends.torch.foreign import agreement

    monkeypatch.setattr(agreement, "factors", lambda pairing: {})
    torch.manual_seed(0)
    with pytest.raises(Exception, match=r"`norm\.running_var` in training differs by up to"):
        taken_over(Repeating(REPEATS["repeat"]), 3 * example(2, 3, 7, 6))


def test_norms_that_depend_on_the_threshold():
    from spikingjelly.activation_based import functional, layer, neuron

    torch.manual_seed(0)
    norm = layer.ThresholdDependentBatchNorm2d(1.0, 0.5, 4)
    net = nn.Sequential(layer.Conv2d(3, 4, 3), norm, neuron.IFNode(v_threshold=0.5))
    functional.set_step_mode(net, "m")
    taken_over(net, 3 * example(5, 2, 3, 8, 8))
