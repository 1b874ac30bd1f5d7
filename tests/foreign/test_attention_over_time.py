"""Attention over time steps, channels and positions: layers that take the steps for channels, and maxima of equal numbers."""

import re

import pytest
import torch
from spikingjelly.activation_based import neuron
from torch import nn

from .examples import example, taken_over

STEPS = 5


class Scores(nn.Module):
    """Two layers, the same for means and maxima of dimension 1 over all behind it."""

    def __init__(self, length, inner):
        super().__init__()
        self.inner, self.outer = (nn.Conv3d(a, b, 1, bias=False) for a, b in ((length, inner), (inner, length)))
        self.mean, self.most = nn.AdaptiveAvgPool3d(1), nn.AdaptiveMaxPool3d(1)

    def of(self, x):
        return self.outer(torch.relu(self.inner(x)))

    def forward(self, x):
        return torch.sigmoid(self.of(self.mean(x)) + self.of(self.most(x)))


class Weighed(nn.Module):
    """Steps, then channels, then positions of [T, N, C, H, W] are weighed; positions alike at all steps."""

    def __init__(self, channels, inner):
        super().__init__()
        self.steps, self.channels = Scores(STEPS, inner), Scores(channels, 2)
        self.places = nn.Conv2d(2, 1, 3, padding=1, bias=False)

    def forward(self, x):
        x = x.permute(1, 0, 2, 3, 4)
        x = x * self.steps(x)
        x = self.channels(x.transpose(1, 2)).transpose(1, 2) * x
        rows = x.reshape(x.shape[0], -1, *x.shape[3:])
        seen = torch.cat([rows.mean(1, keepdim=True), torch.max(rows, 1, keepdim=True)[0]], 1)
        return (x * torch.sigmoid(self.places(seen))[:, None]).transpose(0, 1)


class Tokens(nn.Module):
    """The steps of [T, N, C] are weighed by linear layers on [N, T]."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(STEPS, 2), nn.Linear(2, STEPS)

    def forward(self, x):
        rows = x.transpose(0, 1)
        score = torch.sigmoid(self.outer(torch.relu(self.inner(rows.mean(-1)))))
        return (rows * score.unsqueeze(-1)).transpose(0, 1)


def fires():
    return neuron.LIFNode(tau=2.0, v_threshold=0.3, detach_reset=True, step_mode="m")


class Network(nn.Module):
    """The second attention takes what a layer makes of spikes, with many equal numbers."""

    def __init__(self, repeats=False, inner=2):
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 4, 3, padding=1)
        self.one, self.two = Weighed(6, inner), Weighed(4, inner)
        self.spike, self.more, self.last = fires(), fires(), fires()
        self.tokens, self.head, self.repeats = Tokens(), nn.Linear(4 * 6 * 6, 3), repeats

    def forward(self, x):
        if self.repeats:
            x = x.unsqueeze(0).repeat(STEPS, 1, 1, 1, 1)
        steps, samples = x.shape[:2]
        x = self.spike(self.one(self.first(x.flatten(0, 1)).unflatten(0, (steps, samples))))
        x = self.more(self.two(self.second(x.flatten(0, 1)).unflatten(0, (steps, samples))))
        return self.last(self.tokens(self.head(x.flatten(2)))).mean(0)


@pytest.mark.parametrize(("samples", "inner"), [(2, 2), (1, 1)])
def test_a_network_for_frames(samples, inner):
    torch.manual_seed(1)
    found = taken_over(Network(inner=inner), 3 * example(STEPS, samples, 2, 6, 6), multi_step=True)
    assert found.compared.training
    assert found.spec.count("time_to_channels(steps = 5)") == 3
    assert found.spec.count("channels_to_time(steps = 5)") == 2


def test_a_network_for_images_says_its_steps_once():
    torch.manual_seed(1)
    found = taken_over(Network(repeats=True), 3 * example(2, 2, 6, 6))
    assert re.search(r"^  time *= 5$", found.spec, re.M)
    assert found.spec.count("time_to_channels") == 3
    assert "steps =" not in found.spec


class Frames(nn.Module):
    """A window over the channels of all steps."""

    def __init__(self):
        super().__init__()
        self.conv, self.spike, self.over = nn.Conv2d(2, 3, 3), fires(), nn.Conv2d(3 * STEPS, 4, 3)

    def forward(self, x):
        spikes = self.spike(self.conv(x.flatten(0, 1)).unflatten(0, x.shape[:2]))
        return self.over(spikes.transpose(0, 1).flatten(1, 2))


def test_a_window_over_the_channels_of_all_steps():
    found = taken_over(Frames(), 3 * example(STEPS, 2, 2, 8, 7), multi_step=True)
    assert "-> time_to_channels(steps = 5) -> conv(3, out = 4, padding = 0)" in found.spec
