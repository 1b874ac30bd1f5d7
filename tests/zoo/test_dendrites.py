"""Neurons with dendritic branches for spoken digits against a loop over time, written from the paper's equations."""

import math

import torch

from .loops import Loops, judged, spike
from .sounds import read_out, sound


def bell(x: torch.Tensor) -> torch.Tensor:
    """The surrogate `gaussian(b = 1.4)`."""
    return 1.4 / math.sqrt(math.pi) * torch.exp(-((1.4 * x) ** 2))


def network(loops: Loops, sound: torch.Tensor) -> dict[str, torch.Tensor]:
    """Zheng et al. 2024, Eqs. 1 to 4: each of four branches sees a quarter of the inputs and decays by itself; a soft reset."""
    quarters = sound.flatten(2).chunk(4, -1)
    alpha = torch.sigmoid(loops["h.decay"])
    betas = [torch.sigmoid(loops[f"h.decay_{branch}"]) for branch in "abcd"]
    currents, potential = [torch.zeros(sound.shape[1], len(alpha)).double() for _ in betas], torch.zeros(())
    fired, spikes = torch.zeros(sound.shape[1], len(alpha)).double(), []
    for step in zip(*quarters, strict=True):
        given = [loops.linear(branch, part) for branch, part in zip("abcd", step, strict=True)]
        currents = [b * before + (1 - b) * now for b, before, now in zip(betas, currents, given, strict=True)]
        potential = alpha * potential + (1 - alpha) * sum(currents) - fired
        fired = spike(potential - 1, bell)
        spikes.append(fired)
    x = loops.spikes["h"] = torch.stack(spikes)
    return {"logits": read_out(loops, "logits.readout", "logits.linear", x)}


def test_spikes_and_gradients():
    sounds = sound(20, 34, 34)
    spikes, difference = judged("dh_snn", network, {"sound": sounds}, "dh_snn.W=32", gain=8.0, profile="sample")
    assert spikes > 100
    assert difference < 1e-9


def test_the_parameters(zoo_parameters):
    """Four quarters of the inputs with biases, five decays of each neuron, and the readout with its decays."""
    assert zoo_parameters("dh_snn") == 64 * (700 + 4) + 5 * 64 + 20 * (64 + 1) + 20 == 46_696
