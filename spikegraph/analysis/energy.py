"""Energy of an inference (section 5 of the paper), from operations and firing rates."""

from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind

ADDITION_PJ = 0.9
"""One addition in 45 nm CMOS, in picojoules."""

MULTIPLY_ACCUMULATE_PJ = 4.6
"""One multiply-accumulate in 45 nm CMOS, in picojoules."""

BINARY = (Kind.SPIKE,)
"""Kinds whose convolution needs additions only."""


def millijoules(additions: float, multiplications: float) -> float:
    """The energy of so many additions and multiply-accumulates."""
    return (additions * ADDITION_PJ + multiplications * MULTIPLY_ACCUMULATE_PJ) * 1e-9


def spiking_inputs(graph: Graph) -> set[str]:
    """The nodes whose firing rates the energy depends on: spiking inputs of convolutions and linear layers."""
    found: set[str] = set()
    for node in graph:
        values = graph.values(node)
        if values and values[0].kind in BINARY and node.op.additions(*values):
            found.add(node.operands[0])
    return found
