"""The pass `convert-stems` (Che et al., NeurIPS 2022, section 3.2.2)."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.errors import PassError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph, Node
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class ConvertStems(Pass):
    """Sets the activation of stems: `to` is `relu`, or the neuron of stems that name none (section 3.2.2)."""

    name: ClassVar[str] = "convert-stems"
    to: str = "relu"

    @override
    def decides(self) -> Choices:
        return Choices(stems=self.to)

    @override
    def apply(self, graph: Graph) -> Graph:
        if self.to != "relu" and self.to not in graph.neurons:
            words = ["relu", *graph.neurons]
            raise PassError(
                f"stems can't be converted to `{self.to}`", did_you_mean(self.to, words) or f"write {listed(words)}", "SG0602"
            )

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if not node.op.traits.stem:
                return out.keep(node, operands)
            neuron = None if self.to == "relu" else graph.neurons[self.to]
            return out.change(node, operands, node.op.with_activation(neuron))

        return graph.rewrite(rule)
