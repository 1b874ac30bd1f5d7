"""Additions at measured spikes: the vectors, and networks whose additions are counted one by one in numpy."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import spikegraph

neuron = pytest.importorskip("spikingjelly.activation_based.neuron")

VECTORS = Path(__file__).parents[1] / "vectors" / "energy.npz"
PEERS = Path(__file__).parents[2] / "tools" / "energy_peers"
"""Rows of other programs, and the nets that they count."""

sys.path.insert(0, str(PEERS.parent))
NETS = importlib.import_module("energy_peers.nets").nets()
sys.path.remove(str(PEERS.parent))
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


def as_module(net):
    """A net of the peers as a module, and its input."""
    layers = []
    for layer in net.layers:
        out, source, *kernel = layer.weight.shape
        if layer.window is None:
            found = nn.Linear(source, out, bias=False)
        else:
            *window, groups = layer.window
            found = nn.Conv2d(source * groups, out, kernel, *window, groups, bias=False)
        found.weight.data = torch.tensor(layer.weight).float()
        layers += [found, fires(net.decay, net.threshold)]
    return nn.Sequential(*layers), torch.tensor(net.input).float()


@pytest.mark.parametrize("kind", ["real", "own"])
@pytest.mark.parametrize("name", ["plain", "strided", "signed"])
def test_vectors(name, kind):
    """Spikes and additions of all layers, to the integer; also where the data alone show that an input is 0, 1 or -1."""
    module, x = as_module(NETS[name])
    with np.load(VECTORS) as z:
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


def peers(kind):
    """The rows of another program by net."""
    rows = [json.loads(line) for line in (PEERS / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    return {row["net"]: row for row in rows if row["peer"] == kind}


def counted_here(name):
    """The statistics of a net of the peers, and its input."""
    module, x = as_module(NETS[name])
    kind = "events" if name == "signed" else "real"
    return spikegraph.from_torch(module, x[0], steps=len(x), kind=kind).statistics(x), x


@pytest.mark.parametrize("name", ["plain", "strided", "linear", "pruned"])
def test_synaptic_events_of_sana_fe(name):
    """It rounds potentials to 64ths, as the chip does, so neurons next to their threshold decide otherwise, and those behind
    them; where weights are such multiples all spikes are the same."""
    found, x = counted_here(name)
    row = peers("sanafe")[name]
    assert row["samples"] == x.shape[1]
    rel = 1e-12 if name in ("linear", "pruned") else 0.003
    assert found.synaptic_operations * x.shape[1] == pytest.approx(row["events"], rel=rel)


@pytest.mark.parametrize("name", ["plain", "strided", "signed", "linear"])
def test_accumulations_and_footprint_of_neurobench(name):
    found, _ = counted_here(name)
    row = peers("neurobench")[name]
    assert found.synaptic_operations == pytest.approx(row["accumulations"], rel=1e-12)
    assert 4 * found.parameters == row["bytes"]


def test_neurobench_leaves_weights_out_that_are_0():
    """A quarter of them; the difference is what spikes meet there."""
    found, x = counted_here("pruned")
    first, second = (layer.weight for layer in NETS["pruned"].layers)
    zeros, v = 0, np.zeros(30)
    for spikes in x[:, 0].numpy():
        v += first @ spikes
        hidden = v > NETS["pruned"].threshold
        v[hidden] = 0
        zeros += (first == 0).sum(0) @ spikes + (second == 0).sum(0) @ hidden
    row = peers("neurobench")["pruned"]
    assert zeros > 0 and found.synaptic_operations - row["accumulations"] == zeros
    assert 4 * found.parameters == row["bytes"]


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
