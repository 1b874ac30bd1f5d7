"""Two architectures in one diagram: common, removed and added edges."""

from spikegraph.backends.graphviz.cell import inputs_of
from spikegraph.backends.graphviz.cell_view import CellView, Operation, draw_cell
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, legend, line_sample
from spikegraph.backends.graphviz.theme import Line, Theme
from spikegraph.backends.graphviz.trellis_view import Move, Place, TrellisView, draw_trellis, moves_of
from spikegraph.genotype.architecture import CellGenotype
from spikegraph.genotype.diff import Difference, Kept, merged


def draw(difference: Difference, theme: Theme) -> Drawing:
    """Draws the difference of two architectures."""
    a, b = difference.a, difference.b
    drawing = Drawing("diff", theme, rankdir="LR", ranksep="0.34", nodesep="0.18", labelloc="b", labeljust="l")
    # Reversed, because dot stacks frames from bottom to top.
    for trellis in reversed(merged(a.paths, b.paths)):
        draw_trellis(drawing, _trellis(trellis, a.paths.get(trellis, ()), b.paths.get(trellis, ()), theme), theme, title=True)
    for cell in reversed(merged(a.cells, b.cells)):
        draw_cell(drawing, _cell(cell, a.cells.get(cell, {}), b.cells.get(cell, {}), theme), theme, title=True)
    entries = [
        Entry(line_sample(common(theme)), "in both"),
        Entry(line_sample(removed(theme)), f"− only in {a.name}"),
        Entry(line_sample(added(theme)), f"+ only in {b.name}"),
    ]
    drawing.set(label=legend(entries, theme))
    return drawing


def common(theme: Theme) -> Line:
    """The line of an edge that both architectures have."""
    return Line(theme.muted, 1.3)


def removed(theme: Theme) -> Line:
    """The line of an edge that only the first architecture has."""
    return Line(theme.removed, 2.2, "dashed")


def added(theme: Theme) -> Line:
    """The line of an edge that only the second architecture has."""
    return Line(theme.added, 2.6)


def _cell(name: str, a: CellGenotype, b: CellGenotype, theme: Theme) -> CellView:
    operations: list[Operation] = []
    nodes = merged(a, b)
    for node in nodes:
        before = {Kept(s, o) for s, o in a.get(node, {}).items()}
        after = {Kept(s, o) for s, o in b.get(node, {}).items()}
        operations += [_operation(node, kept, "", common(theme), theme.ink, theme) for kept in sorted(before & after)]
        operations += [_operation(node, kept, "− ", removed(theme), theme.removed, theme) for kept in sorted(before - after)]
        operations += [_operation(node, kept, "+ ", added(theme), theme.added, theme) for kept in sorted(after - before)]
    used = {n: {o.source: o.name for o in operations if o.node == n} for n in nodes}
    return CellView(name, inputs_of(used), tuple(nodes), tuple(operations))


def _operation(node: str, kept: Kept, sign: str, line: Line, ink: str, theme: Theme) -> Operation:
    return Operation(kept.operation, node, kept.source, f"{sign}{kept.operation}", line, theme.ground, ink)


def _trellis(name: str, a: tuple[int, ...], b: tuple[int, ...], theme: Theme) -> TrellisView:
    before, after = set(moves_of(a)), set(moves_of(b))
    moves: dict[Move, Line] = {}
    places: dict[tuple[int, int], Place] = {(-1, 0): Place(theme.muted)}
    for move in sorted(before | after):
        line = common(theme) if move in before & after else removed(theme) if move in before else added(theme)
        moves[move] = line
    for layer in range(max(len(a), len(b))):
        mine, other = (path[layer] if layer < len(path) else None for path in (a, b))
        for level in {mine, other} - {None}:
            assert level is not None
            fill = theme.muted if mine == other else theme.removed if level == mine else theme.added
            places[layer, level] = Place(theme.ground if fill == theme.removed else fill, border=fill)
    return TrellisView(name, max(len(a), len(b)), max((*a, *b), default=0) + 1, (), moves, places)
