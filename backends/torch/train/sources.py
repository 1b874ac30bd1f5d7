"""Spikes of values of the plain graph, read from the values of the graph that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from spikegraph.analysis.mixture import decided_values
from spikegraph.backends.torch.datasets import Batch
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.windows import product
from spikegraph.ir.types import Kind, Value

Placed = Float[Tensor, " N *size"]
"""Spikes of samples at each place."""


@dataclass(frozen=True)
class _Place:
    """Where the graph that runs has a value of the plain graph.

    Attributes:
        value: Its type once choices are decided.
        node: The node of the graph that runs.
        start: The first channel in its value; None for the whole value.
    """

    value: Value
    node: Node
    start: int | None


class Sources:
    """Finds values of the plain graph in the graph that runs, in which neurons may be joined."""

    def __init__(self, graph: Graph, plain: Graph) -> None:
        self._plain, self._graph, self._values = plain, graph, decided_values(plain)
        self._neurons: dict[str, tuple[Node, int]] = {}
        for node in graph:
            start = 0
            for name, channels in node.populations.items():
                self._neurons[name] = (node, start)
                start += channels

    def place(self, name: str) -> _Place:
        """Where a value is.

        Raises:
            KeyError: The graph that runs doesn't have it.
        """
        plain, value = self._plain.node(name), self._values[name]
        if name in self._neurons:
            node, start = self._neurons[name]
            return _Place(value, node, None if node.value.channels == value.channels else start)
        if name not in self._graph and plain.op.traits.forwards:
            return self.place(plain.operands[0])
        return _Place(value, self._graph.node(name), None)

    def wants(self, names: Iterable[str]) -> tuple[str, ...]:
        """The nodes of the graph that runs whose values have those of these nodes."""
        return tuple(dict.fromkeys(self.place(name).node.name for name in names))

    def read(self, values: Mapping[str, Shaped[Tensor, ...]], batch: Batch) -> Read:
        """Reads them from the values of a batch, by node of the graph that runs."""
        return Read(values, batch, self.place, self._graph.time)


class BySteps:
    """A number that depends on the time steps of an inference; what was computed once is known."""

    def __init__(self, number: Callable[[int], float]) -> None:
        self._number = number
        self._known: dict[int, float] = {}
        self._tables: dict[tuple[int, torch.device, torch.dtype], Tensor] = {}

    def at(self, steps: int) -> float:
        """The number for so many steps."""
        if steps not in self._known:
            self._known[steps] = self._number(steps)
        return self._known[steps]

    def table(self, longest: int, like: Tensor) -> Float[Tensor, " T"]:
        """The numbers for 1 to `longest` steps, [T], on the device of a tensor and of its type: no step waits for a device."""
        key = (longest, like.device, like.dtype)
        if key not in self._tables:
            numbers = [self.at(steps) for steps in range(1, longest + 1)]
            self._tables[key] = torch.tensor(numbers, dtype=like.dtype, device=like.device)
        return self._tables[key]


class Read:
    """Spikes of a batch's samples in an inference.

    Attributes:
        steps: The number of time steps of each sample, [N], or of all.
    """

    def __init__(
        self, values: Mapping[str, Shaped[Tensor, ...]], batch: Batch, place: Callable[[str], _Place], time: int | None
    ) -> None:
        self._values, self._place, self._within = values, place, batch.within
        self._placed: dict[str, tuple[Tensor, _Place]] = {}
        self._batch = batch
        self._longest = time or len(next(iter(batch.inputs.values())))
        self.steps: int | Int[Tensor, " N"] = self._longest if batch.lengths is None else batch.lengths

    def by_steps(self, number: BySteps) -> Float[Tensor, " N"]:
        """A number for each sample, [N], that depends on its time steps."""
        found = next(iter(self._values.values()))
        like = found.new_empty((), dtype=torch.float64 if found.dtype is torch.float64 else torch.float32)
        if isinstance(self.steps, int):
            return like.new_full((self._batch.counted.shape[-1],), number.at(self.steps))
        return number.table(self._longest, like)[self.steps - 1]

    def total(self, name: str, *, timed: bool = True) -> Float[Tensor, " N"]:
        """The spikes of a value in an inference, [N]; `timed`: it is used at each time step, also if it is the same at all.

        Of a value of another size than in the graph it is that of a value of its size with the same mean.
        """
        found, place = self._spikes(name)
        return self._scaled(_of_samples(found), found, place, timed=timed)

    def placed(self, name: str, weights: Float[Tensor, " *size"], *, timed: bool) -> Float[Tensor, " N"]:
        """The sum of a value's spikes in an inference, each times the weight of its place, [N]."""
        found, place = self._spikes(name)
        if found.shape[1:] != weights.shape:
            return self.total(name, timed=timed) * weights.mean()
        return self._scaled(_of_samples(found * weights), found, place, timed=timed)

    def _scaled(self, spikes: Tensor, found: Tensor, place: _Place, *, timed: bool) -> Tensor:
        size, here = product(place.value.size), product(tuple(found.shape[1:]))
        spikes = spikes if size == here else spikes * (size / here)
        return spikes * self.steps if timed and not place.node.value.steps else spikes

    def _spikes(self, name: str) -> tuple[Placed, _Place]:
        """The spikes of a value at each of its places, [N, *size]: over all channels, and over a sample's own time steps."""
        if name not in self._placed:
            place = self._place(name)
            value, axes = self._values[place.node.name], len(place.node.value.size)
            at = value.dim() - axes - 1
            if place.start is not None:
                value = value.narrow(at, place.start, place.value.channels)
            if place.value.kind is Kind.EVENTS:
                value = value.abs()
            kind = torch.float64 if value.dtype is torch.float64 else torch.float32
            found = value.sum(at, dtype=kind)
            if place.node.value.steps:
                found = _own(found, self._within).sum(0)
            self._placed[name] = found, place
        return self._placed[name]


def _of_samples(placed: Placed) -> Float[Tensor, " N"]:
    """The sum over all places of each sample; a value without spatial axes, [N], has one."""
    return placed.reshape(len(placed), product(placed.shape[1:])).sum(1)


def _own(spikes: Float[Tensor, "T N *size"], within: Bool[Tensor, "T N"] | None) -> Float[Tensor, "T N *size"]:
    """Spikes of the samples' own time steps, 0 at the others."""
    if within is None:
        return spikes
    return spikes.where(within.reshape(*within.shape, *[1] * (spikes.dim() - 2)), 0.0)
