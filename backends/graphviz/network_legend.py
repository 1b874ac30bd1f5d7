"""Legend entries of diagrams of networks and operations."""

from spikegraph.backends.graphviz.box_style import fill, usual_factor
from spikegraph.backends.graphviz.boxes import Boxes, Wiring
from spikegraph.backends.graphviz.legend import Entry, box_sample, line_sample
from spikegraph.backends.graphviz.theme import Line, Theme, later
from spikegraph.ir.types import Kind

MEANING = {
    Kind.SPIKE: "spikes (0 or 1)",
    Kind.COUNT: "counts (sums of spikes)",
    Kind.EVENTS: "events (−1, 0 or 1)",
    Kind.REAL: "real numbers",
}


def entries(boxes: Boxes, theme: Theme, frame: str = "a block") -> list[Entry]:
    """Entries for the lines and boxes that occur in the diagram; `frame` is what a frame is around."""
    kinds = {w.kind for w in boxes.wires if w.role not in ("size", "later")}
    found = [Entry(line_sample(theme.wire(k)), MEANING[k]) for k in MEANING if k in kinds]
    if _any_role(boxes, "later"):
        found.append(Entry(line_sample(later(theme)), "to the next time step"))
    if _any_role(boxes, "size"):
        found.append(Entry(line_sample(Line(theme.faint, 1, "dotted")), "only its size is used"))
    roles, plain = {b.role for b in boxes.boxes.values()}, Line(theme.muted, 1)
    if "input" in roles:
        found.append(Entry(box_sample(plain, theme.ground), "input"))
    if "weights" in roles:
        found.append(Entry(box_sample(plain, theme.panel, rounded=True), "has weights"))
    if "plain" in roles:
        found.append(Entry(box_sample(plain, theme.ground, rounded=True), "without weights"))
    if "cell" in roles:
        found.append(Entry(box_sample(plain, theme.cell, rounded=True), "cell or trellis"))
    if "output" in roles:
        found.append(Entry(box_sample(Line(theme.muted, 1.6), theme.ground, double=True), "output"))
    several = next((b for b in boxes.boxes.values() if b.count > 1), None)
    if several is not None:
        found.append(Entry(box_sample(plain, fill(several, theme), double=True, rounded=True), "several equal ones in a row"))
    if any(b.group for b in boxes.boxes.values()):
        found.append(Entry(box_sample(Line(theme.faint, 1), theme.ground, rounded=True), f"frame: {frame}"))
    return [*found, *_dense(boxes, theme)]


def _dense(boxes: Boxes, theme: Theme) -> list[Entry]:
    """The entry for boxes that aren't spike-based; on paper it says what they multiply, where they don't."""
    dense = [box for box in boxes.boxes.values() if box.dense]
    if not dense:
        return []
    unless = " unless named" if any(box.dense != usual_factor(boxes) for box in dense) else ""
    text = f"{usual_factor(boxes)}{unless}" if theme.paper else "multiplies"
    return [Entry(box_sample(Line(theme.real, 2.2), fill(dense[0], theme), rounded=True), f"{text}: not spike-based")]


def notes(boxes: Boxes) -> list[str]:
    """Sentences below the entries."""
    before = ["An open arrow is the output of the cell before the last (prev2)."] if _any_role(boxes, "before") else []
    referring = any(box.role == "reference" for box in boxes.boxes.values())
    return [
        *before,
        *(["At a letter in a circle the wire goes on in the part named, at the same letter."] if referring else []),
    ]


def _any_role(boxes: Boxes, role: Wiring) -> bool:
    return any(wire.role == role for wire in boxes.wires)
