"""The spikes in a model's values, by the neurons of the plain graph."""

from collections.abc import Mapping

import torch
from torch import Tensor

from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind

SMALL = 255
"""The largest number of spikes of one neuron at one time step that a byte holds."""


def neurons(graph: Graph) -> Mapping[str, Mapping[str, int]]:
    """The nodes whose values are spikes of neurons, with the neurons' names in the plain graph and their channels."""
    return {node.name: node.populations for node in graph if node.op.traits.fires and node.value.kind != "real"}


def split(graph: Graph, parts: Mapping[str, Mapping[str, int]], node: str, value: Tensor) -> dict[str, Tensor]:
    """The spikes in a node's value by neurons, as bytes where these hold them; none of other nodes."""
    of = parts.get(node)
    if of is None:
        return {}
    kind = graph.node(node).value
    byte = torch.int8 if kind.kind is Kind.EVENTS else torch.uint8
    small = value.to(byte) if kind.bound <= SMALL else value
    return dict(zip(of, torch.split(small, list(of.values()), -1 - len(kind.size)), strict=True))
