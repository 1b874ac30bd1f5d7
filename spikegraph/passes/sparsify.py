"""The pass `sparsify`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.wide import WideConv
from spikegraph.ir.types import Kind
from spikegraph.passes.base import Pass

CHANNELS = 32
"""Minimum number of input and output channels; with fewer, finding silent inputs takes longer than it saves."""


@dataclass(frozen=True)
class Sparsify(Pass):
    """Marks convolutions of spikes that can skip silent inputs, so that their work is proportional to the firing rate.

    The function is the same. The backend decides from the measured firing rate whether to skip. Convolutions of real values,
    such as those after ReLU stems, are not marked.
    """

    name: ClassVar[str] = "sparsify"

    @override
    def apply(self, graph: Graph) -> Graph:
        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if not _sparse(node, graph):
                return out.keep(node, operands)
            return out.add(node.name, node.op.model_copy(update={"sparse": True}), operands, node.span)

        return graph.rewrite(rule)


def _sparse(node: Node, graph: Graph) -> bool:
    if not isinstance(node.op, Conv | WideConv):
        return False
    (x,) = graph.values(node)
    wide = min(x.channels, node.value.channels) >= CHANNELS
    return x.kind is Kind.SPIKE and wide and node.op.kernel in (3, 5) and node.op.stride in (1, 2)
