"""Operations, addresses and accesses to local memories (Lemaire et al., ICONIP 2022, arXiv 2210.13107)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import TYPE_CHECKING

from spikegraph.analysis.energies.model import FUNCTIONS, EnergyModel
from spikegraph.analysis.parts import Activations, Part, Population, Products

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer

NUMBER, QUEUE = 4, 1000
"""Bytes of a number, and the spikes that a layer's queue holds."""

MEMORIES = (0, 8 * 1024, 32 * 1024, 1024 * 1024)
"""Sizes of memories in bytes, between which the energy of an access is interpolated."""


@dataclass
class _Costs:
    """What parts of a network do.

    Attributes:
        picojoules: The constants.
        additions: Additions, those of addresses included.
        multiplications: Multiply-accumulates, those of addresses included.
        memory: Energy of memory accesses, in picojoules.
    """

    picojoules: Mapping[str, float]
    additions: float = 0.0
    multiplications: float = 0.0
    memory: float = 0.0

    def access(self, numbers: float, capacity: float) -> None:
        """Adds reads or writes of numbers in a memory that holds so many of them."""
        self.memory += numbers * self._access(capacity * NUMBER)

    def _access(self, size: float) -> float:
        """Picojoules of an access to 32 bits in a memory of this size in bytes."""
        each = (0.0, *(self.picojoules[name] for name in ("access_8_kib", "access_32_kib", "access_1_mib")))
        size = min(size, MEMORIES[-1])
        k = next(k for k in (1, 2, 3) if size <= MEMORIES[k])
        share = (size - MEMORIES[k - 1]) / (MEMORIES[k] - MEMORIES[k - 1])
        return each[k - 1] + share * (each[k] - each[k - 1])

    def add(self, part: Part) -> None:
        """Adds what a part does."""
        match part:
            case Products(arrived=None):
                self._real(part)
            case Products(arrived=float() | int() as spikes):
                self._spikes(part, spikes)
            case Population():
                self._neurons(part)
            case Activations(count):
                self.access(count, count)
            case _:
                return

    def _spikes(self, part: Products, spikes: float) -> None:
        window, (_, out) = part.window, part.channels
        met = summed = spikes * (part.dense / part.inputs)
        if window is not None:
            each = spikes * (out // window.groups)
            met = each * prod(window.kernel)
            summed = each * prod(ceil(k / s) for k, s in zip(window.kernel, window.stride, strict=True))
            self.multiplications += 2 * spikes
        biases = part.steps * part.outputs if part.biased else 0
        self.additions += summed + met + biases
        self.access(spikes, QUEUE)
        self.access(met + biases, part.weights)
        self.access(2 * met, part.outputs)

    def _real(self, part: Products) -> None:
        products, window = part.steps * part.dense, part.window
        inputs, outputs = part.steps * part.inputs, part.steps * part.outputs
        biases = outputs if part.biased else 0
        self.multiplications += products
        self.additions += inputs + outputs + biases
        if window is not None:
            self.additions += part.channels[1] * prod(window.kernel)
        self.access(inputs if window is None else products, inputs)
        self.access(products + biases, part.weights)

    def _neurons(self, part: Population) -> None:
        self.access(2 * part.count * part.steps, part.count)
        self.access(part.spikes, QUEUE)
        self.additions += part.spikes
        if part.leaks:
            self.multiplications += part.count * part.steps


def lemaire(layer: Layer, picojoules: Mapping[str, float]) -> float:
    """The energy of an inference."""
    found = _Costs(picojoules)
    for part in layer.parts:
        found.add(part)
    accumulate = picojoules["addition"] + picojoules["multiplication"]
    return found.additions * picojoules["addition"] + found.multiplications * accumulate + found.memory


def refuses(layers: Sequence[Layer]) -> str | None:
    """Why the model can't price these layers; None if it can."""
    for layer in layers:
        for part in layer.parts:
            if isinstance(part, Population) and part.model != "lif":
                return f"it has IF and LIF neurons alone, and those in `{layer.name}` are of the model `{part.model}`"
            if isinstance(part, Products) and not part.weighted:
                return f"it has layers with weights alone, and `{layer.name}` multiplies numbers with each other"
            if isinstance(part, Products) and part.window is None and not part.linear:
                return f"it has convolutions and linear layers alone, and `{layer.name}` is computed by `{part.op}`"
    return None


LEMAIRE = EnergyModel(
    "lemaire",
    "32-bit integer operations, addresses, and accesses to SRAM whose energy grows with its size, in 45 nm CMOS",
    "Lemaire et al., ICONIP 2022 (arXiv 2210.13107), with the constants of SpikingJelly 2.0, estimate_lemaire_energy",
    {"addition": 0.1, "multiplication": 3.1, "access_8_kib": 10.0, "access_32_kib": 20.0, "access_1_mib": 100.0},
    lemaire,
    whole=True,
    formula="operations: a spike adds ceil(kernel / stride) weights along each axis, for each channel of the result; real "
    "numbers are multiplied; biases and resets are additions, decays multiplications. Addresses: one addition for each weight "
    "of the spike's window, and 2 multiplications for each spike of a convolution. Memory: the spike from a queue of 1,000, "
    "the weights of its window, the potentials read and written for each of them, then all potentials once a step, and the "
    "spikes that leave. An access costs what lies between those of the memories of 8 KiB, 32 KiB and 1 MiB, by the size of "
    "what the layer keeps",
    left_out=f"the border: every spike meets a whole window; poolings, shortcuts, norms, {FUNCTIONS}",
    refuses=refuses,
)
"""The model of Lemaire et al., as SpikingJelly's estimator computes it."""
