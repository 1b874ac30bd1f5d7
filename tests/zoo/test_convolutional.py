"""Networks of convolutions, by hand or of SpikingJelly's layers, with the same weights as those of the specs."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from .judge import agreement, parameters, size
from .layers import Each, Fire, Mean

torch.set_num_threads(1)


def inputs(steps, *shape):
    return 2 * torch.rand(steps, 2, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def still(steps, *shape):
    return inputs(1, *shape).expand(steps, 2, *shape)


def normed(inside, out, *, bias=False):
    return Each(nn.Conv2d(inside, out, 3, 1, 1, bias=bias), nn.BatchNorm2d(out))


def vggsnn(width=4):
    """Deng et al.: eight layers of neurons u[t] = 0.5 v[t-1] + I[t], a mean over windows behind each second one."""
    widths, made = (2, *(width * n for n in (1, 2, 4, 4, 8, 8, 8, 8))), []
    for i, (a, b) in enumerate(pairwise(widths)):
        made += [normed(a, b, bias=True), Fire(0.5), *([Each(nn.AvgPool2d(2, ceil_mode=True))] if i % 2 else [])]
    return Mean(*made, Each(nn.Flatten(), nn.Linear(8 * width * 9, 10)))


class StepNorm(nn.Module):
    """Duan et al., Eq. 9: a norm over all time steps, times a factor of each step."""

    def __init__(self, norm, steps):
        super().__init__()
        self.norm, self.factors = norm, nn.Parameter(torch.linspace(0.5, 1.5, steps))

    def tensors(self):
        values = {name: getattr(self.norm, name) for name in ("weight", "bias", "running_mean", "running_var")}
        return {**values, "step_weight": self.factors}

    def forward(self, x):
        y = self.norm(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return y * self.factors.reshape(-1, *[1] * (x.dim() - 1))


def vgg9(steps=3, width=4, hidden=16):
    """Layers of neurons u[t] = 0.25 v[t-1] + I[t]; a mean over windows behind the second, fourth and seventh one."""
    widths, made = (3, *(width * n for n in (1, 1, 2, 2, 4, 4, 4))), []
    for i, (a, b) in enumerate(pairwise(widths)):
        made += [Each(nn.Conv2d(a, b, 3, 1, 1, bias=False)), StepNorm(nn.BatchNorm2d(b), steps), Fire(0.25)]
        made += [Each(nn.AvgPool2d(2))] if i in (1, 3, 6) else []
    linear = Each(nn.Flatten(), nn.Linear(4 * width * 16, hidden, bias=False))
    return Mean(*made, linear, StepNorm(nn.BatchNorm1d(hidden), steps), Fire(0.25), Each(nn.Linear(hidden, 10)))


def plif_gesture():
    """SpikingJelly's network with 4 channels and 16 hidden neurons, for 34 x 34 pixels and 10 classes."""
    from spikingjelly.activation_based import layer, neuron
    from spikingjelly.activation_based.model import parametric_lif_net

    peer = parametric_lif_net.DVSGestureNet(channels=4, spiking_neuron=neuron.ParametricLIFNode, init_tau=2.0)
    for i, module in enumerate(peer.conv_fc):
        if isinstance(module, layer.MaxPool2d):
            peer.conv_fc[i] = layer.MaxPool2d(2, 2, ceil_mode=True)
    peer.conv_fc[-6], peer.conv_fc[-3] = layer.Linear(4 * 4, 16, bias=False), layer.Linear(16, 100, bias=False)
    for module in peer.modules():
        if isinstance(module, layer.Dropout):
            module.p = 0.0
    return Mean(peer)


class Parallel(nn.Module):
    """Fang et al., NeurIPS 2023, Eq. 8: spikes where W X + b is above 0, for all steps at once."""

    fires = True

    def __init__(self, steps):
        super().__init__()
        from spikingjelly.activation_based import neuron

        self.psn = neuron.PSN(steps)

    def tensors(self):
        """Its weights beside the identity, at which those of the spec begin."""
        return {"w": self.psn.weight - torch.eye(len(self.psn.weight)).double(), "bias": self.psn.bias.squeeze(1)}

    def forward(self, x):
        return self.psn(x)


def psn_net(steps=3, width=4, hidden=16):
    """The authors' network for CIFAR10, of SpikingJelly's neurons."""
    made = []
    for i in range(6):
        made += [normed(width if i else 3, width), Parallel(steps), *([Each(nn.AvgPool2d(2))] if i % 3 == 2 else [])]
    return Mean(*made, Each(nn.Flatten(), nn.Linear(width * 64, hidden)), Parallel(steps), Each(nn.Linear(hidden, 10)))


class Synapse(nn.Module):
    """Zhang and Li, without their factor: each spike adds to a current that falls to 2/3 from step to step."""

    def forward(self, x):
        current, currents = torch.zeros_like(x[0]), []
        for spikes in x:
            current = 2 / 3 * current + spikes
            currents.append(current)
        return torch.stack(currents)


def cifarnet(width=2, hidden=16):
    """Layers of neurons u[t] = 0.8 v[t-1] + I[t], each with synapses behind it; windows' means behind the second and third."""
    widths, made = (3, *(width * n for n in (3, 8, 12, 12, 8))), []
    for i, (a, b) in enumerate(pairwise(widths)):
        made += [
            Each(nn.Conv2d(a, b, 3, 1, 1, bias=False)),
            Fire(0.8),
            Synapse(),
            *([Each(nn.AvgPool2d(2))] if i in (1, 2) else []),
        ]
    for a, b in ((8 * width * 64, hidden), (hidden, hidden)):
        made += [Each(nn.Flatten(), nn.Linear(a, b, bias=False)), Fire(0.8), Synapse()]
    return Mean(*made[:-1], Each(nn.Linear(hidden, 10, bias=False)))


class Half(Fire):
    """Bu et al., section 4.3: integrate-and-fire from half the threshold on, from which a spike subtracts."""

    def forward(self, x):
        u, spikes = torch.full_like(x[0], 0.5), []
        for current in x:
            u = u + current
            spikes.append((u >= 1).to(x.dtype))
            u = u - spikes[-1]
        return torch.stack(spikes)


def qcfs_vgg16(width=4, hidden=16):
    made, before = [], 3
    for factor, count in ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3)):
        for _ in range(count):
            made += [normed(before, factor * width, bias=True), Half(1.0)]
            before = factor * width
        made.append(Each(nn.AvgPool2d(2)))
    linear = (nn.Linear(8 * width, hidden), nn.Linear(hidden, hidden))
    return Mean(*made, Each(nn.Flatten(), linear[0]), Half(1.0), Each(linear[1]), Half(1.0), Each(nn.Linear(hidden, 10)))


def published_plif_gesture():
    """SpikingJelly's network without the biases of linear layers, which the authors' code hasn't."""
    from spikingjelly.activation_based import neuron
    from spikingjelly.activation_based.model import parametric_lif_net

    peer = parametric_lif_net.DVSGestureNet(spiking_neuron=neuron.ParametricLIFNode, init_tau=2.0)
    for module in peer.modules():
        if isinstance(module, nn.Linear):
            module.bias = None
    return peer


@pytest.mark.parametrize(
    ("name", "peer", "count"),
    [
        ("vggsnn", lambda: vggsnn(64), 9_271_498),
        ("vgg9", lambda: vgg9(4, 64, 1024), 5_943_274),
        ("cifarnet", lambda: cifarnet(32, 1024), 21_156_384),
        ("psn_net", lambda: psn_net(4, 256, 4096), 70_113_174),
        ("plif_gesture", published_plif_gesture, 1_698_311),
        ("qcfs_vgg16", lambda: qcfs_vgg16(64, 4096), 33_646_666),
    ],
)
def test_sizes(name, peer, count):
    assert parameters(name) == size(peer) == count


@pytest.mark.parametrize(
    ("name", "peer", "x", "changed", "how"),
    [
        ("vggsnn", vggsnn, inputs(3, 2, 34, 34), (), {"over_time": True}),
        ("vgg9", vgg9, still(3, 3, 32, 32), ("vgg9.time=3",), {}),
        ("cifarnet", cifarnet, still(3, 3, 32, 32), ("cifarnet.time=3", "cifarnet.drop=0"), {"gain": 4.0}),
        ("psn_net", psn_net, still(3, 3, 32, 32), ("psn_net.time=3",), {}),
        ("qcfs_vgg16", qcfs_vgg16, still(3, 3, 32, 32), ("qcfs_vgg16.time=3",), {}),
        ("plif_gesture", plif_gesture, inputs(3, 2, 34, 34), ("plif_gesture.drop=0",), {"over_time": True, "gain": 4.0}),
    ],
)
def test_spikes_are_those_of_another_network_with_the_same_weights(name, peer, x, changed, how):
    found = agreement(name, peer(), x, *changed, **{"gain": 3.0, **how})
    assert found.holds(), found
