"""Diagrams of trellises: all paths in grey, the chosen one in colour (Che et al., NeurIPS 2022, Fig. 1b)."""

from collections.abc import Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample
from spikegraph.backends.graphviz.theme import Line, Theme, width_of
from spikegraph.backends.graphviz.trellis_view import Move, Place, TrellisView, draw_trellis, moves_of, plain, weighted
from spikegraph.genotype.decode_path import trellis_probability
from spikegraph.genotype.decode_softmax import Cube
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.cells import Trellis
from spikegraph.ir.ops.convolution import shrunk

CHOSEN = 3.4
"""Line width in points of the chosen path if beta isn't shown."""


def of_graph(graph: Graph) -> dict[str, tuple[Node, Trellis]]:
    """The trellises of a graph of stage `space`, by name."""
    found: dict[str, tuple[Node, Trellis]] = {}
    for name, op in graph.of(Trellis).items():
        found.setdefault(op.trellis, (graph.node(name), op))
    return found


def of_space(node: Node, op: Trellis, theme: Theme, path: Sequence[int] = (), beta: Cube | None = None) -> TrellisView:
    """A trellis of a graph, with the shape of each level."""
    width = node.value.channels // op.cell.nodes * op.cell.nodes
    size, notes = node.value.size, list[str]()
    for level in range(op.levels):
        notes.append(" × ".join(map(str, (width << level, *size))))
        size = shrunk(size, 2)
    return view(op.trellis, op.layers, op.levels, theme, path, beta, tuple(notes), op.finest)


def view(
    name: str,
    layers: int,
    levels: int,
    theme: Theme,
    path: Sequence[int] = (),
    beta: Cube | None = None,
    notes: tuple[str, ...] = (),
    finest: int = 0,
) -> TrellisView:
    """A trellis with its path.

    Args:
        name: The trellis's name.
        layers: Number of layers.
        levels: Number of levels.
        theme: The colours.
        path: The level after each layer; empty if none is chosen.
        beta: Logits [layers, levels, 3]; with them, widths and numbers show the probabilities.
        notes: Text below the number of each level.
        finest: The finest level that a path can stay at.
    """
    probability = None if beta is None else trellis_probability(beta)
    moves: dict[Move, Line] = {}
    if probability is not None:
        for layer in range(layers):
            for before in range(levels):
                for after in (before - 1, before, before + 1):
                    if 0 <= after < levels:
                        moves[layer, before, after] = weighted(theme, width_of(probability[layer][before][after - before + 1]))
    places: dict[tuple[int, int], Place] = {(-1, 0): Place(theme.ink)} if path else {}
    for move in moves_of(path):
        layer, before, after = move
        line = moves.get(move, Line(theme.spike, CHOSEN))
        moves[move] = replace(line, colour=theme.spike, width=max(line.width, 1.5))
        text = "" if probability is None else f"{probability[layer][before][after - before + 1]:.2f}"
        places[layer, after] = Place(theme.cell if text else theme.spike, text, border=theme.spike)
    return TrellisView(name, layers, levels, notes, moves, places, finest)


def draw(views: Sequence[TrellisView], theme: Theme, *, name: str, betas: bool) -> Drawing:
    """Draws trellises, with a legend; `betas` if line widths are probabilities."""
    drawing = Drawing(name, theme, rankdir="LR", ranksep="0.5", splines="line", labelloc="b", labeljust="l")
    for v in reversed(views):  # dot stacks frames from bottom to top
        draw_trellis(drawing, v, theme, title=len(views) > 1)
    entries = [Entry(line_sample(plain(theme)), "a possible path" if not betas else "width: probability (beta)")]
    if any(v.places for v in views):
        entries.append(Entry(line_sample(Line(theme.spike, CHOSEN)), "the chosen path"))
        if betas:
            entries.append(Entry(box_sample(Line(theme.spike, 1), theme.cell), "probability of the move to this level"))
    note = "Each level halves the resolution and doubles the channels."
    drawing.set(label=legend(entries, theme, [note]))
    return drawing
