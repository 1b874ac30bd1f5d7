"""Several architectures in one diagram: an edge's width is the share of architectures that have it; a majority is framed."""

from collections import Counter
from collections.abc import Mapping

from spikegraph.backends.graphviz import trellis
from spikegraph.backends.graphviz.cell import definitions, inputs_of, meaning, node_entries, nodes_of, stack
from spikegraph.backends.graphviz.cell_view import CellView, Edge, looks
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample, pill
from spikegraph.backends.graphviz.operation_label import Operation, operation
from spikegraph.backends.graphviz.placement import GIVEN
from spikegraph.backends.graphviz.theme import Line, Look, Theme, width_of
from spikegraph.backends.graphviz.trellis_view import Move, Place, TrellisView, moves_of
from spikegraph.genotype.agreement import Agreement

MOST_SHARES = 4
"""Most widths of lines that the legend names."""


def draw(agreement: Agreement, theme: Theme) -> Drawing:
    """Draws the agreement of several architectures."""
    drawing = Drawing("agreement", theme, **GIVEN)
    known = definitions(agreement.architectures[0].candidates.values())
    looked = looks([v.kept.operation for v in agreement.votes], known)
    paths = [_trellis(name, agreement, theme) for name in sorted({v.trellis for v in agreement.levels})]
    cells = [_cell(name, agreement, looked, theme) for name in sorted({v.cell for v in agreement.votes})]
    top = trellis.stack(drawing, paths, theme, title=True)
    stack(drawing, cells, theme, title=True, top=top)
    entries = _shares(agreement, theme)
    operations = {o.name: (e.line, o) for v in cells for e in v.edges for o in e.operations}
    for name, (line, shown) in sorted(operations.items()):
        sample = Operation(name, name, shown.line, shown.fill, shown.ink)
        entries.append(Entry(pill(name, Line(line.colour, 2.2, line.pattern), sample, theme), meaning(name, known)))
    if any(v.majority for v in (*agreement.votes, *agreement.levels)):
        entries.append(Entry(box_sample(Line(theme.ink, 2), theme.ground), "majority: more than half have it"))
    if any(v.tied for v in (*agreement.votes, *agreement.levels)):
        entries.append(Entry(box_sample(Line(theme.ink, 2, "dashed"), theme.ground), "tie: as many have another one"))
    if paths:
        entries += [Entry(line_sample(Line(theme.spike, 2)), "moves of a path"), *trellis.position_entries(paths, theme)]
        entries.append(Entry(box_sample(Line(theme.spike, 1), theme.cell), "level of a path"))
        entries.append(Entry(box_sample(Line(theme.muted, 1), theme.muted), "input of a trellis"))
    if cells:
        entries += node_entries(cells, theme)
    drawing.set(label=legend(entries, theme, ["A line's width, and the number on it, show how many have the edge."]))
    return drawing


def _shares(agreement: Agreement, theme: Theme) -> list[Entry]:
    """The widths of lines: each number of architectures that has something in common, or the least and the greatest."""
    count = len(agreement.architectures)
    found = sorted({len(v.of) for v in (*agreement.votes, *agreement.levels)})
    named = found if len(found) <= MOST_SHARES else [found[0], found[-1]]
    return [
        Entry(line_sample(Line(theme.muted, width_of(k / count))), f"{k} of {count}" if k < count else f"all {count}")
        for k in named
    ]


def _cell(name: str, agreement: Agreement, looked: Mapping[str, Look], theme: Theme) -> CellView:
    votes = [v for v in agreement.votes if v.cell == name]
    count = len(agreement.architectures)
    edges: list[Edge] = []
    for v in sorted(votes, key=lambda v: (v.node, v.kept)):
        source, o = v.kept.source, v.kept.operation
        line = theme.candidate(looked[o])
        shown = operation(o, looked[o], theme, text=f"{o} {len(v.of)}/{count}")
        width = Line(line.colour, width_of(len(v.of) / count), line.pattern, head=line.head)
        edges.append(Edge(source, v.node, width, (shown,), kept=v.majority, tied=v.tied))
    sources = {v.node: [w.kept.source for w in votes if w.node == v.node] for v in votes}
    return CellView(name, inputs_of(sources), nodes_of(sources), tuple(edges), quiet=True)


def _trellis(name: str, agreement: Agreement, theme: Theme) -> TrellisView:
    paths = [a.paths[name] for a in agreement.architectures if name in a.paths]
    count = len(agreement.architectures)
    taken: Counter[Move] = Counter(move for path in paths for move in moves_of(path))
    moves = {move: Line(theme.spike, width_of(n / count)) for move, n in taken.items()}
    places: dict[tuple[int, int], Place] = {(-1, 0): Place(theme.muted)}
    for votes in agreement.levels:
        if votes.trellis == name:
            border = theme.ink if votes.majority or votes.tied else theme.spike
            places[votes.layer, votes.level] = Place(theme.cell, f"{len(votes.of)}/{count}", border, dashed=votes.tied)
    levels = max((level for path in paths for level in path), default=0) + 1
    return TrellisView(name, max(map(len, paths)), levels, trellis.relative(levels), moves, places)
