"""Diagrams of trellises: all paths in grey, the chosen one in colour (Che et al., NeurIPS 2022, Fig. 1b)."""

from collections.abc import Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample
from spikegraph.backends.graphviz.placement import GIVEN
from spikegraph.backends.graphviz.theme import Line, Theme, width_of
from spikegraph.backends.graphviz.trellis_view import (
    Move,
    Place,
    TrellisView,
    draw_trellis,
    moves_of,
    only_move,
    plain,
    weighted,
)
from spikegraph.genotype.decode_path import trellis_probability
from spikegraph.genotype.decode_softmax import Cube
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.cells import Trellis
from spikegraph.ir.ops.windows import shrunk

CHOSEN = 3.4
"""Line width in points of the chosen path if beta isn't shown."""


def of_graph(graph: Graph) -> dict[str, tuple[Node, Trellis]]:
    """The trellises of a graph of stage `space`, by name."""
    found: dict[str, tuple[Node, Trellis]] = {}
    for name, op in graph.of(Trellis).items():
        found.setdefault(op.trellis, (graph.node(name), op))
    return found


def of_space(
    graph: Graph, node: Node, op: Trellis, theme: Theme, path: Sequence[int] = (), beta: Cube | None = None
) -> TrellisView:
    """A trellis of a graph, with the resolution and the shape of each level."""
    width = node.value.channels // op.cell.parts * op.cell.parts
    size, notes = node.value.size, list[tuple[str, ...]]()
    whole = max((n.value.size[-1] for n in graph if n.op.traits.source and n.value.size), default=size[-1])
    first = round(whole / size[-1])
    for level in range(op.levels):
        notes.append((resolution(first << level), " × ".join(map(str, (width << level, *size)))))
        size = shrunk(size, 2)
    return view(op.trellis, op.layers, op.levels, theme, path, beta, tuple(notes), op.finest)


def resolution(divisor: int) -> str:
    """The resolution as a fraction of the input's, such as `1/4`."""
    return f"1/{divisor}" if divisor > 1 else "1"


def relative(levels: int) -> tuple[tuple[str, ...], ...]:
    """Notes of levels whose sizes aren't known: their resolution as a fraction of the first level's."""
    return tuple((resolution(1 << level),) for level in range(levels))


def view(
    name: str,
    layers: int,
    levels: int,
    theme: Theme,
    path: Sequence[int] = (),
    beta: Cube | None = None,
    notes: tuple[tuple[str, ...], ...] = (),
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
    empty = TrellisView(name, layers, levels, notes, finest=finest)
    forced = empty.forced()
    probability = None if beta is None else trellis_probability(beta)
    shares: dict[Move, float] = {}
    if probability is not None:
        open_moves = (move for move in empty.legal() if move not in forced)
        shares = {(layer, a, b): probability[layer][a][b - a + 1] for layer, a, b in open_moves}
    moves = {move: weighted(theme, width_of(share)) for move, share in shares.items()}
    places: dict[tuple[int, int], Place] = {(-1, 0): Place(theme.ink)} if path else {}
    for move in moves_of(path):
        layer, _, after = move
        line = moves.get(move, Line(theme.spike, CHOSEN if probability is None else width_of(1.0)))
        moves[move] = replace(line, colour=theme.spike)
        text = f"{shares[move]:.2f}" if move in shares else ""
        places[layer, after] = Place(theme.cell if probability is not None else theme.spike, text, border=theme.spike)
    return replace(empty, moves=moves, places=places)


def draw(views: Sequence[TrellisView], theme: Theme, *, name: str, betas: bool, notes: Sequence[str] = ()) -> Drawing:
    """Draws trellises, with a legend; `betas` if line widths are probabilities."""
    drawing = Drawing(name, theme, **GIVEN)
    stack(drawing, views, theme, title=len(views) > 1)
    entries = position_entries(views, theme)
    if betas and any({*v.legal()} - v.forced() for v in views):
        entries.append(Entry(line_sample(plain(theme)), "width: probability of the move (beta)"))
    if any(v.places for v in views):
        entries.append(Entry(line_sample(Line(theme.spike, CHOSEN)), "the chosen path"))
        fill, text = (theme.cell, "chosen level, with the move's probability") if betas else (theme.spike, "chosen level")
        entries.append(Entry(box_sample(Line(theme.spike, 1), fill), text))
        entries.append(Entry(box_sample(Line(theme.ink, 1), theme.ink), "input of the trellis"))
    drawing.set(label=legend(entries, theme, [*notes, "Each level halves the resolution and doubles the channels."]))
    return drawing


def stack(drawing: Drawing, views: Sequence[TrellisView], theme: Theme, *, title: bool) -> float:
    """Draws trellises below each other; returns where the next part of the diagram begins."""
    top = 0.0
    for v in views:
        top = draw_trellis(drawing, v, theme, top=top, title=title) + 2 * theme.size
    return top


def position_entries(views: Sequence[TrellisView], theme: Theme) -> list[Entry]:
    """The entries for grey positions and grey moves."""
    grey = any((layer, level) not in v.places for v in views for layer in range(-1, v.layers) for level in v.reached(layer))
    found = [Entry(box_sample(Line(theme.faint, 1), theme.faint), "another level after a layer")] if grey else []
    if any(v.forced() & v.grey() for v in views):
        found.append(Entry(line_sample(only_move(theme)), "the only possible move"))
    if any(v.grey() - v.forced() for v in views):
        found.append(Entry(line_sample(plain(theme)), "a possible move"))
    return found
