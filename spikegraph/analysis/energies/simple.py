"""Additions and multiplications, with reads of weights and accesses to potentials: SpikingJelly's simple model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikegraph.analysis.energies.model import FUNCTIONS, PRICED_NORMS, EnergyModel
from spikegraph.analysis.parts import Activations, Norms, Part, Population, Products, Sums

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer

NUMBER = 4
"""Bytes of a number."""


def simple(layer: Layer, picojoules: Mapping[str, float]) -> float:
    """The energy of an inference."""
    adds, multiplies, accessed = (sum(counts) for counts in zip(*map(_counts, layer.parts), (0, 0, 0), strict=False))
    return (
        adds * picojoules["addition"] + multiplies * picojoules["multiply_accumulate"] + accessed * NUMBER * picojoules["byte"]
    )


def _counts(part: Part) -> tuple[float, float, float]:
    """Additions, multiply-accumulates, and numbers that are read or written."""
    match part:
        case Products(arrived=None):
            products = part.steps * part.dense
            return 0.0, products, (products if part.weighted else 0) + _biases(part)
        case Products():
            return part.additions + _own_sum(part), 0.0, (part.additions if part.weighted else 0) + _biases(part)
        case Population():
            return neuron_additions(part), 0.0, 2 * part.states * part.count * part.steps
        case Norms(steps, count):
            return 0.0, steps * count, 0.0
        case Sums():
            return part.additions, 0.0, 0.0
        case Activations():
            return 0.0, 0.0, 0.0


def _biases(part: Products) -> int:
    return part.outputs * part.steps if part.biased else 0


def _own_sum(part: Products) -> int:
    """The additions by which SpikingJelly's counter adds up where spikes of a convolution meet weights, which it counts too."""
    if part.window is None:
        return 0
    return part.steps * part.window.groups * (part.outputs // part.channels[1]) - 1


def neuron_additions(part: Population) -> float:
    """The additions of neurons in an inference, as SpikingJelly's code makes them.

    To integrate takes one, or three with a decay: the potential minus that of rest, the input minus that, and their sum. The
    threshold is subtracted to compare. A hard reset takes two, 1 minus the spike and the sum of both potentials; a soft one
    subtracts the threshold. If the input doesn't decay, the first step's two numbers are 0, which isn't counted. Populations of
    other models have the additions of their equations, and one for each comparison.
    """
    if part.model != "lif" or part.reset not in ("hard", "soft"):
        update = part.update
        return 0.0 if update is None else float(part.count * part.steps * (update.additions + update.comparisons))
    each = (3 if part.leaks else 1) + 1 + (2 if part.reset == "hard" else 1)
    return float(part.count * (part.steps * each - (part.leaks and not part.decays_input)))


def refuses(layers: Sequence[Layer]) -> str | None:
    """Why the model can't price these layers; None if it can."""
    for layer in layers:
        for part in layer.parts:
            if isinstance(part, Population) and part.update is None:
                return f"the model `{part.model}` of the neurons in `{layer.name}` has no equations to count"
    return None


SIMPLE = EnergyModel(
    "simple",
    "additions and multiply-accumulates in 45 nm CMOS, with reads of weights and accesses to potentials",
    "SpikingJelly 2.0, estimate_simple_energy: Horowitz, ISSCC 2014, 32-bit floating point; memory 3.12 pJ/bit",
    {"addition": 0.9, "multiply_accumulate": 4.6, "byte": 24.96},
    simple,
    whole=True,
    formula="addition for each synaptic operation and each addition or comparison of neurons, mean poolings and shortcuts; "
    "multiply_accumulate for each product of real numbers and each number of a norm that stays; 4 byte for each weight that a "
    "spike or a product uses, each use of a bias, and to read and to write each state of a neuron at each step. As the "
    "original, it also counts, for each convolution of spikes, the additions of its own counter: one less than the time steps "
    "times groups times places of the result. Where a count or a sign arrives, it is added here, while the original "
    "multiplies. Of norms the original counts batch norms alone, with an addition more for each number",
    left_out=f"accesses to activations and spikes, multiplications of neurons, routing, {PRICED_NORMS}, {FUNCTIONS}",
    refuses=refuses,
)
"""The total of SpikingJelly's simple model, with memory."""
