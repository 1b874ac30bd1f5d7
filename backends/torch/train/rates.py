"""How often neurons fire."""

from __future__ import annotations

import torch
from torch import Tensor

from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind


class FiringRates:
    """Counts the spikes of every neuron's node, and of every spiking value that a layer with weights takes.

    Attributes:
        nodes: Their names; none without a graph.
    """

    def __init__(self, graph: Graph | None) -> None:
        self.nodes = counted(graph) if graph is not None else frozenset[str]()
        self._spikes = dict.fromkeys(sorted(self.nodes), 0.0)
        self._places = dict.fromkeys(sorted(self.nodes), 0)

    def add(self, name: str, value: Tensor) -> None:
        """Counts the spikes in a node's value, whatever its axes; what isn't counted is let pass."""
        if name in self.nodes:
            self._spikes[name] += float(value.sum(dtype=torch.float64))
            self._places[name] += value.numel()

    def means(self) -> dict[str, float]:
        """Spikes per neuron and step, from 0 to 1."""
        return {name: spikes / self._places[name] for name, spikes in self._spikes.items() if self._places[name]}


def counted(graph: Graph) -> frozenset[str]:
    """The nodes whose rates say what a network costs (section 5)."""
    taken = {o for node in graph if node.op.additions(*graph.values(node)) for o in node.operands}
    return frozenset(n.name for n in graph if n.value.kind is Kind.SPIKE and (n.op.name == "lif" or n.name in taken))
