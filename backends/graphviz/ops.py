"""The diagram of a lowered graph: one box per layer, or every operation of the layers that are expanded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.boxes import Box, Boxes, Role, Wire, collapse
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.html_labels import shape
from spikegraph.backends.graphviz.layered import LayeredDrawing
from spikegraph.backends.graphviz.network import has_weights, multiplied_kind, operand_role, why_dense
from spikegraph.backends.graphviz.node_names import block_titles, blocks_of, short, unit_of
from spikegraph.backends.graphviz.repetitions import merge_repetitions
from spikegraph.backends.graphviz.theme import Theme
from spikegraph.backends.graphviz.units import ALL
from spikegraph.base.errors import NotThereError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.path import Path

NARROW = 62
"""Width of the text in boxes on paper, in points: operations have short descriptions, and many are beside each other."""

Units = dict[Path, list[Node]]
"""The nodes of each layer, by the layer's path."""


def draw(
    graph: Graph, theme: Theme, expand: Sequence[str] = (), outline: Graph | None = None, notes: Sequence[str] = ()
) -> Drawing:
    """Draws a lowered graph.

    Args:
        graph: The graph.
        theme: The colours.
        expand: Names of layers, cells or blocks whose operations are shown; `all` expands the first of equal layers.
        outline: The graph with one node per layer, which defines the layers.
        notes: Sentences below the legend.

    Raises:
        NotThereError: A name in `expand` is unknown.
    """
    units: Units = {}
    for node in graph:
        units.setdefault(unit_of(node, outline), []).append(node)
    opened, like = _opened(units, expand), dict[Path, Path]()
    if ALL in expand:
        like = _equal(graph, units)
        opened -= like.keys()
    boxes = collapse(merge_repetitions(_boxes(graph, units, opened, outline, like)))
    return LayeredDrawing(graph.name, replace(theme, room=NARROW), boxes, "a block, layer or node", notes)


def draw_node(graph: Graph, theme: Theme, outline: Graph) -> Drawing:
    """Draws the first node of the first searched cell of a lowered graph, with the boxes whose values it takes.

    Args:
        graph: The graph of a supernet.
        theme: The colours.
        outline: The graph with one node per layer.
    """
    units: Units = {}
    for node in graph:
        units.setdefault(unit_of(node, outline), []).append(node)
    unit, last = next((unit, n) for unit, nodes in units.items() for n in nodes if n.op.traits.sums_edges)
    frame = f"{unit}/{_part(_rest(last, unit))}"
    boxes = _boxes(graph, units, {unit}, outline, {})
    inner = {key for key, box in boxes.boxes.items() if frame in box.group}
    wires = [wire for wire in boxes.wires if wire.target in inner and wire.role != "size"]
    shown = {end for wire in wires for end in (wire.source, wire.target)}
    found = Boxes(titles=boxes.titles)
    for key, box in boxes.boxes.items():
        if key in shown:
            found.add(box)
    for wire in wires:
        found.connect(wire)
    return LayeredDrawing(graph.name, replace(theme, room=NARROW), found, "a block, layer or node")


def _opened(units: Units, expand: Sequence[str]) -> set[Path]:
    """The units that the names in `expand` stand for."""
    found: set[Path] = set()
    for name in expand:
        here = {unit for unit in units if name == ALL or _matches(name, unit)}
        if not here:
            names = [str(unit) for unit in units]
            known = [*names, *dict.fromkeys(unit.weights for unit in units), ALL]
            help = did_you_mean(name, known) or f"choose from {listed(names)}"
            raise NotThereError(f"the network has nothing called `{name}` to expand", help)
        found |= here
    return found


def _equal(graph: Graph, units: Units) -> dict[Path, Path]:
    """For layers with the operations of an earlier layer, the earlier one; numbers of channels and sizes may differ.

    The positions of a supernet's trellis count as equal: they differ in the levels of their inputs.
    """
    first: dict[object, Path] = {}
    found: dict[Path, Path] = {}
    for unit, nodes in units.items():
        inner = {n.name for n in nodes}
        position = "," in unit.steps[-1].index
        key = (
            (unit.weights.partition("[")[0],)
            if position
            else tuple(
                (
                    _rest(n, unit),
                    n.op.describe(n.value, n.notes),
                    *(o[len(str(unit)) :] if o in inner else "" for o in n.operands),
                )
                for n in nodes
            )
        )
        earlier = first.setdefault(key, unit)
        if earlier != unit and len(nodes) > 1:
            found[unit] = earlier
    return found


def _matches(name: str, unit: Path) -> bool:
    """True if `name` is the unit, something that contains it, or an operation in it; the `@` suffixes can be left out."""
    for shown in (str(unit), unit.weights):
        if name == shown or any(shown.startswith(name + c) or name.startswith(shown + c) for c in ".[@"):
            return True
    return False


def _boxes(graph: Graph, units: Units, opened: set[Path], outline: Graph | None, like: Mapping[Path, Path]) -> Boxes:
    boxes = Boxes(titles=block_titles(graph))
    ends = set(graph.outputs.values())
    box_of: dict[str, str] = {}
    for unit, nodes in units.items():
        if unit in opened and len(nodes) > 1:
            _expand(boxes, graph, unit, nodes, ends)
            box_of |= {n.name: n.name for n in nodes}
        else:
            boxes.add(_layer_box(graph, unit, nodes, outline, ends, like.get(unit)))
            box_of |= dict.fromkeys((n.name for n in nodes), str(unit))
    for node in graph:
        target, sizes, before = box_of[node.name], list[str](), Counter[str]()
        for index, operand in enumerate(node.operands):
            if operand_role(node, index) == "size":
                sizes.append(operand)
            else:
                again = before[operand] if target == node.name else 0  # what a closed layer takes is one arrow
                boxes.connect(Wire(box_of[operand], target, graph.node(operand).value.kind, number=again))
                before[operand] += 1
        if target == node.name:  # sizes from other layers say little, and their wires would cross frames
            for operand in sizes:
                if boxes.boxes[box_of[operand]].group == boxes.boxes[target].group:
                    boxes.connect(Wire(box_of[operand], target, graph.node(operand).value.kind, "size"))
    for name, source in graph.carried.items():
        boxes.connect(Wire(box_of[source], box_of[name], graph.node(name).value.kind, "later"))
    return boxes


def _layer_box(graph: Graph, unit: Path, nodes: list[Node], outline: Graph | None, ends: set[str], like: Path | None) -> Box:
    """The box of a layer that isn't expanded; one `like` an earlier layer refers to it."""
    last = nodes[-1]
    if like is not None:
        earlier = short(like) if short(like) != short(unit) else str(like)
        position = "," in unit.steps[-1].index
        description = f"as {earlier}, with inputs of other levels" if position else f"same operations as {earlier}"
    elif len(nodes) == 1:
        description = last.op.describe(last.value, last.notes)
    else:
        counts = Counter(n.op.name for n in nodes)
        common = ", ".join(f"{count} {name}" for name, count in counts.most_common(3))
        what = f"{outline.node(str(unit)).op.name}: " if outline is not None and str(unit) in outline else ""
        description = f"{what}{len(nodes)} operations ({common}{', …' if len(counts) > 3 else ''})"
    kinds = {kind for n in nodes if (kind := multiplied_kind(n)) is not None}
    inner = {n.name for n in nodes}
    return Box(
        key=str(unit),
        name=short(unit),
        description=description,
        shape=shape(last.value),
        role=_role(nodes, ends),
        dense=why_dense(kinds),
        group=blocks_of(unit),
        tip=f"{unit}: {last.value}, line {last.span.line}",
        merge_key=None
        if last.op.traits.source
        else [(_rest(n, unit), n.op, n.value, [graph.node(o).value for o in n.operands if o not in inner]) for n in nodes],
    )


def _expand(boxes: Boxes, graph: Graph, unit: Path, nodes: list[Node], ends: set[str]) -> None:
    """Adds a frame with a layer's operations; those of each node of a cell get an inner frame."""
    boxes.titles[str(unit)] = short(unit)
    parts = {n.name: _part(_rest(n, unit)) for n in nodes}
    sizes = Counter(parts.values())
    for node in nodes:
        part = parts[node.name]
        group, rest = (*blocks_of(unit), str(unit)), _rest(node, unit).lstrip(".")
        if part and sizes[part] > 1:
            key = f"{unit}/{part}"
            boxes.titles[key] = part
            group, rest = (*group, key), rest[len(part) :].lstrip(".") or rest
        kind = multiplied_kind(node)
        boxes.add(
            Box(
                key=node.name,
                name=rest or short(unit),
                description=node.op.describe(node.value, node.notes),
                shape=shape(node.value),
                role=_role([node], ends),
                dense=why_dense(set() if kind is None else {kind}),
                group=group,
                tip=f"{node.name}: {node.value}, line {node.span.line}",
            )
        )


def _rest(node: Node, unit: Path) -> str:
    """A node's name without that of its unit."""
    return node.name[len(str(unit)) :]


def _part(rest: str) -> str:
    """The first part of a name inside a layer: the cell's node, with the level of `prev` in a trellis."""
    parts = rest.lstrip(".").split(".")
    return ".".join(parts[:2]) if parts[0].startswith("@") else parts[0]


def _role(nodes: list[Node], ends: set[str]) -> Role:
    if any(n.name in ends for n in nodes):
        return "output"
    if all(n.op.traits.source for n in nodes):
        return "input"
    if len(nodes) > 1 and any(n.op.traits.sums_edges for n in nodes):
        return "cell"
    return "weights" if any(map(has_weights, nodes)) else "plain"
