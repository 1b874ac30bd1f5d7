"""Energy of an inference from operations and firing rates (Che et al., NeurIPS 2022, section 5)."""

from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind

ADDITION_PJ = 0.9
"""Energy of an addition in 45 nm CMOS, in picojoules."""

MULTIPLY_ACCUMULATE_PJ = 4.6
"""Energy of a multiply-accumulate in 45 nm CMOS, in picojoules."""

BINARY = (Kind.SPIKE,)
"""Kinds whose convolution needs only additions."""


def millijoules(additions: float, multiplications: float) -> float:
    """The energy of additions and multiply-accumulates, in millijoules."""
    return (additions * ADDITION_PJ + multiplications * MULTIPLY_ACCUMULATE_PJ) * 1e-9


def spiking_inputs(graph: Graph) -> set[str]:
    """The nodes whose firing rates determine the energy: spiking inputs of convolutions and linear layers."""
    found: set[str] = set()
    for node in graph:
        values = graph.values(node)
        if values and values[0].kind in BINARY and node.op.additions(*values):
            found.add(node.operands[0])
    return found
