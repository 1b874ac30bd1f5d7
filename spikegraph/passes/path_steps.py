"""Steps of a trellis's paths that its supernet lacks: there `prev2` has the level of the cell, on a path any."""

from collections.abc import Collection, Iterator
from itertools import pairwise, product

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.cells import Cell, Trellis, TrellisEnd
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.passes.expand_cells import CandidateError, ExpandCells
from spikegraph.passes.expand_trellis import levels_at


def check_path_steps(graph: Graph, decided: Collection[str]) -> None:
    """Checks that each candidate fits each step of each path, since a search may find it.

    Args:
        graph: A graph at stage `space` whose supernet is sound.
        decided: Trellises whose path isn't searched.

    Raises:
        CandidateError: A candidate doesn't.
    """
    for name, op in graph.of(Trellis).items():
        if op.trellis not in decided and any("prev2" in sources for _, sources in op.cell.edges):
            for two_before, before, level in _steps(op):
                _check(graph, graph.node(name), op, two_before, before, level)


def _steps(op: Trellis) -> Iterator[tuple[int, int, int]]:
    """The levels of three cells in a row, where those of the first and the last differ; each combination once."""
    reached = [levels_at(layer, op.levels, op.finest) for layer in range(op.layers)]
    rows = (
        levels
        for row in zip(reached, reached[1:], reached[2:], strict=False)
        for levels in product(*row)
        if levels[0] != levels[2] and all(abs(a - b) <= 1 for a, b in pairwise(levels))
    )
    yield from dict.fromkeys(rows)


def _check(graph: Graph, node: Node, op: Trellis, two_before: int, before: int, level: int) -> None:
    """Takes the cell of a step apart, with every candidate on every edge."""
    out = Graph(graph.name, time=graph.time)
    given: dict[int, str] = {}
    for each in (two_before, before, level):
        if each not in given:
            value = TrellisEnd(level=each).infer(node.value)
            made = Input(kind=value.kind, channels=value.channels, size=value.size, steps=value.steps)
            given[each] = out.add(node.path / f"level{each}", made, (), node.span)
    like, down = (before, 2) if level > before else (level, 1)
    width = node.value.channels // op.cell.parts << level
    edges = tuple((name, ("prev2",)) for name, sources in op.cell.edges if "prev2" in sources)
    behind = op.cell.model_copy(update={"edges": edges})
    cell = Cell(cell=behind, width=width, down=down, resize=op.resize, way_down=op.way_down)
    out.add(node.path, cell, (given[two_before], given[before], given[like]), node.span)
    try:
        ExpandCells().apply(out)
    except CandidateError as error:
        summary = f"{error.cause.summary}, on paths of `{op.trellis}` from level {two_before} to level {level} in two layers"
        cause = TypeRuleError(summary, error.cause.help, error.cause.code)
        raise CandidateError(cause, error.name, error.span, error.cell, error.candidate, error.stage) from error
