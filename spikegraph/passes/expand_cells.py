"""The pass `expand-cells` (Che et al., NeurIPS 2022, Eq. 3)."""

from functools import cached_property
from typing import ClassVar

from typing_extensions import override

from spikegraph.base.record import record
from spikegraph.dsl.source import Span
from spikegraph.ir.cellspec import CandidateSpec, EdgeStage, carried_node
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.limits import BEYOND
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.ops.activation import activation
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.ops.resizing import Fit
from spikegraph.ir.ops.wiring import Concat, Gather, Identity, Mix
from spikegraph.ir.path import Path
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value
from spikegraph.passes.base import Pass
from spikegraph.passes.mix import remove_edge_neurons
from spikegraph.passes.properties import expanded

SKIP_KERNEL = 1
"""Kernel size of the convolution that replaces a skip between unequal shapes."""


SUM, JOIN, SAME = Gather(), Concat(), Identity()
"""Operations that all cells share, so that what follows from them and the types of their operands is found once."""

Named = list[tuple[str, Op]]
"""The operations of a pipeline, each with the name of its node."""

_Pipeline = tuple[str, int, str, bool, int]
"""What the operations of a pipeline depend on: cell and width, candidate or preprocessing, stride."""


class CandidateError(GraphError):
    """A candidate doesn't fit an edge of a cell; `stage` is the index of the stage that doesn't, None for all together."""

    def __init__(
        self, cause: TypeRuleError, name: str, span: Span, cell: str, candidate: str, stage: int | None = None
    ) -> None:
        super().__init__(cause, name, span)
        self.cell, self.candidate, self.stage = cell, candidate, stage


class ExpandCells(Pass):
    """Expands cells to nodes and edges (Eq. 3); without a genotype, each edge is an open choice of its candidates.

    Candidates on edges from a cell's input adapt the input's channels and resolution: if the input is finer, their
    convolution has a stride; if it is coarser, or the way down is `resize`, the input is resized first. A skip between
    unequal shapes becomes a convolution, norm and the cell's neuron. With the cell's `preprocess` all inputs first go through
    that. A pooling takes the stride of an edge whose candidate has no convolution. A derived cell lacks edges that give 0.
    Edges from `previous(n2)` come from the value that the node had at the step before.
    """

    name: ClassVar[str] = "expand-cells"
    ensures = (expanded("expand-cells"),)

    @override
    def apply(self, graph: Graph) -> Graph:
        cells, pipelines, mixes = graph.of(Cell), dict[_Pipeline, Named](), dict[tuple[str, int], Mix]()

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            return _Expansion(node.path, cells[node.name], node.span, out, pipelines, mixes).run(operands, node.value)

        made = graph.rewrite(rule, lambda node: node.name in cells)
        at_membrane = {name for name, op in cells.items() if op.cell.mix == "membrane"}
        return remove_edge_neurons(made, lambda node: str(node.up()) in at_membrane) if at_membrane else made


def expand_cell(node: Node, op: Cell, operands: tuple[str, ...], out: Graph) -> str:
    """Adds the nodes and edges of one cell to a graph; returns the name of its result.

    Raises:
        CandidateError: A candidate doesn't fit an edge.
    """
    return _Expansion(node.path, op, node.span, out, {}, {}).run(operands, node.value)


@record
class _Expansion:
    """Expands one cell into `out`. Edges with the same candidate and stride, of all uses of a cell, share its operations."""

    path: Path
    op: Cell
    span: Span
    out: Graph
    made: dict[_Pipeline, Named]
    mixes: dict[tuple[str, int], Mix]

    @cached_property
    def _shaped_skips(self) -> dict[str, CandidateSpec]:
        """The candidates that are the identity, each as what takes its place between unequal shapes."""
        skips = [candidate for candidate in self.op.cell.candidates if candidate.skip]
        if not skips:
            return {}
        fires = () if self._fires is None else (EdgeStage(op=self._fires.name, neuron=self.op.cell.neuron),)
        stages = (EdgeStage(op="conv", params={"kernel": SKIP_KERNEL}), EdgeStage(op="norm"), *fires)
        return {candidate.name: candidate.model_copy(update={"stages": stages}) for candidate in skips}

    @cached_property
    def _fires(self) -> Op | None:
        """The neuron of the nodes."""
        return None if self.op.cell.neuron is None else activation(self.op.cell.neuron)

    @cached_property
    def _edge_numbers(self) -> dict[tuple[str, str], int]:
        return {edge: number for number, edge in enumerate(self.op.cell.edge_list())}

    def run(self, operands: tuple[str, ...], value: Value) -> str:
        prev2, prev, like = operands
        label = "prev" if self.op.source is None else f"prev_{self.op.source}"
        shown = {"prev2": "prev2", "prev": label}
        given = {"prev2": ("prev2", prev2), "prev": (label, prev)}
        sources = {name: self._input(*given[name], like, value) for name in given if name in self.op.cell.inputs}
        edges = {node: self._kept(node, afferents) for node, afferents in self.op.cell.edges}
        carried = {source: node for kept in edges.values() for source, _ in kept if (node := carried_node(source)) is not None}
        for source, node in carried.items():
            shown[source] = f"previous_{node}"
            before = Previous.of(value.with_(channels=self.op.width))
            sources[source] = self.out.add(self.path / shown[source], before, (), self.span)
        for node, kept in edges.items():
            parts = tuple(
                self._edge(self.path / node / shown.get(source, source), node, source, sources[source], names, value.size)
                for source, names in kept
            )
            sources[node] = self._node(self.path / node, parts)
        self.out.carried |= {sources[source]: sources[node] for source, node in carried.items()}
        nodes = tuple(sources[node] for node, _ in self.op.cell.edges)[-self.op.cell.parts :]
        return self.out.add(self.path, JOIN, nodes, self.span)

    def _node(self, path: Path, parts: tuple[str, ...]) -> str:
        """The sum of a node's edges, and its neuron if it has one."""
        if self._fires is None:
            return self.out.add(path, SUM, parts, self.span)
        total = self.out.add(path / "sum", SUM, parts, self.span)
        return self.out.add(path, self._fires, (total,), self.span)

    def _kept(self, node: str, afferents: tuple[str, ...]) -> list[tuple[str, tuple[CandidateSpec, ...]]]:
        """The sources of a node with the remaining candidates of each edge, in the order of the cell's edges.

        With a genotype, edges that give 0 are left out, except one if there is no other.
        """
        cell = self.op.cell
        if self.op.genotype is None:
            return [(source, cell.candidates) for source in afferents]
        chosen = {c.source: c.operation for c in self.op.genotype if c.node == node}
        kept = [(source, (cell.candidate(chosen[source]),)) for source in afferents if source in chosen]
        return [edge for edge in kept if not edge[1][0].silent] or kept[:1]

    def _input(self, label: str, source: str, like: str, value: Value) -> str:
        """A cell's input as its edges take it: after the cell's `preprocess`, of its width and the size of `like`.

        If the way down is `resize`, it has the size of the cell.
        """
        stages = self.op.cell.preprocess
        if not stages:
            return self._fitted(label, source, like, value)
        strides = self.op.way_down == "stride"
        size = self.out.node(like).value.size if strides else value.size
        here = self.out.node(source).value.size
        finer = all(a >= b for a, b in zip(here, size, strict=True))
        if here != size and not (finer and strides):
            fit = Fit(mode=self.op.resize, down=1 if strides else self.op.down)
            source = self.out.add(self.path / label / "fit", fit, (source, like), self.span)
        of = CandidateSpec(name="preprocess", stages=stages)
        return self._stages(self.path / label, of, source, size, last=self.path / label)

    def _fitted(self, label: str, source: str, like: str, value: Value) -> str:
        """A cell's input, resized to the cell's resolution if it is coarser, or finer and no stride does that."""
        size = self.out.node(source).value.size
        finer = all(a >= b for a, b in zip(size, value.size, strict=True))
        if size == value.size or (finer and self.op.way_down == "stride"):
            return source
        fit = Fit(mode=self.op.resize, down=self.op.down)
        return self.out.add(self.path / label, fit, (source, like), self.span)

    def _edge(
        self, path: Path, node: str, source: str, operand: str, candidates: tuple[CandidateSpec, ...], size: tuple[int, ...]
    ) -> str:
        values = tuple(self._candidate(path / c.name, c, operand, size) for c in candidates)
        if self.op.genotype is not None:
            return values[0]
        key = self.op.cell.name, self._edge_numbers[node, source]
        if key not in self.mixes:
            self.mixes[key] = Mix(cell=key[0], edge=key[1])
        return self.out.add(path, self.mixes[key], values, self.span)

    def _candidate(self, path: Path, candidate: CandidateSpec, operand: str, size: tuple[int, ...]) -> str:
        x = self.out.node(operand).value
        equal = x.channels == self.op.width and x.size == size
        skip = candidate.name in self._shaped_skips
        if skip and equal:
            return operand if self.op.genotype is not None else self.out.add(path, SAME, (operand,), self.span)
        operand = self._stages(path, self._shaped_skips[candidate.name] if skip else candidate, operand, size)
        found, wanted = self.out.node(operand).value, (self.op.width, *size)
        if found.shape != wanted:
            summary = f"candidate `{candidate.name}` maps {x} to {found} in cell `{self.op.cell.name}`, not to {list(wanted)}"
            help = "between unequal shapes a candidate needs a `conv`: add one, or restrict the cell's `edges`"
            if equal:
                help = "between equal shapes it must keep the size and the channels; a pooling does with `stride = 1`"
            cause = TypeRuleError(summary, help, "SG0312")
            raise CandidateError(cause, str(path), self.span, self.op.cell.name, candidate.name)
        return operand

    def _stages(
        self, path: Path, candidate: CandidateSpec, operand: str, size: tuple[int, ...], last: Path | None = None
    ) -> str:
        """Adds the operations of a pipeline at `path`; the first that can takes the stride to `size`, others have stride 1."""
        stride = max(-(-a // b) for a, b in zip(self.out.node(operand).value.size, size, strict=True))
        key = (self.op.cell.name, self.op.width, candidate.name, last is None, stride)
        ops = self.made[key] = self.made.get(key) or self._operations(candidate, stride)
        for i, (label, op) in enumerate(ops):
            here = last if last is not None and i == len(ops) - 1 else path / label
            try:
                operand = self.out.add(here, op, (operand,), self.span)
            except GraphError as error:
                if error.cause.code == BEYOND:  # the whole network is too large
                    raise
                raise CandidateError(error.cause, error.name, self.span, self.op.cell.name, candidate.name, i) from error
        return operand

    def _operations(self, candidate: CandidateSpec, stride: int) -> Named:
        """The operations of a pipeline for an edge with this stride."""
        kinds = [OPS[stage.op] for stage in candidate.stages]
        strided = next((i for i, kind in enumerate(kinds) if "stride" in kind.traits.set_by_edge), None)
        if strided is None and stride > 1:
            strided = next((i for i, kind in enumerate(kinds) if kind.traits.strides_on_edge), None)
        made: Named = []
        for i, (label, stage, kind) in enumerate(zip(candidate.labels, candidate.stages, kinds, strict=True)):
            by_edge = {k: v for k, v in {"out": self.op.width, "stride": 1}.items() if k in kind.traits.set_by_edge}
            by_edge |= {"stride": stride} if i == strided else {}
            op = activation(stage.neuron) if stage.neuron is not None else kind.model_validate({**stage.params, **by_edge})
            made.append((label, op))
        return made
