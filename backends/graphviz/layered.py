"""Diagrams of boxes and wires, laid out by Graphviz from top to bottom; on paper in as many pages as they need."""

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from spikegraph.backends.graphviz import network_legend
from spikegraph.backends.graphviz.boxes import Boxes
from spikegraph.backends.graphviz.draw_boxes import draw_boxes, layered
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import legend
from spikegraph.backends.graphviz.page_split import split
from spikegraph.backends.graphviz.theme import HEIGHT, Theme


class LayeredDrawing(Drawing):
    """A diagram of boxes and wires."""

    def __init__(self, name: str, theme: Theme, boxes: Boxes, frame: str, notes: Sequence[str] = (), **graph: str) -> None:
        """Draws boxes, wires and a legend.

        Args:
            name: Name of the DOT graph.
            theme: The colours.
            boxes: What is drawn.
            frame: What a frame is around, in the legend.
            notes: Sentences below the legend.
            graph: More attributes of the graph.
        """
        super().__init__(name, theme, **layered(theme), **graph)
        self.called = name
        self.boxes, self.frame, self.notes = boxes, frame, notes
        draw_boxes(self, boxes, theme)
        entries = network_legend.entries(boxes, theme, frame)
        self.set(label=legend(entries, theme, [*network_legend.notes(boxes), *notes]))

    @override
    def pages(self) -> Sequence[Drawing]:
        """On paper the parts that fit a column or a page each, with text of at least 6 points.

        Raises:
            RenderError: Graphviz isn't installed, or rejects the diagram.
        """
        return split(self.boxes, self._page) if self.theme.paper else [self]

    def _page(self, boxes: Boxes, width: float) -> Drawing:
        size = f"{width / 72:.4f},{HEIGHT / 72:.4f}"
        return LayeredDrawing(self.called, replace(self.theme, width=width), boxes, self.frame, self.notes, size=size)
