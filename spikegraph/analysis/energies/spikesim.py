"""Cycles of in-memory computing on crossbars (SpikeSim, Yin et al., IEEE TCAD 2023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from spikegraph.analysis.energies.model import FUNCTIONS, EnergyModel
from spikegraph.analysis.parts import Activations, Population, Products

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer

CROSSBAR, SHARED = 64, 8
"""Rows and columns of a crossbar, and how many of them share a converter."""


def spikesim(layer: Layer, picojoules: Mapping[str, float]) -> float:
    """The energy of an inference; linear layers aren't counted."""
    return sum(_cycles(part) * _cycle(part, picojoules) for part in layer.parts if isinstance(part, Products))


def _cycles(part: Products) -> int:
    """How often a crossbar computes: for each place of the result, at each step, and for each pair of tiles of channels."""
    tiles = ceil(part.channels[0] / CROSSBAR) * ceil(part.channels[1] / CROSSBAR)
    return 0 if part.window is None else tiles * part.steps * (part.outputs // part.channels[1])


def _cycle(part: Products, picojoules: Mapping[str, float]) -> float:
    """The energy of a cycle."""
    converters, kernel = CROSSBAR // SHARED, (1, 1) if part.window is None else part.window.kernel
    return (
        picojoules["tree"]
        + picojoules["fetch"]
        + picojoules["tile_buffer"]
        + picojoules["neuron"]
        + converters * (16 * picojoules["subtraction"] + picojoules["buffer"])
        + converters**2 * (picojoules["conversion"] + picojoules["multiplexer"])
        + converters * kernel[0] * kernel[1] * picojoules["crossbar"]
    )


def refuses(layers: Sequence[Layer]) -> str | None:
    """Why the model can't price these layers; None if it can."""
    parts = [(layer.name, part) for layer in layers for part in layer.parts]
    for name, part in parts:
        if isinstance(part, Activations):
            return "its crossbars take spikes, not numbers of several bits"
        if isinstance(part, Population) and part.model != "lif":
            return f"it has IF and LIF neurons alone, and those in `{name}` are of the model `{part.model}`"
        if isinstance(part, Products) and (why := _refuses(part)) is not None:
            return f"it has convolutions over two axes with one group alone, and `{name}` {why}"
    if not any(isinstance(part, Products) and part.window is not None for _, part in parts):
        return "it counts convolutions alone, and there is none"
    return None


def _refuses(part: Products) -> str | None:
    if not part.weighted:
        return "multiplies numbers with each other"
    if part.window is None:
        return None if part.linear else f"is computed by `{part.op}`"
    if part.window.groups != 1:
        return f"has {part.window.groups} groups"
    return None if len(part.window.kernel) == 2 else f"goes over {len(part.window.kernel)}"


SPIKESIM = EnergyModel(
    "spikesim",
    "cycles of crossbars of 64 x 64 RRAM cells in 65 nm CMOS, whatever the spikes",
    "SpikeSim, Yin et al., IEEE TCAD 2023 (its code of energies, c2627bc), as in SpikingJelly 2.0",
    {
        "tree": 19.64 * 8,
        "fetch": 4.64,
        "tile_buffer": 397.0,
        "neuron": 1.274 * 4,
        "subtraction": 1.15e-6,
        "buffer": 0.2,
        "conversion": 2.03084,
        "multiplexer": 0.094245,
        "crossbar": 1.76423,
    },
    spikesim,
    whole=True,
    formula="for each convolution ceil(channels in / 64) x ceil(channels out / 64) cycles for each place of the result and "
    "each time step. A cycle costs tree + fetch + tile_buffer + neuron + 8 (16 subtraction + buffer) + 64 (conversion + "
    "multiplexer) + 8 crossbar for each weight of the window",
    left_out=f"linear layers, firing rates: every cycle costs the same, poolings, shortcuts, norms, {FUNCTIONS}",
    refuses=refuses,
)
"""SpikeSim's model, as SpikingJelly's estimator computes it by default."""
