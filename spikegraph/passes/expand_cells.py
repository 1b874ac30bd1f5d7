"""The pass `expand-cells` (Che et al., NeurIPS 2022, Eq. 3)."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.dsl.source import Span
from spikegraph.errors import PassError
from spikegraph.ir.cellspec import CandidateSpec, EdgeStage
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.opdef import OPS, TypeRuleError
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.composite import Cell
from spikegraph.ir.ops.resizing import Fit
from spikegraph.ir.ops.wiring import Concat, Gather, Identity, Mix
from spikegraph.ir.types import Value
from spikegraph.passes.base import Pass
from spikegraph.passes.mix import remove_edge_neurons

SKIP_KERNEL = 1
"""Kernel size of the convolution that replaces a skip between unequal shapes."""


@dataclass(frozen=True)
class ExpandCells(Pass):
    """Expands cells to nodes and edges (Eq. 3); without a genotype, each edge is an open choice of its candidates.

    Candidates on edges from a cell's input adapt the input's channels and resolution: if the input is finer, their
    convolution has a stride; if it is coarser, the input is resized first. A skip between unequal shapes becomes a
    convolution, norm and the cell's neuron.
    """

    name: ClassVar[str] = "expand-cells"

    @override
    def apply(self, graph: Graph) -> Graph:
        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if isinstance(node.op, Cell):
                return _Expansion(node.name, node.op, node.span, out).run(operands, node.value)
            return out.keep(node, operands)

        expanded = graph.rewrite(rule)
        at_membrane = {n.name for n in graph if isinstance(n.op, Cell) and n.op.cell.mix == "membrane"}
        return remove_edge_neurons(expanded, lambda node: node.rsplit(".", 2)[0] in at_membrane) if at_membrane else expanded


@dataclass(frozen=True)
class _Expansion:
    """Expands one cell into `out`."""

    name: str
    op: Cell
    span: Span
    out: Graph

    def run(self, operands: tuple[str, ...], value: Value) -> str:
        prev2, prev, like = operands
        label = "prev" if self.op.source is None else f"prev_{self.op.source}"
        shown = {"prev2": "prev2", "prev": label}
        sources = {"prev2": self._fitted("prev2", prev2, like, value), "prev": self._fitted(label, prev, like, value)}
        for node, afferents in self.op.cell.edges:
            kept = self._kept(node, afferents)
            parts = tuple(
                self._edge(f"{self.name}.{node}.{shown.get(source, source)}", node, source, sources[source], names, value.size)
                for source, names in kept
            )
            total = self.out.add(f"{self.name}.{node}.sum", Gather(), parts, self.span)
            sources[node] = self.out.add(f"{self.name}.{node}", Lif(neuron=self.op.cell.neuron), (total,), self.span)
        nodes = tuple(sources[node] for node, _ in self.op.cell.edges)
        return self.out.add(self.name, Concat(), nodes, self.span)

    def _kept(self, node: str, afferents: tuple[str, ...]) -> list[tuple[str, tuple[CandidateSpec, ...]]]:
        """The sources of a node with the remaining candidates of each edge, in the order of the cell's edges."""
        cell = self.op.cell
        if self.op.genotype is None:
            return [(source, cell.candidates) for source in afferents]
        chosen = {c.source: c.operation for c in self.op.genotype if c.node == node}
        return [(source, (cell.candidate(chosen[source]),)) for source in afferents if source in chosen]

    def _fitted(self, label: str, source: str, like: str, value: Value) -> str:
        """A cell's input, resized to the cell's resolution if it is coarser."""
        size = self.out.node(source).value.size
        if all(a >= b for a, b in zip(size, value.size, strict=True)):
            return source
        if self.op.down != 1:
            raise PassError(f"input {label} of {self.name} is coarser than the cell, which reduces the resolution")
        return self.out.add(f"{self.name}.{label}", Fit(mode=self.op.resize), (source, like), self.span)

    def _edge(
        self, name: str, node: str, source: str, operand: str, candidates: tuple[CandidateSpec, ...], size: tuple[int, ...]
    ) -> str:
        values = tuple(self._candidate(f"{name}.{c.name}", c, operand, size) for c in candidates)
        if self.op.genotype is not None:
            return values[0]
        edge = self.op.cell.edge_list().index((node, source))
        return self.out.add(name, Mix(cell=self.op.cell.name, edge=edge), values, self.span)

    def _candidate(self, name: str, candidate: CandidateSpec, operand: str, size: tuple[int, ...]) -> str:
        x = self.out.node(operand).value
        equal = x.channels == self.op.width and x.size == size
        if candidate.skip and equal:
            return operand if self.op.genotype is not None else self.out.add(name, Identity(), (operand,), self.span)
        stages = candidate.stages
        if candidate.skip:
            neuron = EdgeStage(op="lif", neuron=self.op.cell.neuron)
            stages = (EdgeStage(op="conv", params={"kernel": SKIP_KERNEL}), EdgeStage(op="norm"), neuron)
        stride = max(-(-a // b) for a, b in zip(x.size, size, strict=True))
        for stage in stages:
            if stage.neuron is not None:
                op = Lif(neuron=stage.neuron)
            elif stage.op == "conv":
                op = OPS["conv"].model_validate({**stage.params, "out": self.op.width, "stride": stride})
            else:
                op = OPS[stage.op].model_validate(stage.params)
            operand = self.out.add(f"{name}.{stage.op}", op, (operand,), self.span)
        found, wanted = self.out.node(operand).value, (self.op.width, *size)
        if found.shape != wanted:
            summary = f"candidate `{candidate.name}` maps {x} to {found} in cell `{self.op.cell.name}`, not to {list(wanted)}"
            help = "between unequal shapes a candidate needs a `conv`: add one, or restrict the cell's `edges`"
            raise GraphError(TypeRuleError(summary, help, "SG0312"), name, self.span)
        return operand
