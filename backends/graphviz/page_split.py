"""Which boxes of a diagram are on which page of a paper."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spikegraph.backends.graphviz.boxes import Boxes, depths
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.references import Parts
from spikegraph.backends.graphviz.theme import COLUMN, HEIGHT, PAGE

LEAST = 6
"""Least height of text on paper, in points."""

REST = 120
"""Room for legend and references on a page, in points."""

Draw = Callable[[Boxes, float], Drawing]
"""Draws boxes as a page of a width in points, smaller where they are too large."""


@dataclass(frozen=True)
class Fit:
    """How a page came out.

    Attributes:
        scale: How much smaller than natural it is.
        height: Its natural height in points.
    """

    scale: float
    height: float

    @classmethod
    def of(cls, page: Drawing) -> "Fit":
        """The fit of a page, measured in its SVG.

        Raises:
            RenderError: Graphviz isn't installed, or rejects the diagram.
        """
        svg = page.svg()
        scale = re.search(r"scale\(([\d.]+)", svg)
        height = re.search(r'<svg width="[\d.]+pt" height="([\d.]+)pt"', svg)
        assert scale is not None and height is not None
        return cls(float(scale[1]), float(height[1]) / float(scale[1]))

    def readable(self, size: float) -> bool:
        """Whether text of a size is large enough on it."""
        return self.scale * size >= LEAST


def split(boxes: Boxes, draw: Draw) -> list[Drawing]:
    """Pages that fit, each as narrow as it can be.

    Args:
        boxes: What is drawn, in order.
        draw: Draws a page.

    Raises:
        RenderError: Graphviz isn't installed, or rejects the diagram.
    """
    whole = _narrowest(boxes, draw)
    if whole is not None:
        return [draw(boxes, whole)]
    keys = list(boxes.boxes)
    each = (Fit.of(draw(boxes, PAGE)).height - REST) / _ranks(boxes, keys)
    parts, widths, start = list[Sequence[str]](), list[float](), 0
    while start < len(keys):
        count = _count(boxes, keys[start:], max(1, int((HEIGHT - REST) / each)))
        while True:
            part = keys[start : _best_cut(boxes, keys, start, count)]
            width = _narrowest(Parts(boxes, [keys[:start], part, keys[start + len(part) :]]).page(1), draw)
            if width is not None or count == 1:
                break
            count = max(1, count * 3 // 4)
        parts.append(part)
        widths.append(width or PAGE)
        start += len(part)
    made = Parts(boxes, parts)
    return [draw(made.page(number), width) for number, width in enumerate(widths)]


def _narrowest(boxes: Boxes, draw: Draw) -> float | None:
    """The width of the narrowest page whose text is large enough; None if there is none."""
    for width in (COLUMN, PAGE):
        page = draw(boxes, width)
        if Fit.of(page).readable(page.theme.small):
            return width
    return None


def _ranks(boxes: Boxes, keys: Sequence[str]) -> int:
    return max(depths(boxes, keys))


def _count(boxes: Boxes, keys: Sequence[str], ranks: int) -> int:
    """How many boxes from the first on have at most so many ranks."""
    return next((i for i, depth in enumerate(depths(boxes, keys)) if depth > ranks), len(keys))


def _best_cut(boxes: Boxes, keys: Sequence[str], start: int, count: int) -> int:
    """The end of a page of at most `count` boxes: where fewest values cross, and there the last."""
    end = start + count
    if end >= len(keys):
        return len(keys)
    at = {key: i for i, key in enumerate(keys)}
    last: dict[str, int] = {}
    for wire in boxes.wires:
        if wire.role != "size":
            last[wire.source] = max(last.get(wire.source, 0), at[wire.target])

    def crossing(cut: int) -> int:
        return sum(at[source] < cut <= target for source, target in last.items())

    return min(range(end, max(start, end - 1 - count // 3), -1), key=crossing)
