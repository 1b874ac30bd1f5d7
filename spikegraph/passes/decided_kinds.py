"""A network as its genotype may leave it: open choices are real, but what is chosen may be spikes, counts or events."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from spikegraph.base.record import record
from spikegraph.dsl.diagnostics import Label
from spikegraph.ir.cellspec import CandidateSpec, CellSpec, KeptEdge
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.types import Kind, Value
from spikegraph.passes.expand_cells import CandidateError, expand_cell

NARROW = (Kind.COUNT, Kind.SPIKE, Kind.EVENTS)
"""The kinds that aren't real. Counts first: they are what type rules refuse most."""

Genotype = tuple[KeptEdge, ...]

ChosenT = TypeVar("ChosenT")

_Given = dict[tuple[object, ...], dict[Kind, Genotype]]
"""A genotype for each kind that a cell can give, by the cell and its inputs."""


class DecidedError(GraphError):
    """An operation that doesn't accept what a genotype may decide; `labels` are the choices before it."""

    def __init__(self, error: GraphError, labels: tuple[Label, ...]) -> None:
        super().__init__(error.cause, error.name, error.span)
        self.labels = labels


def check_kinds(graph: Graph) -> None:
    """Checks the types of a network whose choices on wires and cells without neurons are decided.

    They are decided once for each kind that one of them can give: all that can give it do, and the others give the first of
    `NARROW` that they can. Open choices are real, so these have been checked.

    Args:
        graph: A graph at stage `space`.

    Raises:
        DecidedError, CandidateError: An operation doesn't accept what a genotype may decide.
    """
    choices, cells = graph.of(Choose), {name: op for name, op in graph.of(Cell).items() if op.cell.neuron is None}
    if not choices and not cells:
        return
    offered, given = set[Kind](), _Given()
    for i, kind in enumerate(NARROW):
        # If nothing gives a kind before this one, the first time was for this one.
        if i == 0 or (kind in offered and not offered.isdisjoint(NARROW[:i])):
            _Decided(graph, choices, cells, kind, offered, given).check()


@record
class _Decided:
    """A network whose choices and cells give one kind wherever they can.

    Attributes:
        graph: The network.
        choices: Its choices on wires, by node.
        cells: Its cells without neurons, by node.
        wanted: The kind.
        offered: The kinds that something can give; those that are found are added.
        given: What is known of cells.
    """

    graph: Graph
    choices: dict[str, Choose]
    cells: dict[str, Cell]
    wanted: Kind
    offered: set[Kind]
    given: _Given

    def check(self) -> None:
        """Infers all types.

        Raises:
            DecidedError, CandidateError: An operation doesn't accept its operands.
        """
        labels: dict[str, Label] = {}

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if node.name in self.cells:
                cell = self.cells[node.name]
                genotype = self._chosen(self._kinds(node, tuple([out.node(o).value for o in operands])))
                made = expand_cell(node, cell.model_copy(update={"genotype": genotype}), operands, out)
                labels[node.name] = Label(node.span, f"a genotype of this cell gives {out.node(made).value}")
                return made
            if node.name not in self.choices:
                return out.keep(node, operands)
            branches = zip(self.choices[node.name].branches, map(out.node, operands), strict=True)
            branch, end = self._chosen({end.value.kind: (branch, end) for branch, end in reversed([*branches])})
            labels[node.name] = Label(node.span, f"the branch `{branch}` gives {end.value}")
            return end.operands[0] if end.op.traits.forwards else end.name

        try:
            self.graph.rewrite(rule)
        except CandidateError:
            raise
        except GraphError as error:
            before = self.graph.ancestors([error.name]) if error.name in self.graph else set[str]()
            raise DecidedError(error, tuple(label for name, label in labels.items() if name in before)) from error

    def _kinds(self, node: Node, inputs: Sequence[Value]) -> dict[Kind, Genotype]:
        """A genotype for each kind that a cell can give."""
        cell, size = self.cells[node.name], node.value.size
        shapes = [(x.kind, x.bound, x.steps, x.channels == cell.width, x.size == size) for x in inputs]
        key = (cell.cell.name, cell.source, cell.down, cell.way_down, cell.resize, *shapes)
        if key not in self.given:
            self.given[key] = {}
            for genotype in _genotypes(cell.cell):
                alone = self.graph.like()
                operands = [alone.add(f"given{i}", Previous.of(x), (), node.span) for i, x in enumerate(inputs)]
                made = expand_cell(node, cell.model_copy(update={"genotype": genotype}), tuple(operands), alone)
                self.given[key].setdefault(alone.node(made).value.kind, genotype)
        return self.given[key]

    def _chosen(self, of: dict[Kind, ChosenT]) -> ChosenT:
        """The one of the wanted kind, or else of the first kind that there is."""
        self.offered.update(of)
        return next(of[kind] for kind in (self.wanted, *NARROW, Kind.REAL) if kind in of)


def _genotypes(cell: CellSpec) -> Iterator[Genotype]:
    """Genotypes that differ in what they give: one candidate on all edges that are kept, or on one into each node.

    The other edges have the candidate that gives nothing, if there is one: spikes alone aren't counts.
    """
    silent = [candidate for candidate in cell.candidates if candidate.silent]
    for candidate in cell.candidates:
        for turn in range(max(len(sources) for _, sources in cell.edges)):
            for other in (candidate, *silent[:1]):
                yield tuple(_edges(cell, candidate, other, turn))


def _edges(cell: CellSpec, first: CandidateSpec, others: CandidateSpec, turn: int) -> Iterator[KeptEdge]:
    """Kept edges, as many as decoding keeps, with not more skips: the source at `turn` of each node has the first candidate."""
    left = len(cell.edge_list()) if cell.max_skips is None else cell.max_skips
    instead = min(cell.candidates, key=lambda c: (c.skip, not _fires(c)))
    for node, sources in cell.edges:
        start = turn % len(sources)
        for i, source in enumerate((*sources[start:], *sources[:start])[: cell.keep]):
            chosen = first if i == 0 else others
            chosen = chosen if left > 0 or not chosen.skip else instead
            left -= chosen.skip
            yield KeptEdge(node=node, operation=chosen.name, source=source)


def _fires(candidate: CandidateSpec) -> bool:
    return bool(candidate.stages) and candidate.stages[-1].neuron is not None
