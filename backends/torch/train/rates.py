"""Measures firing rates."""

import torch
from jaxtyping import Shaped
from torch import Tensor

from spikegraph.analysis.energy import spiking_inputs
from spikegraph.ir.graph import Graph
from spikegraph.processes import ONE, Processes


class FiringRates:
    """Counts the spikes of every neuron of the plain graph, and of every spiking input of a layer with weights.

    Operations that join several neurons count each of them, so the names are those of the spec's neurons in every form of
    the network.

    Attributes:
        counted: By node, the neurons or the value whose spikes it has, with their channels; empty without a graph.
    """

    def __init__(self, graph: Graph | None) -> None:
        self.counted = counted(graph) if graph is not None else dict[str, dict[str, int]]()
        self._axis = {name: -1 - len(graph.node(name).value.size) for name in self.counted} if graph is not None else {}
        self._spikes = {name: 0.0 for of in self.counted.values() for name in of}
        self._places = dict.fromkeys(self._spikes, 0)

    def add(self, name: str, value: Shaped[Tensor, "..."]) -> None:
        """Adds the spikes in a node's value, [T, N, C, *size] or [N, C, *size]; ignores nodes that aren't counted."""
        of = self.counted.get(name)
        if of is None:
            return
        for neuron, part in zip(of, torch.split(value, list(of.values()), self._axis[name]), strict=True):
            self._spikes[neuron] += float(part.sum(dtype=torch.float64))
            self._places[neuron] += part.numel()

    def means(self, processes: Processes = ONE) -> dict[str, float]:
        """Spikes per place and time step by name: from 0 to 1 for neurons, up to n for sums of n spikes; over all processes."""
        counts = processes.gathered({name: (spikes, self._places[name]) for name, spikes in self._spikes.items()})
        totals = {name: [sum(each) for each in zip(*(of[name] for of in counts), strict=True)] for name in self._spikes}
        return {name: spikes / places for name, (spikes, places) in totals.items() if places}


def counted(graph: Graph) -> dict[str, dict[str, int]]:
    """The nodes whose firing rates are reported, or determine the energy of a network (Che et al., NeurIPS 2022, section 5)."""
    found = {node.name: dict(node.populations) for node in graph if node.op.traits.fires}
    inputs = {name: {name: graph.node(name).value.channels} for name in sorted(spiking_inputs(graph)) if name not in found}
    return {**found, **inputs}
