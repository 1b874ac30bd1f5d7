"""How far a way of computing a network agrees with its reference: numbers compared, unknown and different."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spikegraph.ir.graph import Graph
from spikegraph.meaning.api import Reference, Trace
from spikegraph.meaning.call import Array
from spikegraph.meaning.rounding.bounded import FLOAT64, Bounded, Precision
from spikegraph.meaning.rounding.network import BoundedReference
from spikegraph.meaning.rounding.spikes import explained
from spikegraph.validation.compared import ALIKE, CLOSE


@dataclass(frozen=True)
class Agreement:
    """What a comparison found.

    Attributes:
        numbers: How many numbers were compared.
        unknown: How many of them rounding would explain whatever they were.
        different: How many differ by more than rounding.
        first: The first that differs, in words.
    """

    numbers: int = 0
    unknown: int = 0
    different: int = 0
    first: str = ""

    def __add__(self, other: "Agreement") -> "Agreement":
        """Both together."""
        numbers, unknown = self.numbers + other.numbers, self.unknown + other.unknown
        return Agreement(numbers, unknown, self.different + other.different, self.first or other.first)


@dataclass(frozen=True)
class Values:
    """What a way of computing gives: arrays [T, N, C, *size], or [N, C, *size] where they are the same at every step.

    Attributes:
        outputs: The results by name.
        nodes: The values of operations that the spec's network has too.
        spikes: The spikes of neurons, by their names in that network.
        statistics: The running statistics after a step of training.
    """

    outputs: Mapping[str, Array]
    nodes: Mapping[str, Array]
    spikes: Mapping[str, Array]
    statistics: Mapping[str, Array]


@dataclass(frozen=True)
class Judge:
    """The reference of a network with its weights and inputs.

    Attributes:
        graph: The simple operations of what the spec says.
        weights: The weights by name.
        inputs: The inputs by name.
        training: Whether norms use the statistics of the samples.
        nodes: The operations to compute though no output needs them.
    """

    graph: Graph
    weights: Mapping[str, Array]
    inputs: Mapping[str, Array]
    training: bool
    nodes: tuple[str, ...]

    @cached_property
    def trace(self) -> Trace:
        """The network without rounding."""
        return Reference(self.graph, self.weights, self.training).trace(self.inputs, self.nodes)

    def exact(self, found: Values) -> Agreement:
        """Compares numbers in float64: they are equal, or rounding explains how far they are apart."""
        total = Agreement()
        for name, wanted, value in self._pairs(found):
            total += equal(name, wanted, value)
        for name, value in found.statistics.items():
            total += equal(name, self.trace.statistics[name], value, CLOSE)
        return self.within(found, FLOAT64) if total.different else total

    def within(self, found: Values, precision: Precision) -> Agreement:
        """Compares with bounds of rounding; where it decides a spike, the reference follows the one that was computed.

        Each number has to be within the bound of its own rounding and of that of all numbers before it. It is unknown if the
        bound is as large as the values themselves.
        """
        reference = BoundedReference(self.graph, self.weights, precision, nodes=found.nodes, training=self.training)
        spikes = {name: x if self.graph.node(name).value.steps else x[None] for name, x in found.spikes.items()}
        how = explained(reference, self.inputs, spikes)
        if how.wrong is not None:
            return Agreement(how.spikes, how.unknown, 1, f"the spike of {how.wrong}")
        total = Agreement(how.spikes, how.unknown)
        for values, bounds in ((found.nodes, how.nodes), (found.outputs, how.outputs)):
            for name, value in values.items():
                total += _bounded(name, bounds[name], value)
        return total

    def _pairs(self, found: Values) -> Iterator[tuple[str, Array, Array]]:
        """The name, the reference's value and the one that was found."""
        trace = self.trace
        for values, wanted in ((found.nodes, trace.values), (found.spikes, trace.spikes), (found.outputs, trace.outputs)):
            for name, value in values.items():
                yield name, wanted[name], value


def equal(name: str, wanted: Array, found: Array, share: float = ALIKE, largest: float | None = None) -> Agreement:
    """Compares arrays; differences up to a share of the largest number, by default that of the array, are rounding."""
    if wanted.shape != found.shape:
        return Agreement(wanted.size, 0, wanted.size, f"`{name}` is {list(found.shape)} instead of {list(wanted.shape)}")
    if largest is None:
        largest = float(np.max(np.abs(wanted), initial=0.0, where=np.isfinite(wanted)))
    return _told(name, wanted, found, _apart(wanted, found, np.asarray(share * largest)), 0)


def _bounded(name: str, wanted: Bounded, found: Array) -> Agreement:
    value = wanted.value
    found = np.broadcast_to(found if found.ndim == value.ndim else found[None], value.shape)
    return _told(name, value, found, _apart(value, found, wanted.error), int(wanted.loose.sum()))


def _apart(wanted: Array, found: Array, error: Array) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):  # infinite in both
        close = np.abs(wanted - found) <= error
    return ~(close | (wanted == found) | (np.isnan(wanted) & np.isnan(found)))


def _told(name: str, wanted: Array, found: Array, apart: npt.NDArray[np.bool_], unknown: int) -> Agreement:
    if not apart.any():
        return Agreement(wanted.size, unknown)
    place = tuple(int(i) for i in np.argwhere(apart)[0])
    text = f"`{name}` is {found[place]:.6g} instead of {wanted[place]:.6g} at {list(place)}"
    return Agreement(wanted.size, unknown, int(apart.sum()), text)
