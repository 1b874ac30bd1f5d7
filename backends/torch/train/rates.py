"""Measures firing rates."""

import torch
from torch import Tensor

from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind


class FiringRates:
    """Counts the spikes of every neuron, and of every spiking input of a layer with weights.

    Attributes:
        nodes: The names of the counted nodes; empty without a graph.
    """

    def __init__(self, graph: Graph | None) -> None:
        self.nodes = counted(graph) if graph is not None else frozenset[str]()
        self._spikes = dict.fromkeys(sorted(self.nodes), 0.0)
        self._places = dict.fromkeys(sorted(self.nodes), 0)

    def add(self, name: str, value: Tensor) -> None:
        """Adds the spikes in a node's value, of any shape; ignores nodes that aren't counted."""
        if name in self.nodes:
            self._spikes[name] += float(value.sum(dtype=torch.float64))
            self._places[name] += value.numel()

    def means(self) -> dict[str, float]:
        """The firing rate of each node in spikes per neuron and time step, from 0 to 1."""
        return {name: spikes / self._places[name] for name, spikes in self._spikes.items() if self._places[name]}


def counted(graph: Graph) -> frozenset[str]:
    """The nodes whose firing rates determine the energy of a network (Che et al., NeurIPS 2022, section 5)."""
    inputs = {o for node in graph if node.op.additions(*graph.values(node)) for o in node.operands}
    return frozenset(n.name for n in graph if n.value.kind is Kind.SPIKE and (n.op.name == "lif" or n.name in inputs))
