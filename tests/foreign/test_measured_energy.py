"""Additions at measured spikes: the vectors, and networks whose additions are counted one by one in numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import spikegraph

neuron = pytest.importorskip("spikingjelly.activation_based.neuron")

VECTORS = Path(__file__).parents[1] / "vectors" / "energy.npz"
ADDITION, MULTIPLICATION = 0.9e-9, 4.6e-9
"""Millijoules of an operation (Che et al., NeurIPS 2022, section 5)."""


def fires(decay, threshold):
    """SpikingJelly's neuron with u[t] = decay * v[t-1] + I[t] and a reset to 0."""
    if decay == 1:
        return neuron.IFNode(v_threshold=threshold)
    return neuron.LIFNode(tau=1 / (1 - decay), decay_input=False, v_threshold=threshold)


def met(spikes, weight, stride, padding, dilation, groups):
    """The additions of a convolution [out, in / groups, k, k] of inputs [T, N, C, H, W]: one for each weight that one meets."""
    out, _, k, _ = weight.shape
    height, width = spikes.shape[-2:]
    rows, columns = ((n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n in (height, width))
    found = 0
    for y in range(rows):
        for x in range(columns):
            for i in range(k):
                for j in range(k):
                    a, b = y * stride - padding + i * dilation, x * stride - padding + j * dilation
                    if 0 <= a < height and 0 <= b < width:
                        found += int(abs(spikes[..., a, b]).sum())
    return found * (out // groups)


def convolutions(found):
    return [layer for layer in found.layers if layer.op == "conv"]


def net(z, name):
    """A net of the vectors as a module, and its input."""
    decay, threshold = map(float, z[f"{name}/decay_threshold"])
    layers, channels = [], z[f"{name}/input"].shape[2]
    for i in range(sum(key.startswith(f"{name}/weight") for key in z)):
        out, kernel, stride, padding, dilation, groups = map(int, z[f"{name}/layer{i}"])
        conv = nn.Conv2d(channels, out, kernel, stride, padding, dilation, groups, bias=False)
        conv.weight.data = torch.tensor(z[f"{name}/weight{i}"]).float()
        layers += [conv, fires(decay, threshold)]
        channels = out
    return nn.Sequential(*layers), torch.tensor(z[f"{name}/input"]).float()


@pytest.mark.parametrize("kind", ["real", "own"])
@pytest.mark.parametrize("name", ["plain", "strided", "signed"])
def test_vectors(name, kind):
    """Spikes and additions of all layers, to the integer; also where the data alone show that an input is 0, 1 or -1."""
    with np.load(VECTORS) as z:
        module, x = net(z, name)
        steps, samples = x.shape[:2]
        given = kind if kind == "real" else "events" if name == "signed" else "spike"
        found = spikegraph.from_torch(module, x[0], steps=steps, kind=given).statistics(x)
        layers = convolutions(found)
        additions = [int(z[f"{name}/additions{i}"]) for i in range(len(layers))]
        rates = [float(abs(z[f"{name}/input"]).mean())]
        for i, layer in enumerate(layers[:-1]):
            places = steps * samples * np.prod(layer.value.shape)
            rates.append(int(z[f"{name}/spikes{i}"]) / float(places))
    assert (found.measured, found.time) == (True, steps)
    assert [layer.fired * steps * samples for layer in layers] == pytest.approx(additions, rel=1e-12)
    assert [layer.synaptic_operations * samples for layer in layers] == pytest.approx(additions, rel=1e-12)
    assert found.synaptic_operations * samples == pytest.approx(sum(additions), rel=1e-12)
    assert [layer.rate for layer in layers] == pytest.approx(rates, rel=1e-6)
    assert [layer.multiplications for layer in layers] == [0] * len(layers)
    assert found.inference_millijoules == pytest.approx(sum(additions) / samples * ADDITION, rel=1e-12)


SANA_FE = {"plain": 181_224, "strided": 66_748, "linear": 980}
"""Synaptic events that SANA-FE 2.2.9 counts on its example of Loihi, with convolutions as lists of connections.

It rounds potentials to multiples of 1/64, as the chip does, so a neuron whose potential is next to its threshold decides
otherwise, and so do those behind it. Weights of `linear` are such multiples: there all spikes are the same.
"""

NEUROBENCH = {"plain": (181_320, 5_184), "strided": (33_280, 3_024), "linear": (980, 3_600)}
"""Accumulations of a sample and footprint in bytes by NeuroBench 2.3.0, which leaves out weights that are 0; there is none."""


def linear():
    """20 -> 30 -> 10 neurons that fire above 0.5, without a decay, with weights in 64ths, and spikes [5, 1, 20]."""
    above = 0.5 + 1 / 128
    layers = [nn.Linear(20, 30, bias=False), nn.Linear(30, 10, bias=False)]
    for layer in layers:
        out, source = layer.weight.shape
        layer.weight.data = torch.tensor([[(2 * ((7 * a + 13 * b) % 33) - 25) / 64 for b in range(source)] for a in range(out)])
    x = torch.tensor([[[float((5 * a + 3 * t + a * t) % 4 == 0) for a in range(20)]] for t in range(5)])
    return nn.Sequential(layers[0], fires(1, above), layers[1], fires(1, above)), x


@pytest.mark.parametrize("name", SANA_FE)
def test_synaptic_events_of_other_programs(name):
    with np.load(VECTORS) as z:
        module, x = linear() if name == "linear" else net(z, name)
    found = spikegraph.from_torch(module, x[0], steps=len(x)).statistics(x)
    events = found.synaptic_operations * x.shape[1]
    assert events == pytest.approx(SANA_FE[name], rel=1e-12 if name == "linear" else 0.003)
    accumulations, footprint = NEUROBENCH[name]
    assert found.synaptic_operations == pytest.approx(accumulations, rel=1e-12)
    assert 4 * found.parameters == footprint


def small(seed, rate):
    """2 -> 8 -> 16 channels of 16 x 16 pixels, with seeded spikes [4, 1, 2, 16, 16]."""
    random = torch.Generator().manual_seed(seed)
    module = nn.Sequential(
        nn.Conv2d(2, 8, 3, padding=1, bias=False), fires(0.5, 0.3), nn.Conv2d(8, 16, 3, padding=1, bias=False), fires(0.5, 0.3)
    )
    for conv in (module[0], module[2]):
        conv.weight.data = torch.randn(conv.weight.shape, generator=random) / 4
    return module, (torch.rand(4, 1, 2, 16, 16, generator=random) < rate).float()


def counted(module, x):
    """The additions of both convolutions, and the spikes of the first neurons as float64 [T, N, C, H, W]."""
    v, spikes = torch.zeros(()), []
    for step in x:
        u = 0.5 * v + module[0](step)
        spikes.append((u >= 0.3).float())
        v = u * (1 - spikes[-1])
    hidden = torch.stack(spikes).numpy().astype(np.float64)
    first, second = (module[k].weight.detach().numpy() for k in (0, 2))
    return met(x.numpy(), first, 1, 1, 1, 1), met(hidden, second, 1, 1, 1, 1)


@pytest.mark.parametrize("kind", ["spike", "real"])
def test_every_spike_costs_the_weights_that_it_meets(kind):
    module, x = small(5, 0.19)
    assert int(x.sum()) == 391
    additions = counted(module, x)
    found = spikegraph.from_torch(module, x[0], kind=kind).statistics(x)
    assert [layer.fired * 4 for layer in convolutions(found)] == pytest.approx(additions, rel=1e-12)
    assert sum(additions) < 8 * 391 * 9 + 4 * 16 * 9 * 8 * 256  # less than the dense bound
    assert found.inference_millijoules == pytest.approx(sum(additions) * ADDITION, rel=1e-12)
    assert "at the measured firing rates" in found.energy


def test_a_count_of_n_is_n_additions():
    module, _ = small(6, 0.1)
    x = torch.poisson(torch.full((4, 1, 2, 16, 16), 0.4), generator=torch.Generator().manual_seed(1))
    assert x.max() > 2
    found = spikegraph.from_torch(module, x[0]).statistics(x)
    assert [layer.fired * 4 for layer in convolutions(found)] == pytest.approx(counted(module, x), rel=1e-12)
    assert [layer.multiplications for layer in convolutions(found)] == [0, 0]


@pytest.mark.parametrize("case", ["fractions", "pixels"])
def test_other_numbers_are_multiplied(case):
    """Fractions, also if there is only one, and whole numbers so large that adding is more work than multiplying."""
    module, x = small(7, 0.1)
    if case == "fractions":
        x[2, 0, 1, 3, 4] = 0.5
    else:
        x = (255 * torch.rand(x.shape, generator=torch.Generator().manual_seed(2))).round()
    first, second = convolutions(spikegraph.from_torch(module, x[0]).statistics(x))
    assert (first.additions, first.multiplications) == (0, 2 * 8 * 9 * 256)
    assert (second.fired * 4, second.multiplications) == (pytest.approx(counted(module, x)[1], rel=1e-12), 0)


def test_a_pooling_or_flattening_of_spikes_is_still_spikes():
    random = torch.Generator().manual_seed(8)
    module = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2 * 8 * 8, 5, bias=False), fires(0.5, 0.3))
    module[2].weight.data = torch.randn(5, 128, generator=random)
    x = (torch.rand(4, 1, 2, 16, 16, generator=random) < 0.1).float()
    found = spikegraph.from_torch(module, x[0]).statistics(x)
    pooled = x.numpy().reshape(4, 1, 2, 8, 2, 8, 2).max((4, 6))
    assert found.inference_millijoules == pytest.approx(5 * pooled.sum() * ADDITION, rel=1e-12)
    averaged = nn.Sequential(nn.AvgPool2d(2), module[1], module[2], module[3])
    found = spikegraph.from_torch(averaged, x[0]).statistics(x)
    assert found.inference_millijoules == pytest.approx(4 * 5 * 128 * MULTIPLICATION, rel=1e-12)


def test_the_zeros_of_a_layer_that_is_silent_are_no_spikes():
    """The values of hidden layers are real by their type: that they happen to be whole proves nothing."""
    module = nn.Sequential(nn.Conv2d(2, 3, 1), nn.ReLU(), nn.Conv2d(3, 4, 1), fires(0.5, 0.3))
    with torch.no_grad():
        module[0].weight.fill_(-1)
        module[0].bias.fill_(0)
    x = (torch.rand(4, 1, 2, 5, 5, generator=torch.Generator().manual_seed(9)) < 0.5).float()
    found = convolutions(spikegraph.from_torch(module, x[0] - 0.5).statistics(x))
    assert [layer.multiplications for layer in found] == [0, 3 * 4 * 25]
    assert found[0].fired * 4 == pytest.approx(3 * x.sum())
