"""Choices on wires in diagrams: a row for each, with its name and its branches."""

from spikegraph.backends.graphviz.cell_view import CellView, frame_of
from spikegraph.backends.graphviz.drawing import Canvas
from spikegraph.backends.graphviz.operation_label import label_size, put_label
from spikegraph.backends.graphviz.placement import Rectangle, put_text, text_width
from spikegraph.backends.graphviz.theme import Theme


def on_wires(view: CellView) -> bool:
    """Whether a view has choices on wires: edges without a source."""
    return not any(edge.source for edge in view.edges)


def draw_rows(part: Canvas, view: CellView, theme: Theme, *, top: float, title: bool) -> float:
    """Adds the rows of a network below `top`, with its name above them if there is a `title`; returns their lower end."""
    alone = view.nodes[0] if len(view.nodes) == 1 and view.name.endswith(f".{view.nodes[0]}") else None
    if title and alone is None:
        size = Rectangle(0, top, text_width(view.name, theme.size, bold=True), theme.size * 1.4)
        put_text(part, f"{view.name}/", size, view.name, theme, small=False, bold=True)
        top += theme.size * 2.2
    names = {node: view.name if node == alone else node for node in view.nodes}
    left = max(text_width(name, theme.size, bold=True) for name in names.values())
    for node, name in names.items():
        edges = [edge for edge in view.edges if edge.node == node]
        sizes = [label_size(edge.operations, theme) for edge in edges]
        high = max(theme.size * 1.4, *(height for _, height in sizes))
        middle, x = top + high / 2, left + theme.size
        where = Rectangle(0, middle - theme.size * 0.7, text_width(name, theme.size, bold=True), theme.size * 1.4)
        put_text(part, f"{view.name}/{node}", where, name, theme, small=False, bold=True)
        for edge, (width, height) in zip(edges, sizes, strict=True):
            branches = " or ".join(o.name for o in edge.operations)
            at = Rectangle(x, middle - height / 2, width, height)
            key, tip = f"{view.name}/{node}/{branches}", f"{name}: {branches}"
            put_label(part, key, at, edge.operations, edge.line, theme, frame=frame_of(edge), tip=tip)
            x += width + theme.size * 0.6
        top += high + theme.size * 0.5
    return top
