"""Cells: nodes that sum their edges and fire (Che et al., NeurIPS 2022, section 3.2.1, Eqs. 3, 4 and 8 to 11)."""

from dataclasses import dataclass

from spikegraph.ir.cellspec import CandidateSpec, EdgeStage, KeptEdge, carried_node
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.ops.activation import activation
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.ops.resizing import Fit
from spikegraph.ir.ops.wiring import Concat, Gather, Identity, Mix, WeightedGather
from spikegraph.ir.path import Path
from spikegraph.ir.types import Kind
from spikegraph.meaning.composites import Parts
from spikegraph.meaning.references import expansion


@expansion(Cell)
def cell(parts: Parts[Cell], operands: tuple[str, ...]) -> str:
    """The nodes of a cell, concatenated, or the last one alone."""
    op = parts.node.op
    kept = op.genotype if op.genotype is not None else parts.choices.genotype(op.cell.name)
    return _Made(parts, op, kept).run(*operands)


@dataclass(frozen=True)
class _Made:
    """A cell that is taken apart; `kept` are the edges of its genotype, None while all are open."""

    parts: Parts
    op: Cell
    kept: tuple[KeptEdge, ...] | None

    @property
    def _size(self) -> tuple[int, ...]:
        return self.parts.node.value.size

    def run(self, prev2: str, prev: str, like: str) -> str:
        here, spec = self.parts.node.path, self.op.cell
        label = "prev" if self.op.source is None else f"prev_{self.op.source}"
        labels = {"prev2": "prev2", "prev": label}
        given = {"prev2": prev2, "prev": prev}
        values = {name: self._input(labels[name], given[name], like) for name in spec.inputs}
        edges = {node: self._edges(node, sources) for node, sources in spec.edges}
        carried = {s: node for of_node in edges.values() for s in of_node if (node := carried_node(s)) is not None}
        for source, node in carried.items():
            labels[source] = f"previous_{node}"
            of = Previous.of(self.parts.node.value.with_(channels=self.op.width))
            values[source] = self.parts.add(here / labels[source], of)
        for node, of_node in edges.items():
            paths = {source: here / node / labels.get(source, source) for source in of_node}
            results = [self._edge(paths[s], (node, s), values[s], candidates) for s, candidates in of_node.items()]
            values[node] = self._node(here / node, results)
        self.parts.out.carried |= {values[source]: values[node] for source, node in carried.items()}
        nodes = [values[node] for node, _ in spec.edges]
        return self.parts.end(Concat(), *(nodes if spec.output == "concat" else nodes[-1:]))

    def _edges(self, node: str, sources: tuple[str, ...]) -> dict[str, tuple[CandidateSpec, ...]]:
        """The candidates of each edge into a node: all, or the chosen one of each kept edge, without edges that give 0."""
        spec = self.op.cell
        if self.kept is None:
            return dict.fromkeys(sources, spec.candidates)
        chosen = {edge.source: spec.candidate(edge.operation) for edge in self.kept if edge.node == node}
        found = {source: (chosen[source],) for source in sources if source in chosen}
        audible = {source: one for source, one in found.items() if not one[0].silent}
        return audible or dict(list(found.items())[:1])

    def _node(self, path: Path, edges: list[str]) -> str:
        """The sum of the edges, and the cell's neuron if it has one."""
        neuron = self.op.cell.neuron
        total = self._sum(edges)
        if neuron is None:
            return self.parts.add(path, total, *edges)
        return self.parts.add(path, activation(neuron), self.parts.add(path / "sum", total, *edges))

    def _sum(self, edges: list[str]) -> Op:
        spec = self.op.cell
        choices = [choice for e in edges if (choice := self.parts.out.node(e).op.choice()) is not None]
        if self.kept is not None or not self.parts.choices.edges or len(edges) <= spec.keep:
            return Gather()
        rows = tuple(choice.edge for choice in choices)
        return WeightedGather(cell=spec.name, edges=rows, of=len(spec.edge_list()), keep=spec.keep)

    def _edge(self, path: Path, edge: tuple[str, str], source: str, candidates: tuple[CandidateSpec, ...]) -> str:
        results = [self._candidate(path / c.name, c, source) for c in candidates]
        if self.kept is not None:
            return results[0]
        return self.parts.add(path, Mix(cell=self.op.cell.name, edge=self.op.cell.edge_list().index(edge)), *results)

    def _candidate(self, path: Path, candidate: CandidateSpec, source: str) -> str:
        """A candidate's result; a skip between unequal shapes is a 1 x 1 convolution, norm and the cell's neuron."""
        stages = candidate.stages
        if candidate.skip:
            if self.parts.value(source).shape == (self.op.width, *self._size):
                return source if self.kept is not None else self.parts.add(path, Identity(), source)
            stages = (EdgeStage(op="conv", params={"kernel": 1}), EdgeStage(op="norm"))
            neuron = self.op.cell.neuron
            stages += () if neuron is None else (EdgeStage(op=activation(neuron).name, neuron=neuron),)
        source = self._stages(CandidateSpec(name=candidate.name, stages=stages), source, self._size, path)
        end, neuron = self.parts.out.node(source), self.op.cell.neuron
        bare = end.value.kind is Kind.REAL and not (_neurons(end.op) or end.op.traits.forwards)
        if self.parts.choices.mix == "spike" and neuron is not None and bare:
            name = activation(neuron).name
            labels = (name, *(f"{name}{number}" for number in range(2, len(stages) + 2)))
            label = next(label for label in labels if str(path / label) not in self.parts.out)
            source = self.parts.add(path / label, activation(neuron), source)
        return source

    def _stages(self, pipeline: CandidateSpec, source: str, size: tuple[int, ...], path: Path, last: Path | None = None) -> str:
        """The operations of a pipeline, to a size; at the membrane a candidate's last neurons, behind a current, are left out.

        The first operation that can has the stride of the edge, or a pooling if there is no such operation.
        """
        stride = max(-(-a // b) for a, b in zip(self.parts.value(source).size, size, strict=True))
        kinds = [OPS[stage.op].traits for stage in pipeline.stages]
        strided = [i for i, kind in enumerate(kinds) if "stride" in kind.set_by_edge]
        strided = strided or [i for i, kind in enumerate(kinds) if kind.strides_on_edge and stride > 1]
        for i, (label, stage) in enumerate(zip(pipeline.labels, pipeline.stages, strict=True)):
            final = i + 1 == len(pipeline.stages)
            if stage.neuron is not None:
                op = activation(stage.neuron)
            else:
                by_edge = {k: v for k, v in (("out", self.op.width), ("stride", 1)) if k in kinds[i].set_by_edge}
                by_edge |= {"stride": stride} if strided[:1] == [i] else {}
                op = OPS[stage.op].model_validate({**stage.params, **by_edge})
            current = self.parts.value(source).kind not in (Kind.SPIKE, Kind.COUNT)
            if final and last is None and current and _neurons(op) and self._at_membrane:
                return source
            source = self.parts.add(last if final and last is not None else path / label, op, source)
        return source

    @property
    def _at_membrane(self) -> bool:
        """Whether edges have no neurons of their own; the run says so only of nodes that have neurons."""
        spec = self.op.cell
        return spec.mix == "membrane" or (self.parts.choices.mix == "membrane" and spec.neuron is not None)

    def _input(self, label: str, source: str, like: str) -> str:
        """An input of the cell, as its edges take it.

        A coarser input is resized to the cell's size; so is a finer one if the way down is `resize`, else the edges have a
        stride. With `preprocess` it goes through that, to the size of `like`, or of the cell if the way down is `resize`.
        """
        strides = self.op.way_down == "stride"
        stages, path = self.op.cell.preprocess, self.parts.node.path / label
        size = self.parts.value(like).size if strides and stages else self._size
        here = self.parts.value(source).size
        finer = all(a >= b for a, b in zip(here, size, strict=True))
        if here != size and not (finer and strides):
            fit = Fit(mode=self.op.resize, down=1 if strides and stages else self.op.down)
            source = self.parts.add(path / "fit" if stages else path, fit, source, like)
        if not stages:
            return source
        return self._stages(CandidateSpec(name="preprocess", stages=stages), source, size, path, last=path)


def _neurons(op: Op) -> bool:
    """Whether an operation consists of neurons, whether they fire or not."""
    return op.traits.fires or op.traits.neurons
