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
    parts = _measured(boxes, draw)
    while True:
        # References name the pages that they lead to, and may be wider than while the pages were measured.
        made = Parts(boxes, parts)
        pages = [made.page(number) for number in range(len(parts))]
        widths = [_narrowest(page, draw) for page in pages]
        fits = [width is not None or len(part) == 1 for width, part in zip(widths, parts, strict=True)]
        if all(fits):
            return [draw(page, width or PAGE) for page, width in zip(pages, widths, strict=True)]
        parts = [each for part, fit in zip(parts, fits, strict=True) for each in ([part] if fit else _halves(boxes, part))]


def _halves(boxes: Boxes, part: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    keys = list(boxes.boxes)
    start = keys.index(part[0])
    end = _best_cut(boxes, keys, start, max(1, len(part) // 2)) - start
    return part[:end], part[end:]


def _measured(boxes: Boxes, draw: Draw) -> list[Sequence[str]]:
    """The boxes of each page, where references to all pages before and behind are as short as they can be."""
    keys, parts, start = list(boxes.boxes), list[Sequence[str]](), 0
    each = (Fit.of(draw(boxes, PAGE)).height - REST) / _ranks(boxes, keys)
    while start < len(keys):
        count = _count(boxes, keys[start:], max(1, int((HEIGHT - REST) / each)))
        while True:
            part = keys[start : _best_cut(boxes, keys, start, count)]
            page = Parts(boxes, [keys[:start], part, keys[start + len(part) :]]).page(1)
            if count == 1 or _reads(draw(page, PAGE)):
                break
            count = max(1, count * 3 // 4)
        parts.append(part)
        start += len(part)
    return parts


def _narrowest(boxes: Boxes, draw: Draw) -> float | None:
    """The width of the narrowest page whose text is large enough; None if there is none."""
    return next((width for width in (COLUMN, PAGE) if _reads(draw(boxes, width))), None)


def _reads(page: Drawing) -> bool:
    """Whether the text of a page is large enough."""
    return Fit.of(page).readable(page.theme.small)


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
