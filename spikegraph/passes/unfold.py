"""The pass `unfold`."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node, Notes
from spikegraph.ir.substeps import UNFOLDED
from spikegraph.ir.types import Kind
from spikegraph.passes.marking import Marking


class Unfold(Marking):
    """Marks layers of integer spikes that work on binary ones: a value k at a time step is k spikes in n sub-steps.

    A layer, such as a convolution, is linear plus a constant, so its results over the sub-steps sum up to that of the integer
    (Luo et al., ECCV 2024). The function is the same, but has no gradient: it shows what runs on hardware of binary spikes.
    """

    name: ClassVar[str] = "unfold"

    @override
    def marks(self, graph: Graph) -> Mapping[str, Notes]:
        return {node.name: {UNFOLDED: node.operand_values[0].bound} for node in graph if _unfolds(node)}


def _unfolds(node: Node) -> bool:
    """True for an operation with weights and additions, and without a memory of earlier steps, that takes counts of spikes."""
    adds = bool(node.leaves) and node.additions > 0 and not node.op.traits.stateful
    return adds and len(node.operands) == 1 and node.operand_values[0].kind is Kind.COUNT
