"""LIF-FireNet against a loop over time steps, and its size counted by hand."""

import math

import torch

from .loops import Loops, judged, spike

RECURRENT = ("g1", "g2")


def network(loops: Loops, film: torch.Tensor) -> dict[str, torch.Tensor]:
    """Hagenaars et al. 2021: U[t] = a (1 - S[t-1]) U[t-1] + (1 - a) (W x[t] + V S[t-1]), a spike where U > threshold."""
    layers = {
        name: f"{name}.{'y' if name in RECURRENT else 'lif'}" for name in ("head", "g1", "r1a", "r1b", "g2", "r2a", "r2b")
    }
    potentials, fired = dict.fromkeys(layers, torch.zeros(())), dict.fromkeys(layers, torch.zeros(()))
    spikes: dict[str, list[torch.Tensor]] = {neuron: [] for neuron in layers.values()}
    flows = []
    for step in film:
        x = step
        for layer, neuron in layers.items():
            recurrent = layer in RECURRENT
            current = loops.conv(f"{layer}.y.add.conv" if recurrent else f"{layer}.conv", x)
            if recurrent and fired[layer].dim():
                current = current + loops.conv(f"{layer}.y.add.conv2", fired[layer])
            leak = torch.sigmoid(loops[f"{neuron}.decay"]).reshape(-1, 1, 1)
            threshold = torch.exp(loops[f"{neuron}.threshold"]).reshape(-1, 1, 1)
            kept = potentials[layer] * (1 - fired[layer].detach())
            potentials[layer] = leak * kept + (1 - leak) * current
            x = fired[layer] = spike(potentials[layer] - threshold, lambda u: 1 / (1 + (math.pi * u) ** 2))
            spikes[neuron].append(x)
        flows.append(128 * torch.tanh(loops.conv("flow.conv", x)))
    loops.spikes.update({neuron: torch.stack(values) for neuron, values in spikes.items()})
    return {"flow": torch.stack(flows)}


def test_spikes_and_gradients():
    film = torch.poisson(torch.full((5, 2, 2, 9, 7), 0.7, dtype=torch.float64), torch.Generator().manual_seed(0))
    sizes = ("lif_firenet.W=4", "lif_firenet.height=9", "lif_firenet.width=7")
    spikes, difference = judged("lif_firenet", network, {"film": film}, *sizes, gain=5.0)
    assert spikes > 2000
    assert difference < 1e-9


def test_the_parameters(zoo_parameters):
    """Seven layers, two of them recurrent, with a decay and a threshold for each channel, and the flow."""
    layers = 9 * (2 * 32 + 8 * 32 * 32) + 7 * 2 * 32
    assert zoo_parameters("lif_firenet") == layers + 32 * 2 + 2 == 74_818
