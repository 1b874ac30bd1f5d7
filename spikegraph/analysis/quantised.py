"""The quantised ANN beside a spiking network (Yan et al., arXiv 2409.08290): which needs less energy, at which firing rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose

from spikegraph.analysis.energy import EnergyModel, energy_text
from spikegraph.analysis.statistics import Statistics
from spikegraph.dsl.shown import counted

ROUNDING = 1e-9
"""The largest relative difference of energies that are one."""


def bits(steps: int, numbers: int = 1) -> int:
    """The bits of activations that can be as many numbers as there are counts of spikes in `steps` steps: ceil(log2(T + 1)).

    Neurons that give n numbers but 0 at a step can have n T + 1 counts: those with n levels 0 to n T, those whose spikes have
    signs -T to T, where n is 2.
    """
    return (steps * numbers).bit_length()


def quantised(found: Statistics) -> Statistics | None:
    """The same network with a ReLU of `bits` in place of each neuron, once per inference; None if it has no spiking neurons.

    All its products are multiplications, also where an activation is 0, which a model may take as free.
    """
    if not found.neurons:
        return None
    width, levels = bits(found.steps, found.numbers), found.levels
    return replace(found, layers=tuple([layer.dense(width, levels) for layer in found.layers]), time=1)


def of_layers(found: Statistics, model: EnergyModel) -> tuple[list[float], list[float] | None]:
    """Millijoules of an inference by layer, of a network that the model can price and of its quantised ANN.

    That of the ANN is None if there is none, if the time steps of an inference aren't known, or if the model can't price it.
    """
    found = found.priced(model)
    ann = None if found.time is None else quantised(found)
    priced = None if ann is None or ann.refused is not None else ann
    spent = [layer.inference_millijoules(found.steps) for layer in found.layers]
    return spent, None if priced is None else [layer.inference_millijoules(priced.steps) for layer in priced.layers]


@dataclass(frozen=True)
class Beside:
    """A network's energy by one model, beside that of the quantised ANN.

    Attributes:
        model: The energy model.
        steps: Time steps of an inference.
        rate: The mean firing rate of what arrives at layers; None if it wasn't measured.
        spiking: Millijoules of an inference; None if the model can't price the network.
        ann: Millijoules of the ANN; None if there is none, or the model can't price it.
        equal: The firing rate at which both need as much, if all rates change alike: 0 if the ANN always needs less, infinite
            if the spiking network always does; None without an ANN, if the time steps of an inference aren't known, or if both
            need as much at every rate.
        refused: Why the model can't price one of them.
        numbers: How many numbers but 0 a neuron can give at a time step.
    """

    model: EnergyModel
    steps: int
    rate: float | None
    spiking: float | None
    ann: float | None = None
    equal: float | None = None
    refused: str | None = None
    numbers: int = 1

    @classmethod
    def of(cls, found: Statistics, model: EnergyModel) -> Beside:
        """Prices a network and its ANN by a model."""
        found = found.priced(model)
        steps, rate = found.steps, found.rate if found.measured else None
        if found.refused is not None:
            return cls(model, steps, rate, None, refused=found.refused)
        spent, ann = found.inference_millijoules, None if found.time is None else quantised(found)
        if ann is None or ann.refused is not None:
            return cls(model, steps, rate, spent, refused=None if ann is None else ann.refused)
        needs = ann.inference_millijoules
        return cls(model, steps, rate, spent, needs, _equal(found, needs, spent - needs), numbers=found.numbers)

    def __str__(self) -> str:
        """A sentence on both."""
        if self.spiking is None:
            return f"{self.model.name} can't price this network: {self.refused}"
        spent = f"{self.model.name}: {energy_text(self.spiking)}"
        if self.ann is None:
            return spent if self.refused is None else f"{spent}; it can't price the quantised ANN: {self.refused}"
        ann = f"as an ANN of {counted(bits(self.steps, self.numbers), 'bit')} {energy_text(self.ann)}"
        equal = "both need as much at every firing rate"
        return f"{spent}, {ann}; {equal if self.equal is None else self._verdict(self.ann, self.equal)}"

    @property
    def ann_saves(self) -> float:
        """What the ANN needs less, in millijoules; 0 if both need as much, or if one of them can't be priced."""
        if self.spiking is None or self.ann is None or isclose(self.spiking, self.ann, rel_tol=ROUNDING):
            return 0.0
        return self.spiking - self.ann

    @property
    def reached(self) -> float | None:
        """`equal`, or infinity where no network fires that much, so that the spiking one needs less at every rate."""
        return self.equal if self.equal is None or self.equal < max(1.0, self.rate or 0.0) else float("inf")

    def _verdict(self, ann: float, equal: float) -> str:
        less = "the spiking network" if self.spiking is not None and self.spiking < ann else "the ANN"
        if equal == 0.0:
            return "the ANN needs less at every firing rate"
        if self.reached == float("inf"):
            return "the spiking network needs less at every firing rate"
        at = f"both are equal at a firing rate of {100 * equal:.3g} %"
        if self.rate is None:
            return f"{at}, here it isn't measured"
        return f"{at}, here it is {100 * self.rate:.3g} %: {less} needs less"


def _more(found: Statistics, factor: float) -> float:
    """What a network with so many times as many spikes needs more than its quantised ANN, in millijoules."""
    scaled = found.scaled(factor)
    ann = quantised(scaled)
    assert ann is not None
    return scaled.inference_millijoules - ann.inference_millijoules


def _equal(found: Statistics, ann: float, more: float) -> float | None:
    """The mean firing rate at which a network and its quantised ANN need as much; 0 or infinite if there is none, None for all.

    Energies are linear in the number of spikes, the ANN's with a kink where all its activations differ from 0: secants from
    0 find the factor of all rates. Without spikes no factor changes anything.

    Args:
        found: The network.
        ann: What its ANN needs, in millijoules.
        more: What the network needs more than that.
    """
    silent, factor = _more(found, 0.0), 1.0
    if max(abs(silent), abs(more)) <= ROUNDING * ann:
        return None
    if silent >= 0.0:
        return 0.0
    for _ in range(9):
        if more <= silent:
            return float("inf")
        last, factor = factor, silent * factor / (silent - more)
        if abs(factor - last) <= 1e-12 * last:
            break
        more = _more(found, factor)
    return factor * found.rate


def energy_range(found: Sequence[Beside]) -> str | None:
    """The least and the greatest energy of several models, in words; None if fewer than two could price the network."""
    priced = sorted(((each.spiking, each.model.name) for each in found if each.spiking is not None), key=lambda pair: pair[0])
    if len(priced) < 2:
        return None
    (least, first), (most, last) = priced[0], priced[-1]
    times = f", {most / least:.3g} times as much" if least else ""
    return f"from {energy_text(least)} ({first}) to {energy_text(most)} ({last}){times}"
