"""Draws boxes in their frames, and the wires between them, for Graphviz to lay out."""

from collections.abc import Sequence
from itertools import pairwise

from spikegraph.backends.graphviz.box_style import attributes_of, text_room, usual_factor
from spikegraph.backends.graphviz.boxes import Box, Boxes, Wire, depths
from spikegraph.backends.graphviz.drawing import Canvas, Drawing
from spikegraph.backends.graphviz.html_labels import font, label
from spikegraph.backends.graphviz.placement import text_width
from spikegraph.backends.graphviz.theme import Theme, later, number

NARROW = 0.4
"""Share of a frame's width from which on its title is beside the last box and not below."""


def layered(theme: Theme) -> dict[str, str]:
    """The attributes of a graph that Graphviz lays out from top to bottom."""
    near = {"ranksep": "0.11", "nodesep": "0.1"} if theme.paper else {"ranksep": "0.3", "nodesep": "0.3"}
    return {"rankdir": "TB", "newrank": "true", "labelloc": "b", **near}


def draw_boxes(drawing: Drawing, boxes: Boxes, theme: Theme) -> None:
    """Adds the boxes, inside their frames, and the wires to a drawing."""
    _level(drawing, boxes, list(boxes.boxes.values()), (), theme)
    inputs = [box.key for box in boxes.boxes.values() if box.role == "input"]
    first = drawing.part("inputs", rank="same")
    for left, right in pairwise(inputs):
        first.link(left, right, style="invis")
    drawing.add(first)
    references = {key for key, box in boxes.boxes.items() if box.role == "reference"}
    for wire in boxes.wires:
        attributes = _wire(wire, theme)
        if references & {wire.source, wire.target}:
            attributes.pop("constraint", None)
        drawing.link(wire.source, wire.target, **attributes)


def _level(canvas: Canvas, boxes: Boxes, here: Sequence[Box], at: tuple[str, ...], theme: Theme) -> None:
    """Adds the boxes in the frame `at`, and the frames inside it.

    A frame's title is in its lower left corner, or in its lower right one if the frame is alone or in the right half, because
    wires leave towards the middle.
    """
    inner: dict[str, list[Box]] = {}
    for box in here:
        if box.group == at:
            canvas.put(box.key, **attributes_of(box, theme, usual_factor(boxes)))
        else:
            inner.setdefault(box.group[len(at)], []).append(box)
    for index, (name, members) in enumerate(inner.items()):
        path = (*at, name)
        title = boxes.titles.get(name, name)
        side = "right" if 2 * index + 1 >= len(inner) else "left"
        parts = title.replace(": ", ":, ").split(", ")
        lines = "".join(f'{font(s, theme.ink, theme.small, bold=True)}<BR ALIGN="{side.upper()}"/>' for s in parts)
        frame = {"style": "rounded", "color": theme.faint, "margin": number(theme.size), "tooltip": title}
        if len(inner) == 1 and _narrow(parts, boxes, members, theme):
            part = canvas.part(f"cluster {'/'.join(path)}", **frame)
            _title_beside(part, f"title {'/'.join(path)}", label(lines), members[-1].key)
        else:
            part = canvas.part(f"cluster {'/'.join(path)}", label=label(lines), labelloc="b", labeljust=side[0], **frame)
        _level(part, boxes, members, path, theme)
        canvas.add(part)


def _narrow(title: Sequence[str], boxes: Boxes, members: Sequence[Box], theme: Theme) -> bool:
    """True if the title of a frame is so wide that the wire out of it would cross the title below its boxes."""
    ranks = depths(boxes, [box.key for box in members])
    beside = max(ranks.count(rank) for rank in ranks)
    room = beside * max(text_room(box, theme) for box in members)
    return max(text_width(part, theme.small, bold=True) for part in title) > NARROW * room


def _title_beside(part: Canvas, key: str, title: str, last: str) -> None:
    """Adds the title of a frame beside its last box, where wires go around it."""
    part.put(key, label=title, shape="none", style="", margin="0.02,0", width="0", height="0", tooltip=key)
    same = part.part(rank="same")
    same.link(last, key, style="invis")
    part.add(same)


def _wire(wire: Wire, theme: Theme) -> dict[str, str]:
    """The attributes of a wire's edge."""
    if wire.role == "size":
        return {"color": theme.faint, "style": "dotted", "penwidth": "1", "arrowhead": "none", "constraint": "false"}
    if wire.role == "later":
        return {**later(theme).attributes(theme.ground), "constraint": "false"}
    drawn = theme.wire(wire.kind).attributes(theme.ground)
    if theme.paper:
        drawn |= {"arrowsize": "0.4"}
    return {**drawn, "arrowhead": "onormal", "weight": "0"} if wire.role == "before" else {**drawn, "weight": "3"}
