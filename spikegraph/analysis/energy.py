"""Energy of an inference (section 5), from operations and firing rates."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.analysis.layers import BINARY, owner_of
from spikegraph.ir.graph import Graph, weights_name

ADDITION_PJ = 0.9
"""One addition in 45 nm CMOS, in picojoules."""

MULTIPLY_ACCUMULATE_PJ = 4.6
"""One multiply-accumulate in 45 nm CMOS, in picojoules."""


@dataclass(frozen=True)
class Energy:
    """The energy of one layer for one time step of one sample.

    Attributes:
        layer: The layer's name.
        rate: The mean firing rate of its convolutions' inputs, weighted by their additions; 1 if not measured.
        additions: Additions at that rate.
        multiplications: Multiply-accumulates, where the input is not spikes.
    """

    layer: str
    rate: float
    additions: float
    multiplications: int

    @property
    def millijoules(self) -> float:
        """In millijoules."""
        return (self.additions * ADDITION_PJ + self.multiplications * MULTIPLY_ACCUMULATE_PJ) * 1e-9


def energy(outline: Graph, lowered: Graph, rates: Mapping[str, float] | None = None) -> list[Energy]:
    """The energy of each layer, in order.

    Args:
        outline: The graph with one node for each layer.
        lowered: The graph of single operations made from it.
        rates: Mean firing rates by node of `lowered`; without them every input counts as a spike, which gives an upper bound.
    """
    dense: dict[str, int] = {}
    fired: dict[str, float] = {}
    multiplied: dict[str, int] = {}
    for node in lowered:
        owner = owner_of(node.name, outline)
        if owner is None:
            continue
        layer = weights_name(owner)
        for table in (dense, fired, multiplied):
            table.setdefault(layer, 0)
        values = lowered.values(node)
        count = node.op.additions(*values)
        if not count:
            continue
        if values[0].kind in BINARY:
            rate = 1.0 if rates is None else rates[node.operands[0]]
            dense[layer] += count
            fired[layer] += rate * count
        else:
            multiplied[layer] += count
    return [Energy(k, fired[k] / dense[k] if dense[k] else 1.0, fired[k], multiplied[k]) for k in dense]


def spiking_inputs(graph: Graph) -> set[str]:
    """The nodes whose firing rates the energy depends on: spiking inputs of convolutions and linear layers."""
    found: set[str] = set()
    for node in graph:
        values = graph.values(node)
        if values and values[0].kind in BINARY and node.op.additions(*values):
            found.add(node.operands[0])
    return found
