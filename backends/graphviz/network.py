"""The diagram of a network: layers and the shapes of their outputs (Che et al., NeurIPS 2022, Figs. 1b and 2)."""

from collections import Counter
from collections.abc import Mapping, Sequence

from spikegraph.analysis.energy import SPIKING, driven
from spikegraph.analysis.layers import owners_of
from spikegraph.backends.graphviz.boxes import Box, Boxes, Role, Wire, Wiring, collapse
from spikegraph.backends.graphviz.closing import close
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.html_labels import shape
from spikegraph.backends.graphviz.layered import LayeredDrawing
from spikegraph.backends.graphviz.node_names import block_titles, blocks_of, short
from spikegraph.backends.graphviz.repetitions import merge_repetitions
from spikegraph.backends.graphviz.theme import Theme
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.types import Kind

NAMED = {Kind.SPIKE: "spikes", Kind.COUNT: "counts", Kind.EVENTS: "events", Kind.REAL: "real values"}

Owners = Mapping[str, str | None]
"""By operation of a lowered graph the layer that it is a part of."""

ORDER = (Kind.SPIKE, Kind.EVENTS, Kind.COUNT, Kind.REAL)
"""Kinds by increasing priority: a wire that carries several is drawn as the last of them."""


def draw(
    outline: Graph, theme: Theme, lowered: Graph | None = None, expand: Sequence[str] = (), notes: Sequence[str] = ()
) -> Drawing:
    """Draws a graph whose nodes are layers, with one box for each line of layers, block, repetition and chain of cells.

    Args:
        outline: The graph.
        theme: The colours.
        lowered: The lowered graph; with it, each layer's operations determine whether the layer multiplies.
        expand: Names of blocks, repetitions, chains and lines whose layers are shown; `all` shows every layer.
        notes: Sentences below the legend.

    Raises:
        NotThereError: A name in `expand` is unknown.
    """
    owners = {} if lowered is None else owners_of(lowered, outline)
    layers = _boxes(outline, _dense(outline, lowered, owners), _kinds(outline, lowered, owners))
    boxes = collapse(merge_repetitions(close(layers, outline, expand, _widest)))
    return LayeredDrawing(outline.name, theme, boxes, "a block", notes)


def _widest(kinds: Sequence[Kind]) -> Kind:
    """The kind that a wire with values of several kinds is drawn as."""
    return max(kinds, key=ORDER.index)


def operand_role(node: Node, index: int) -> Wiring:
    """What the wire of an operand carries."""
    names = node.op.operands
    name = "" if names[0].startswith("*") else names[index]
    return "size" if name == "like" else "before" if name == "prev2" else "main"


def multiplied_kind(node: Node) -> Kind | None:
    """The input kind that makes an operation multiply; None if all that it multiplies has spikes or sums of them on a side."""
    kinds = [v.kind for v in node.operand_values if v.kind not in SPIKING]
    return kinds[0] if kinds and any(driver is None for _, driver in driven(node)) else None


def why_dense(kinds: set[Kind]) -> str:
    """The text for a layer that isn't spike-based, such as `multiplies events`; empty if it is."""
    return f"multiplies {' and '.join(NAMED[k] for k in sorted(kinds))}" if kinds else ""


def _dense(outline: Graph, lowered: Graph | None, owners: Owners) -> dict[str, set[Kind]]:
    """By layer, the kinds that its convolutions multiply."""
    found: dict[str, set[Kind]] = {}
    if lowered is None:
        for node in outline:
            weighted = has_weights(node) or node.op.traits.layer == "cell"
            found[node.name] = {v.kind for v in outline.values(node)[:1]} - set(SPIKING) if weighted else set()
        return found
    multiplied: dict[int, Kind | None] = {}  # by what many nodes share
    for node in lowered:
        if id(node.applied) not in multiplied:
            multiplied[id(node.applied)] = multiplied_kind(node)
        kind, owner = multiplied[id(node.applied)], owners[node.name]
        if kind is not None and owner is not None:
            found.setdefault(owner, set()).add(kind)
    return found


def _kinds(outline: Graph, lowered: Graph | None, owners: Owners) -> dict[tuple[str, str], Kind]:
    """The widest kind between two layers of the lowered graph, where a supernet's trellis outputs weighted sums."""
    found: dict[tuple[str, str], Kind] = {}
    layers = {name: name if name in outline else owner for name, owner in owners.items()}
    for node in lowered or ():
        target = layers[node.name]
        for index, operand in enumerate(node.operands):
            source = layers[operand]
            if source and target and source != target and operand_role(node, index) != "size":
                kind = node.operand_values[index].kind
                found[source, target] = max(kind, found.get((source, target), kind), key=ORDER.index)
    return found


def _boxes(outline: Graph, dense: Mapping[str, set[Kind]], kinds: Mapping[tuple[str, str], Kind]) -> Boxes:
    boxes = Boxes(titles=block_titles(outline))
    ends: dict[str, str] = {}
    for name, end in outline.outputs.items():
        ends[end] = f"{ends[end]}, {name}" if end in ends else name
    for node in outline:
        boxes.add(
            Box(
                key=node.name,
                name=short(node.path) if node.name not in ends else ends[node.name],
                description=node.op.describe(node.value, node.notes),
                shape=shape(node.value),
                role=_role(node, ends),
                dense=why_dense(dense.get(node.name, set())),
                group=blocks_of(node.path),
                tip=f"{node.name}: {node.value}, line {node.span.line}",
                merge_key=None if node.op.traits.source else (node.op, node.value.with_(bound=1), dense.get(node.name)),
            )
        )
        _connect(boxes, node, outline, kinds)
    return boxes


def _role(node: Node, ends: Mapping[str, str]) -> Role:
    if node.name in ends:
        return "output"
    if node.op.traits.source:
        return "input"
    return "cell" if node.op.traits.layer == "cell" else "weights" if has_weights(node) else "plain"


def has_weights(node: Node) -> bool:
    """True if an operation has trainable tensors, itself or after lowering; cells and trellises don't count."""
    return node.op.traits.layer == "weights" or bool(node.leaves)


def _connect(boxes: Boxes, node: Node, outline: Graph, kinds: Mapping[tuple[str, str], Kind]) -> None:
    """Adds the wires into a box: one for each operand, none for sizes."""
    if node.name in outline.carried:
        boxes.connect(Wire(outline.carried[node.name], node.name, node.value.kind, "later"))
    before = Counter[tuple[str, Wiring]]()
    for index, operand in enumerate(node.operands):
        if (role := operand_role(node, index)) != "size":
            kind = kinds.get((operand, node.name), outline.node(operand).value.kind)
            boxes.connect(Wire(operand, node.name, kind, role, before[operand, role]))
            before[operand, role] += 1
