"""Measures firing rates, and counts the additions that spikes cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor

from spikegraph.analysis.energy import adds_only, is_added, spiking_inputs, untyped_inputs
from spikegraph.analysis.parts import adds_two_spikes
from spikegraph.backends.torch.kernels.arrivals import PLACED, additions
from spikegraph.base.processes import ONE, Processes
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.types import Kind

Within = Bool[Tensor, "T N"] | None


@dataclass(frozen=True)
class Measured:
    """What `FiringRates` measured.

    Attributes:
        rates: Spikes per place and time step by name: from 0 to 1 for neurons, up to n for sums of n spikes. Of signs, and of
            real inputs that are whole numbers, it is their mean magnitude; other real inputs are left out.
        additions: Additions per time step and sample by operation of the plain graph, for those where it matters where a
            spike arrives; without those whose operand had another size than in the graph.
        time_steps: The number T of time steps of the inputs; None if they have none, or not always as many.
    """

    rates: dict[str, float]
    additions: dict[str, float]
    time_steps: int | None


class FiringRates:
    """Counts the spikes of every neuron of the plain graph, and of every spiking input of a layer with weights.

    Operations that join several neurons count each of them, so the names are those of the spec's neurons in every form of
    the network. Of real inputs it finds out whether they are spikes, counts or signs.

    Attributes:
        counted: By node, the neurons or the value whose spikes it has, with their channels; empty without a graph.
    """

    def __init__(self, graph: Graph | None, plain: Graph | None = None) -> None:
        """Counts the spikes in the values of `graph`, and the additions of the operations of `plain`, if it is given."""
        self.counted = counted(graph) if graph is not None else dict[str, dict[str, int]]()
        self._nodes = {node.name: node for node in graph or ()}
        self._untyped = set[str]() if graph is None else untyped_inputs(graph)
        self._users = dict[str, list[Node]]() if plain is None else _users(plain)
        names = [name for of in self.counted.values() for name in of]
        self._counts = {name: _Count() for name in (*names, *sorted(self._untyped))}
        self._steps = set[int]()

    def add_inputs(self, inputs: Mapping[str, Shaped[Tensor, "..."]], within: Within = None) -> None:
        """Adds the network's inputs by name, [T, N, C, *size] or [N, C, *size]; `within` as of `add`."""
        for name, value in inputs.items():
            if name in self._nodes and self._nodes[name].value.steps:
                self._steps.update((len(value),) if within is None else cast("list[int]", within.sum(0).tolist()))  # pyright: ignore[reportUnknownMemberType]
            self.add(name, value, within=within)

    def add(self, name: str, value: Shaped[Tensor, "..."], *, within: Within = None) -> None:
        """Adds the spikes in a node's value; ignores nodes that aren't counted.

        Args:
            name: The node.
            value: The value, [T, N, C, *size] or [N, C, *size].
            within: Which steps are the samples' own, bool [T, N]; None if all are.
        """
        if within is not None and name in self._nodes and self._nodes[name].value.steps:
            value = value[within]
        of = self.counted.get(name)
        if name in self._untyped:
            of = {name: self._nodes[name].value.channels}
            self._counts[name].whole &= bool((value == value.round()).all())
        if of is None:
            return
        node = self._nodes[name]
        if node.value.kind is Kind.EVENTS or not node.op.traits.fires:
            value = value.abs()
        channels = -1 - len(node.value.size)
        for neuron, part in zip(of, torch.split(value, list(of.values()), channels), strict=True):
            self._counts[neuron].add(part, node.value.size, placed=neuron in self._users)

    def means(self, processes: Processes = ONE) -> dict[str, float]:
        """The rates of `Measured`, over all processes."""
        return self.measured(processes).rates

    def measured(self, processes: Processes = ONE) -> Measured:
        """What was measured, over all processes."""
        every = processes.gathered((self._counts, self._steps))
        rates, added = dict[str, float](), dict[str, float]()
        for name in self._counts:
            count = _total([counts[name] for counts, _ in every])
            if not count.places:
                continue
            mean = count.spikes / count.places
            if name in self._untyped and not is_added(count.whole, mean):
                continue
            rates[name] = mean
            if count.arrived is not None and not count.resized:
                for user in self._users[name]:
                    steps = count.places / user.operand_values[0].channels / count.arrived.numel()
                    added[user.name] = additions(user, count.arrived) / steps
        steps = {n for _, seen in every for n in seen}
        return Measured(rates, added, steps.pop() if len(steps) == 1 else None)


@dataclass
class _Count:
    """The spikes of a value.

    Attributes:
        spikes: Their number, in all channels, time steps and samples.
        places: The number of values.
        whole: Whether all values are whole numbers; known of inputs whose type doesn't tell.
        arrived: The spikes at each place of the value, float64 [*size], if they were asked for.
        resized: Whether a value had another size than in the graph.
    """

    spikes: float = 0.0
    places: int = 0
    whole: bool = True
    arrived: Tensor | None = field(default=None, repr=False)
    resized: bool = False

    def add(self, value: Shaped[Tensor, "..."], size: tuple[int, ...], *, placed: bool) -> None:
        """Adds a value [..., C, *size], which has this size in the graph; `placed` also counts its spikes at each place."""
        self.places += value.numel()
        joined = value.dim() - len(size)
        if placed and tuple(value.shape[joined:]) == size:
            arrived = value.sum(tuple(range(joined)), dtype=torch.float64).cpu()
            self.arrived = arrived if self.arrived is None else self.arrived + arrived
            self.spikes += float(arrived.sum())
        else:
            self.resized |= placed
            self.spikes += float(value.sum(dtype=torch.float64))


def _total(counts: list[_Count]) -> _Count:
    """The counts of several processes as one."""
    arrived = [of.arrived for of in counts if of.arrived is not None]
    return _Count(
        sum(of.spikes for of in counts),
        sum(of.places for of in counts),
        all(of.whole for of in counts),
        torch.stack(arrived).sum(0) if arrived else None,
        any(of.resized for of in counts),
    )


def _users(plain: Graph) -> dict[str, list[Node]]:
    """The operations of `PLACED` that only add, or may do so, by their first operand."""
    untyped, found = untyped_inputs(plain), dict[str, list[Node]]()
    for node in plain:
        if node.op.name in PLACED and (adds_only(node) or node.operands[0] in untyped):
            found.setdefault(node.operands[0], []).append(node)
    return found


def counted(graph: Graph) -> dict[str, dict[str, int]]:
    """The nodes whose firing rates are reported, or determine the energy of a network (Che et al., NeurIPS 2022, section 5)."""
    found = {node.name: dict(node.populations) for node in graph if node.op.traits.fires}
    added = {name for node in graph if adds_two_spikes(node) for name in node.operands}
    others = sorted((spiking_inputs(graph) | added) - found.keys())
    return {**found, **{name: {name: graph.node(name).value.channels} for name in others}}
