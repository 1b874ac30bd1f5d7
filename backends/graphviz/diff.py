"""Two architectures in one diagram: common, removed and added edges."""

from spikegraph.backends.graphviz import trellis
from spikegraph.backends.graphviz.cell import inputs_of, node_entries, nodes_of, stack
from spikegraph.backends.graphviz.cell_view import CellView, Edge
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample
from spikegraph.backends.graphviz.operation_label import Operation
from spikegraph.backends.graphviz.placement import GIVEN
from spikegraph.backends.graphviz.theme import Line, Theme
from spikegraph.backends.graphviz.trellis_view import Move, Place, TrellisView, moves_of
from spikegraph.genotype.architecture import CellGenotype
from spikegraph.genotype.diff import Difference, Kept, merged


def draw(difference: Difference, theme: Theme) -> Drawing:
    """Draws the difference of two architectures."""
    a, b = difference.a, difference.a if difference.same_network else difference.b
    drawing = Drawing("diff", theme, **GIVEN)
    paths = [_trellis(n, a.paths.get(n, ()), b.paths.get(n, ()), theme) for n in sorted(merged(a.paths, b.paths))]
    cells = [_cell(n, a.cells.get(n, {}), b.cells.get(n, {}), theme) for n in sorted(merged(a.cells, b.cells))]
    top = trellis.stack(drawing, paths, theme, title=True)
    stack(drawing, cells, theme, title=True, top=top)
    drawn = {line.colour for view in paths for line in view.moves.values()}
    drawn |= {edge.line.colour for view in cells for edge in view.edges}
    named = (
        (common(theme), "in both"),
        (removed(theme), f"− only in {a.name}"),
        (added(theme), f"+ only in {difference.b.name}"),
    )
    entries = [Entry(line_sample(line), text) for line, text in named if line.colour in drawn]
    if paths:
        entries += trellis.position_entries(paths, theme)
        entries.append(Entry(box_sample(Line(theme.muted, 1), theme.muted), "level in both, or input"))
        fills = {place.border for view in paths for place in view.places.values()}
        if theme.removed in fills:
            entries.append(Entry(box_sample(Line(theme.removed, 1), theme.ground), f"level only in {a.name}"))
        if theme.added in fills:
            entries.append(Entry(box_sample(Line(theme.added, 1), theme.added), f"level only in {b.name}"))
    if cells:
        entries += node_entries(cells, theme)
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
    edges: list[Edge] = []
    used: dict[str, list[str]] = {}
    for node in merged(a, b):
        before = {Kept(s, o) for s, o in a.get(node, {}).items()}
        after = {Kept(s, o) for s, o in b.get(node, {}).items()}
        edges += [_edge(node, kept, "", common(theme), theme.ink, theme) for kept in sorted(before & after)]
        edges += [_edge(node, kept, "− ", removed(theme), theme.removed, theme) for kept in sorted(before - after)]
        edges += [_edge(node, kept, "+ ", added(theme), theme.added, theme) for kept in sorted(after - before)]
        used[node] = [kept.source for kept in before | after]
    return CellView(name, inputs_of(used), nodes_of(used), tuple(edges), quiet=True)


def _edge(node: str, kept: Kept, sign: str, line: Line, ink: str, theme: Theme) -> Edge:
    shown = Operation(kept.operation, f"{sign}{kept.operation}", line, theme.ground, ink)
    return Edge(kept.source, node, line, (shown,))


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
    levels = max((*a, *b), default=0) + 1
    return TrellisView(name, max(len(a), len(b)), levels, trellis.relative(levels), moves, places)
