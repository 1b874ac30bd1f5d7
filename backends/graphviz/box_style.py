"""What a box looks like: its text, its border and its filling."""

from collections import Counter
from collections.abc import Mapping

from spikegraph.backends.graphviz.boxes import Box, Boxes
from spikegraph.backends.graphviz.html_labels import stacked
from spikegraph.backends.graphviz.legend import wrap
from spikegraph.backends.graphviz.placement import text_width
from spikegraph.backends.graphviz.theme import Theme

SCREEN = 240
"""Width in points at which the descriptions of boxes are wrapped on a screen."""


def fill(box: Box, theme: Theme) -> str:
    """The colour inside a box."""
    return {"weights": theme.panel, "cell": theme.cell}.get(box.role, theme.ground)


def attributes_of(box: Box, theme: Theme, usual: str) -> Mapping[str, str]:
    """The attributes of a box's node."""
    lines = _paper_text(box, theme, usual) if theme.paper else _screen_text(box, theme)
    beside = box.shape if _beside(box, theme) else ""
    attributes = {
        "label": stacked(box.name, lines, theme, beside),
        "fillcolor": fill(box, theme),
        "color": theme.real if box.dense else theme.muted,
        "penwidth": ("1.6" if theme.paper else "2.2") if box.dense else "1",
        "margin": "0.05,0.03" if theme.paper else "0.11,0.06",
        **({"height": "0.2"} if theme.paper else {}),
        "tooltip": box.tip or box.name,
        "group": "/".join(box.group) or "network",
    }
    if box.role == "reference":
        return attributes | {"shape": "circle", "style": "filled", "margin": "0"}
    if box.role in ("input", "output"):
        attributes |= {"shape": "box", "style": "filled", "penwidth": "1.6" if box.role == "output" else "1"}
        attributes |= {"peripheries": "2"} if box.role == "output" else {}
    if box.count > 1:
        attributes |= {"peripheries": "2"}
    return attributes


def usual_factor(boxes: Boxes) -> str:
    """What most boxes that aren't spike-based multiply; on paper the legend names it once for all of them."""
    found = Counter(box.dense for box in boxes.boxes.values() if box.dense)
    return found.most_common(1)[0][0] if found else ""


def _screen_text(box: Box, theme: Theme) -> list[tuple[str, str]]:
    """The lines below a box's name, each with its colour."""
    lines = [(part, theme.muted) for part in wrap(_described(box), SCREEN, theme.small)]
    return [*lines, (box.shape, theme.ink), *((part, theme.real) for part in wrap(box.dense, SCREEN, theme.small))]


def _paper_text(box: Box, theme: Theme, usual: str) -> list[tuple[str, str]]:
    """The lines below a box's name, without what the legend or the name's line says."""
    shape = [] if _beside(box, theme) else [(box.shape, theme.ink)]
    description = "" if box.role == "input" else _described(box)
    lines = [(part, theme.muted) for part in wrap(description, theme.room, theme.small)]
    dense = "" if box.dense == usual else box.dense
    return [*shape, *lines, *((part, theme.real) for part in wrap(dense, theme.room, theme.small))]


def _beside(box: Box, theme: Theme) -> bool:
    """True if the shape is on the line of the name, where there is room."""
    width = text_width(box.name, theme.size, bold=True) + text_width(f"  {box.shape}", theme.small)
    return theme.paper and bool(box.shape) and width <= theme.room + 0.6 * theme.size


def _described(box: Box) -> str:
    if box.count == 1:
        return box.description
    first, *others = box.description.split(", ")
    each = box.description if box.block in ("", first) else ", ".join((box.block, first, *others))
    return f"{box.count} × {each}"


def text_room(box: Box, theme: Theme) -> float:
    """The width of a box's text in points."""
    lines = _paper_text(box, theme, "") if theme.paper else _screen_text(box, theme)
    title = text_width(box.name, theme.size, bold=True)
    beside = text_width(f"  {box.shape}", theme.small) if _beside(box, theme) else 0
    return max(title + beside, *(text_width(text, theme.small) for text, _ in lines))
