"""The pass `sparsify`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.patterns import scaled
from spikegraph.ir.types import Kind
from spikegraph.passes.base import Pass
from spikegraph.passes.properties import LOWERED

CHANNELS = 32
"""Minimum number of input and output channels; with fewer, finding silent inputs takes longer than it saves."""


@dataclass(frozen=True)
class Sparsify(Pass):
    """Marks convolutions of spikes that can skip silent inputs, so that their work is proportional to the firing rate.

    The function is the same. The backend decides from the measured firing rate whether to skip. Convolutions of real values,
    such as those after ReLU stems, and those behind a dropout are not marked.
    """

    name: ClassVar[str] = "sparsify"
    refuses: ClassVar[bool] = False
    faster: ClassVar[bool] = True
    requires = (LOWERED,)

    @override
    def apply(self, graph: Graph) -> Graph:
        dropped = scaled(graph)

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if not _sparse(node) or node.operands[0] in dropped:
                return out.keep(node, operands)
            return out.change(node, operands, notes={"sparse": True})

        return graph.rewrite(rule)


def _sparse(node: Node) -> bool:
    if not node.op.may_skip():
        return False
    x = node.operand_values[0]
    return x.kind is Kind.SPIKE and min(x.channels, node.value.channels) >= CHANNELS
