"""Events of the neuromorphic chip Loihi (Davies et al., IEEE Micro 2018)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikegraph.analysis.energies.model import FUNCTIONS, EnergyModel
from spikegraph.analysis.parts import Activations, Population, Products

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer


def loihi(layer: Layer, picojoules: Mapping[str, float]) -> float:
    """The energy of an inference."""
    found = 0.0
    for part in layer.parts:
        if isinstance(part, Products):
            found += part.additions * picojoules["dense_synapse" if part.window is None else "convolution_synapse"]
        elif isinstance(part, Population):
            update = picojoules["neuron_access"] + picojoules["neuron_update"]
            found += part.count * part.steps * update + part.spikes * (picojoules["spike"] + picojoules["message"])
    return found


def refuses(layers: Sequence[Layer]) -> str | None:
    """Why the model can't price these layers; None if it can."""
    for layer in layers:
        for part in layer.parts:
            if isinstance(part, Activations) or (isinstance(part, Products) and part.arrived is None):
                return f"its synapses take spikes, and `{layer.name}` has real numbers"
            if isinstance(part, Products) and not part.weighted:
                return f"it has layers with weights alone, and `{layer.name}` multiplies numbers with each other"
            if isinstance(part, Population) and part.model != "lif":
                return f"it has IF and LIF neurons alone, and those in `{layer.name}` are of the model `{part.model}`"
    return None


LOIHI = EnergyModel(
    "loihi",
    "synaptic events, updates, spikes and messages of Loihi, a digital chip in 14 nm, without the way between cores",
    "Loihi, Davies et al., IEEE Micro 2018, as in the example architecture of SANA-FE 2.2.9 (Boyle et al., IEEE TCAD 2025)",
    {
        "convolution_synapse": 24.0,
        "dense_synapse": 35.5,
        "neuron_access": 51.2,
        "neuron_update": 21.6,
        "spike": 69.3,
        "message": 111.0,
    },
    loihi,
    whole=True,
    formula="convolution_synapse or dense_synapse for each synaptic operation, neuron_access and neuron_update for each neuron "
    "and time step, spike and one message for each spike of a neuron",
    left_out="hops between cores, and further messages of spikes that go to several cores, which a placement decides; "
    f"biases, input spikes, poolings, shortcuts, norms, {FUNCTIONS}",
    refuses=refuses,
)
"""The events of Loihi with the energies of SANA-FE's description."""
