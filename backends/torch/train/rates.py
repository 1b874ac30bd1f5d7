"""How often neurons fire."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from spikegraph.ir.graph import Graph


class FiringRates:
    """Counts the spikes of every neuron's node.

    Attributes:
        wanted: The nodes whose values it takes; none without a graph.
    """

    def __init__(self, graph: Graph | None) -> None:
        self.wanted = tuple(node.name for node in graph if node.op.name == "lif") if graph is not None else ()
        self._spikes = dict.fromkeys(self.wanted, 0.0)
        self._places = dict.fromkeys(self.wanted, 0)

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Counts the spikes in the values of `wanted`, whatever their axes."""
        for name in self.wanted:
            self._spikes[name] += float(values[name].sum(dtype=torch.float64))
            self._places[name] += values[name].numel()

    def means(self) -> dict[str, float]:
        """Spikes per neuron and step, from 0 to 1."""
        return {name: self._spikes[name] / self._places[name] for name in self.wanted if self._places[name]}
