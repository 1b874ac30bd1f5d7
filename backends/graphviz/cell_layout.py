"""Where the parts of a cell's diagram are: a staircase that depends only on the cell's inputs, nodes and edges.

Inputs are at the left, one above the other; node k is in column k, below all inputs and earlier nodes. An edge leaves its
source to the right on a row of its own, passes its label in the node's column, then goes down into the node on a column of
its own. So labels can't overlap, lines only cross at right angles, and nothing depends on the order of the edges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.placement import Point, Rectangle

END = "/concat"
"""Name of the box that concatenates the nodes. The slash avoids a clash with a name in the cell."""


@dataclass(frozen=True)
class Link:
    """An edge to be placed: its source, its node, and the size of its label."""

    source: str
    node: str
    width: float
    height: float


@dataclass(frozen=True)
class CellLayout:
    """Positions of everything in a cell, in points from its upper left corner.

    Attributes:
        boxes: Rectangles of inputs, nodes and `END`.
        labels: Rectangles of the edges' labels.
        lines: Points of the edges' lines.
        ends: By node, the points of the line to the concatenation.
        backs: The points of the lines from nodes to their values at the step before, left of everything.
        width: Width of the whole.
        height: Height of the whole.
    """

    boxes: Mapping[str, Rectangle]
    labels: tuple[Rectangle, ...]
    lines: tuple[tuple[Point, ...], ...]
    ends: Mapping[str, tuple[Point, ...]]
    backs: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def place(
    inputs: Sequence[str],
    nodes: Sequence[str],
    links: Sequence[Link],
    box: float,
    step: float,
    backs: Mapping[str, str] | None = None,
) -> CellLayout:
    """Places a cell.

    Args:
        inputs: Names of the inputs, from top to bottom.
        nodes: Names of the nodes, from top to bottom.
        links: The edges.
        box: Width of an input's box and of the concatenation.
        step: Distance between two lines that enter a node.
        backs: Those of the inputs that are the values of nodes at the step before, with the nodes.
    """
    least = max(step * 2.4, 18.0)  # least height of a box
    gap = step
    rows: dict[int, float] = {}
    ends: dict[str, float] = {}
    spans: dict[str, tuple[float, float]] = {}
    top = 0.0
    for source in (*inputs, *nodes):
        # The edge to the farthest node is on top, so that edges of one source don't cross.
        own = sorted((i for i, k in enumerate(links) if k.source == source), key=lambda i: (-nodes.index(links[i].node), i))
        heights = [links[i].height + 4 for i in own]
        y = top + max(0.0, least - sum(heights) - (step if source in nodes else 0)) / 2
        if source in nodes:
            ends[source] = y + step / 2
            y += step
        for i, height in zip(own, heights, strict=True):
            rows[i] = y + height / 2
            y += height
        spans[source] = (top, max(y, top + least))
        top = spans[source][1] + gap
    x = box + gap
    boxes = {name: Rectangle(0, spans[name][0], box, spans[name][1] - spans[name][0]) for name in inputs}
    labels: dict[int, Rectangle] = {}
    lines: dict[int, tuple[Point, ...]] = {}
    for node in nodes:
        # Lower rows turn down first, further to the left.
        own = sorted((i for i, k in enumerate(links) if k.node == node), key=lambda i: -rows[i])
        wide = max((links[i].width for i in own), default=0.0)
        start = x + wide + gap
        width = max(step * (len(own) + 0.6), least)
        first = start + (width - step * (len(own) - 1)) / 2
        boxes[node] = Rectangle(start, spans[node][0], width, spans[node][1] - spans[node][0])
        for k, i in enumerate(own):
            link, at = links[i], first + step * k
            labels[i] = Rectangle(x + (wide - link.width) / 2, rows[i] - link.height / 2, link.width, link.height)
            lines[i] = ((boxes[link.source].right, rows[i]), (at, rows[i]), (at, spans[node][0]))
        x = start + width + gap
    first_row = min((spans[n][0] for n in nodes), default=0.0)
    boxes[END] = Rectangle(x + gap, first_row, box, max(top - gap - first_row, least))
    order = range(len(links))
    pairs = list((backs or {}).items())
    lanes = [(boxes[source], boxes[node], step * (k - len(pairs))) for k, (source, node) in enumerate(pairs)]
    return CellLayout(
        boxes,
        tuple(labels[i] for i in order),
        tuple(lines[i] for i in order),
        {n: ((boxes[n].right, ends[n]), (boxes[END].left, ends[n])) for n in nodes},
        tuple((((node.left, y := node.middle[1]), (x, y), (x, to.middle[1]), (0.0, to.middle[1]))) for to, node, x in lanes),
        boxes[END].right,
        max(box.bottom for box in boxes.values()),
    )
