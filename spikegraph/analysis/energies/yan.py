"""Arithmetic, weights and the movement of activations on an event-driven chip (Yan et al., arXiv 2409.08290)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikegraph.analysis.energies.model import FUNCTIONS, PRICED_NORMS, EnergyModel
from spikegraph.analysis.energies.simple import refuses
from spikegraph.analysis.parts import Activations, Norms, Part, Population, Products, Sums

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer

WEIGHT, NUMBER = 4, 8
"""Bits of a weight, and of potentials and real inputs."""


def yan(layer: Layer, picojoules: Mapping[str, float]) -> float:
    """The energy of an inference."""
    return sum(_energy(part, picojoules) for part in layer.parts)


def _energy(part: Part, each: Mapping[str, float]) -> float:
    match part:
        case Products(arrived=None):
            moved = (part.bits or NUMBER) * each["bit"] + _weight(part, each)
            return part.steps * part.dense * (moved + part.nonzero * each["multiply_accumulate"])
        case Products():
            return part.additions * (each["event"] + _weight(part, each) + each["operation"])
        case Population():
            step = 2 * part.states * NUMBER * each["memory_bit"] + _update(part, each)
            return part.count * part.steps * step + part.spikes * each["operation"]
        case Activations(count):
            return 2 * count * each["operation"]
        case Norms(steps, count):
            return steps * count * each["multiply_accumulate"]
        case Sums():
            return part.additions * each["operation"]


def _update(part: Population, each: Mapping[str, float]) -> float:
    """What a neuron computes in a time step."""
    if part.model == "lif" or part.update is None:
        return (part.fires + part.leaks) * each["operation"]
    update = part.update
    return (update.additions + update.comparisons) * each["operation"] + update.multiplications * each["multiply_accumulate"]


def _weight(part: Products, each: Mapping[str, float]) -> float:
    return WEIGHT * each["memory_bit"] if part.weighted else 0.0


YAN2026 = EnergyModel(
    "yan2026",
    "operations, reads of 4-bit weights, and activations moved by one hop of a network on chip, in 22 nm CMOS",
    "Yan et al., arXiv 2409.08290 (version 4, 2026), typical neuromorphic hardware; memory_bit and multiply_accumulate follow "
    "from its firing rates of equal energy",
    {"operation": 0.05448, "multiply_accumulate": 0.109, "event": 3.0, "bit": 0.25, "memory_bit": 0.039},
    yan,
    whole=True,
    formula="event, 4 memory_bit and operation for each synaptic operation; bit for each bit of a real number that a product "
    "takes (8 of inputs, those of the ANN's activations), with 4 memory_bit, multiply_accumulate where it isn't 0; for each "
    "neuron and time step 16 memory_bit for each state, operation to compare, another to leak (other models: operation for "
    "each addition and comparison of their equations, multiply_accumulate for each multiplication); operation for each reset, "
    "and for each addition of poolings and shortcuts; multiply_accumulate for each number of a norm that stays",
    refuses=refuses,
    left_out=f"control, arbitration, further hops, biases, {PRICED_NORMS}, {FUNCTIONS}; the dense movement of spikes that the "
    "paper takes where more than 13 % of the neurons fire, which needs less there",
)
"""The model of Yan et al., with events that move by themselves."""
