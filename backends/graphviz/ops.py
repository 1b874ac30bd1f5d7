"""The diagram of a lowered graph: one box per layer, or every operation of the layers that are expanded."""

from collections import Counter
from collections.abc import Sequence

from spikegraph.backends.graphviz import network_legend
from spikegraph.backends.graphviz.boxes import Box, Boxes, Role, Wire, collapse, draw_boxes
from spikegraph.backends.graphviz.describe import describe
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.html_labels import shape
from spikegraph.backends.graphviz.legend import legend
from spikegraph.backends.graphviz.network import has_weights, multiplied_kind, operand_role, why_dense
from spikegraph.backends.graphviz.node_names import block_titles, blocks_of, short, unit_of
from spikegraph.backends.graphviz.theme import Theme
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.errors import NotThereError
from spikegraph.ir.graph import Graph, Node, weights_name

ALL = "all"
"""The name that expands every layer."""


def draw(graph: Graph, theme: Theme, expand: Sequence[str] = (), outline: Graph | None = None) -> Drawing:
    """Draws a lowered graph.

    Args:
        graph: The graph.
        theme: The colours.
        expand: Names of layers, cells or blocks whose operations are shown; `all` expands every layer.
        outline: The graph with one node per layer, which defines the layers.

    Raises:
        NotThereError: A name in `expand` is unknown.
    """
    units: dict[str, list[Node]] = {}
    for node in graph:
        units.setdefault(unit_of(node.name, outline), []).append(node)
    opened = _opened(units, expand)
    boxes = collapse(_boxes(graph, units, opened, outline))
    drawing = Drawing(graph.name, theme, rankdir="TB", newrank="true", ranksep="0.3", nodesep="0.25", labelloc="b")
    draw_boxes(drawing, boxes, theme)
    drawing.set(label=legend(network_legend.entries(boxes, theme), theme, network_legend.notes(boxes)))
    return drawing


def _opened(units: dict[str, list[Node]], expand: Sequence[str]) -> set[str]:
    """The units that the names in `expand` stand for."""
    found: set[str] = set()
    for name in expand:
        here = {unit for unit in units if name == ALL or _matches(name, unit)}
        if not here:
            known = [*units, *dict.fromkeys(weights_name(unit) for unit in units), ALL]
            help = did_you_mean(name, known) or f"choose from {listed(list(units))}"
            raise NotThereError(f"the network has nothing called `{name}` to expand", help)
        found |= here
    return found


def _matches(name: str, unit: str) -> bool:
    """True if `name` is the unit, something that contains it, or an operation in it; the `@` suffixes can be left out."""
    for shown in (unit, weights_name(unit)):
        if name == shown or any(shown.startswith(name + c) or name.startswith(shown + c) for c in ".[@"):
            return True
    return False


def _boxes(graph: Graph, units: dict[str, list[Node]], opened: set[str], outline: Graph | None) -> Boxes:
    boxes = Boxes(titles=block_titles([n.name for n in graph]))
    ends = set(graph.outputs.values())
    box_of: dict[str, str] = {}
    for unit, nodes in units.items():
        if unit in opened and len(nodes) > 1:
            _expand(boxes, graph, unit, nodes, ends)
            box_of |= {n.name: n.name for n in nodes}
        else:
            boxes.add(_layer_box(graph, unit, nodes, outline, ends))
            box_of |= dict.fromkeys((n.name for n in nodes), unit)
    for node in graph:
        target, sizes = box_of[node.name], list[str]()
        for index, operand in enumerate(node.operands):
            if operand_role(node, index) == "size":
                sizes.append(operand)
            else:
                boxes.connect(Wire(box_of[operand], target, graph.node(operand).value.kind))
        if target == node.name:  # a collapsed layer's size wires say little, and cross others
            for operand in sizes:
                boxes.connect(Wire(box_of[operand], target, graph.node(operand).value.kind, "size"))
    return boxes


def _layer_box(graph: Graph, unit: str, nodes: list[Node], outline: Graph | None, ends: set[str]) -> Box:
    """The box of a layer that isn't expanded."""
    last = nodes[-1]
    if len(nodes) == 1:
        description = describe(last.op, last.value)
    else:
        counts = Counter(n.op.name for n in nodes)
        common = ", ".join(f"{count} {name}" for name, count in counts.most_common(3))
        known = outline is not None and unit in outline and outline.node(unit).op.name != "trellis"
        what = f"{outline.node(unit).op.name}: " if known and outline is not None else ""
        description = f"{what}{len(nodes)} operations ({common}{', …' if len(counts) > 3 else ''})"
    kinds = {kind for n in nodes if (kind := multiplied_kind(n, graph)) is not None}
    inner = {n.name for n in nodes}
    return Box(
        key=unit,
        name=short(unit),
        description=description,
        shape=shape(last.value),
        role=_role(nodes, ends, graph),
        dense=why_dense(kinds),
        group=blocks_of(unit),
        tip=f"{unit}: {last.value}, line {last.span.line}",
        merge_key=None
        if last.op.name == "input"
        else [(n.name[len(unit) :], n.op, n.value, [graph.node(o).value for o in n.operands if o not in inner]) for n in nodes],
    )


def _expand(boxes: Boxes, graph: Graph, unit: str, nodes: list[Node], ends: set[str]) -> None:
    """Adds a frame with a layer's operations; those of each node of a cell get an inner frame."""
    boxes.titles[unit] = short(unit)
    parts = {n.name: _part(n.name[len(unit) :]) for n in nodes}
    sizes = Counter(parts.values())
    for node in nodes:
        part = parts[node.name]
        group, rest = (*blocks_of(unit), unit), node.name[len(unit) :].lstrip(".")
        if part and sizes[part] > 1:
            key = f"{unit}/{part}"
            boxes.titles[key] = part
            group, rest = (*group, key), rest[len(part) :].lstrip(".") or rest
        kind = multiplied_kind(node, graph)
        boxes.add(
            Box(
                key=node.name,
                name=rest or short(unit),
                description=describe(node.op, node.value),
                shape=shape(node.value),
                role=_role([node], ends, graph),
                dense=why_dense(set() if kind is None else {kind}),
                group=group,
                tip=f"{node.name}: {node.value}, line {node.span.line}",
            )
        )


def _part(rest: str) -> str:
    """The first part of a name inside a layer: the cell's node, with the level of `prev` in a trellis."""
    parts = rest.lstrip(".").split(".")
    return ".".join(parts[:2]) if parts[0].startswith("@") else parts[0]


def _role(nodes: list[Node], ends: set[str], graph: Graph) -> Role:
    if any(n.name in ends for n in nodes):
        return "output"
    names = {n.op.name for n in nodes}
    if names == {"input"}:
        return "input"
    return (
        "cell" if "gather" in names and len(nodes) > 1 else "weights" if any(has_weights(n, graph) for n in nodes) else "plain"
    )
