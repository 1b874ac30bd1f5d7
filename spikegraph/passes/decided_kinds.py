"""A network as its genotype may leave it: open choices are real, but what is chosen may be spikes or counts of spikes."""

from spikegraph.dsl.diagnostics import Label
from spikegraph.ir.cellspec import CandidateSpec, CellSpec, KeptEdge
from spikegraph.ir.graph import Graph, GraphError, Node
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.types import Kind
from spikegraph.passes.expand_cells import CandidateError, ExpandCells

RANK = {Kind.COUNT: 0, Kind.SPIKE: 1, Kind.EVENTS: 2, Kind.REAL: 3}
"""Counts first: they are what type rules refuse of the kinds that aren't real."""


class DecidedError(GraphError):
    """An operation that doesn't accept what a genotype may decide; `labels` are the choices before it."""

    def __init__(self, error: GraphError, labels: tuple[Label, ...]) -> None:
        super().__init__(error.cause, error.name, error.span)
        self.labels = labels


def check_narrowest(graph: Graph) -> None:
    """Checks the types of a network whose choices on wires and cells without neurons give counts wherever they can.

    Args:
        graph: A graph at stage `space`.

    Raises:
        DecidedError, CandidateError: An operation doesn't accept them.
    """
    choices, cells = graph.of(Choose), {name: op for name, op in graph.of(Cell).items() if op.cell.neuron is None}
    if not choices and not cells:
        return
    labels: dict[str, Label] = {}

    def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
        if node.name in cells:
            cell = cells[node.name]
            labels[node.name] = Label(node.span, "a genotype of this cell gives counts")
            return out.change(node, operands, cell.model_copy(update={"genotype": _skips(cell.cell)}))
        if node.name not in choices:
            return out.keep(node, operands)
        value, branch = min(
            ((out.node(o).value, branch) for o, branch in zip(operands, choices[node.name].branches, strict=True)),
            key=lambda found: RANK[found[0].kind],
        )
        labels[node.name] = Label(node.span, f"the branch `{branch}` gives {value}")
        end = out.node(operands[choices[node.name].branches.index(branch)])
        return end.operands[0] if end.op.traits.forwards else end.name

    try:
        decided = graph.rewrite(rule)
        if cells:
            ExpandCells().apply(decided)
    except CandidateError:
        raise
    except GraphError as error:
        before = graph.ancestors([error.name]) if error.name in graph else set[str]()
        raise DecidedError(error, tuple(label for name, label in labels.items() if name in before)) from error


def _skips(cell: CellSpec) -> tuple[KeptEdge, ...]:
    """A genotype of skips, as many as decoding keeps; other candidates are those that end in a neuron, if there are some."""
    skip = next((c for c in cell.candidates if c.skip), None)
    other = min(cell.candidates, key=lambda c: not _fires(c))
    left = len(cell.edge_list()) if cell.max_skips is None else cell.max_skips
    kept: list[KeptEdge] = []
    for node, sources in cell.edges:
        for source in sources[: cell.keep]:
            chosen = skip if skip is not None and left > 0 else other
            left -= chosen is skip
            kept.append(KeptEdge(node=node, operation=chosen.name, source=source))
    return tuple(kept)


def _fires(candidate: CandidateSpec) -> bool:
    return bool(candidate.stages) and candidate.stages[-1].neuron is not None
