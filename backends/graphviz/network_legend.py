"""Legend entries of diagrams of networks and operations."""

from spikegraph.backends.graphviz.boxes import Boxes, later
from spikegraph.backends.graphviz.legend import Entry, box_sample, line_sample
from spikegraph.backends.graphviz.theme import Line, Theme
from spikegraph.ir.types import Kind

MEANING = {
    Kind.SPIKE: "spikes (0 or 1)",
    Kind.COUNT: "counts (sums of spikes)",
    Kind.EVENTS: "events (−1, 0 or 1)",
    Kind.REAL: "real numbers",
}


def entries(boxes: Boxes, theme: Theme) -> list[Entry]:
    """Entries for the lines and boxes that occur in the diagram."""
    kinds = {w.kind for w in boxes.wires if w.role not in ("size", "later")}
    found = [Entry(line_sample(theme.wire(k)), MEANING[k]) for k in MEANING if k in kinds]
    if any(w.role == "later" for w in boxes.wires):
        found.append(Entry(line_sample(later(theme)), "to the next time step"))
    if any(w.role == "size" for w in boxes.wires):
        found.append(Entry(line_sample(Line(theme.faint, 1, "dotted")), "only its size is used"))
    roles = {b.role for b in boxes.boxes.values()}
    plain = Line(theme.muted, 1)
    if "weights" in roles:
        found.append(Entry(box_sample(plain, theme.panel), "has weights"))
    if any(b.role == "plain" for b in boxes.boxes.values()) or "input" in roles:
        found.append(Entry(box_sample(plain, theme.ground), "input (square), or without weights"))
    if "output" in roles:
        found.append(Entry(box_sample(Line(theme.muted, 1.6), theme.ground, double=True), "output"))
    if any(b.count > 1 for b in boxes.boxes.values()):
        found.append(Entry(box_sample(plain, theme.cell, double=True), "several equal layers in a row"))
    if any(b.group for b in boxes.boxes.values()):
        found.append(Entry(box_sample(Line(theme.faint, 1), theme.ground), "frame: a block, layer or node"))
    if "cell" in roles:
        found.append(Entry(box_sample(plain, theme.cell), "searched cells"))
    if any(b.dense for b in boxes.boxes.values()):
        found.append(Entry(box_sample(Line(theme.real, 2.2), theme.panel), "multiplies: not spike-based"))
    return found


def notes(boxes: Boxes) -> list[str]:
    """Sentences below the entries."""
    before = "An open arrow is the output of the cell before the last (prev2)."
    return [before] if any(w.role == "before" for w in boxes.wires) else []
