"""Several architectures in one diagram: an edge's width is the share of architectures that have it."""

from collections import Counter

from spikegraph.backends.graphviz.cell import inputs_of
from spikegraph.backends.graphviz.cell_view import CellView, draw_cell, indices, operation, skips
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, legend, line_sample
from spikegraph.backends.graphviz.theme import Line, Theme, width_of
from spikegraph.backends.graphviz.trellis_view import Move, Place, TrellisView, draw_trellis, moves_of
from spikegraph.genotype.agreement import Agreement


def draw(agreement: Agreement, theme: Theme) -> Drawing:
    """Draws the agreement of several architectures."""
    count = len(agreement.architectures)
    drawing = Drawing("agreement", theme, rankdir="LR", ranksep="0.36", nodesep="0.18", labelloc="b", labeljust="l")
    # Reversed, because dot stacks frames from bottom to top.
    for trellis in reversed(dict.fromkeys(v.trellis for v in agreement.levels)):
        draw_trellis(drawing, _trellis(trellis, agreement, theme), theme, title=True)
    for cell in reversed(dict.fromkeys(v.cell for v in agreement.votes)):
        draw_cell(drawing, _cell(cell, agreement, theme), theme, title=True)
    entries = [
        Entry(line_sample(Line(theme.muted, width_of(share))), text)
        for share, text in ((1 / count, f"1 of {count}"), (1.0, f"all {count}"))
    ]
    drawing.set(label=legend(entries, theme, ["A line's width, and the number on it, show how many have the edge."]))
    return drawing


def _cell(name: str, agreement: Agreement, theme: Theme) -> CellView:
    votes = [v for v in agreement.votes if v.cell == name]
    known = [*agreement.architectures[0].candidates.get(name, {}).values()]
    used = [v.kept.operation for v in votes]
    numbers, identity, count = indices(used, known), skips(used, known), len(agreement.architectures)
    operations = tuple(
        operation(
            v.node,
            v.kept.source,
            v.kept.operation,
            numbers[v.kept.operation],
            theme,
            skip=v.kept.operation in identity,
            text=f"{v.kept.operation} {len(v.of)}/{count}",
            width=width_of(len(v.of) / count),
        )
        for v in votes
    )
    nodes = tuple(dict.fromkeys(v.node for v in votes))
    taken = {n: {v.kept.source: v.kept.operation for v in votes if v.node == n} for n in nodes}
    return CellView(name, inputs_of(taken), nodes, operations)


def _trellis(name: str, agreement: Agreement, theme: Theme) -> TrellisView:
    paths = [a.paths[name] for a in agreement.architectures if name in a.paths]
    count = len(agreement.architectures)
    taken: Counter[Move] = Counter(move for path in paths for move in moves_of(path))
    moves = {move: Line(theme.spike, width_of(n / count)) for move, n in taken.items()}
    places: dict[tuple[int, int], Place] = {(-1, 0): Place(theme.ink)}
    for votes in agreement.levels:
        if votes.trellis == name:
            text = f"{len(votes.of)}/{count}"
            places[votes.layer, votes.level] = Place(theme.cell, text, border=theme.spike)
    levels = max((level for path in paths for level in path), default=0) + 1
    return TrellisView(name, max(map(len, paths)), levels, (), moves, places)
