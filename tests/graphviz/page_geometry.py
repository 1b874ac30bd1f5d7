"""What a diagram's SVG shows where: boxes, titles and texts in points of the page, with the size of the text."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import combinations

SVG = "{http://www.w3.org/2000/svg}"
NARROW = " ijlrtf.,:;|!()[]'-/"
"""Characters that are at most a third as wide as the text is high."""


@dataclass(frozen=True)
class Area:
    """A box, or a text with a low estimate of its width."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def over(self, other):
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.5 and down > 0.5

    def around(self, other):
        return (
            self.left - 0.5 <= other.left
            and other.right <= self.right + 0.5
            and self.top - 0.5 <= other.top
            and other.bottom <= self.bottom + 0.5
        )


@dataclass(frozen=True)
class Page:
    """A page: its size, the boxes, the frames, all texts, and the least size of a text."""

    width: float
    height: float
    boxes: tuple[Area, ...]
    frames: tuple[Area, ...]
    texts: tuple[Area, ...]
    least: float

    def overlaps(self):
        """Boxes over each other, frames that are neither apart nor one in the other, texts over each other or cut."""
        found = [(a.text, b.text) for a, b in combinations(self.boxes, 2) if a.over(b)]
        found += [(a.text, b.text) for a, b in combinations(self.texts, 2) if a.over(b)]
        for a, b in combinations(self.frames, 2):
            found += [(a.text, b.text)] if a.over(b) and not a.around(b) and not b.around(a) else []
        for frame in self.frames:
            found += [(frame.text, b.text) for b in self.boxes if frame.over(b) and not frame.around(b)]
        whole = Area("page", 0, 0, self.width, self.height)
        return found + [("page", a.text) for a in (*self.boxes, *self.frames, *self.texts) if not whole.around(a)]


def page_of(svg):
    """The page that an SVG of Graphviz shows."""
    root = ET.fromstring(svg)
    graph = root.find(f"{SVG}g")
    factor = re.search(r"scale\(([\d.]+)", graph.get("transform"))
    shift = re.search(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", graph.get("transform"))
    scale = float(factor[1]) if factor else 1.0
    place = (scale, float(shift[1]), float(shift[2]))
    parts = {kind: [g for g in root.iter(f"{SVG}g") if g.get("class") == kind] for kind in ("node", "cluster")}
    texts = list(root.iter(f"{SVG}text"))
    return Page(
        float(root.get("width").removesuffix("pt")),
        float(root.get("height").removesuffix("pt")),
        tuple(_outline(g, place) for g in parts["node"] if _points(g)),
        tuple(_outline(g, place) for g in parts["cluster"]),
        tuple(_text(t, place) for t in texts),
        scale * min(float(t.get("font-size")) for t in texts),
    )


def _points(group):
    """The corners of a group's polygons, curves and circles."""
    found = []
    for element in group.iter():
        if element.tag == f"{SVG}ellipse":
            x, y, rx, ry = (float(element.get(name)) for name in ("cx", "cy", "rx", "ry"))
            found += [(x - rx, y - ry), (x + rx, y + ry)]
        text = element.get("points") if element.tag == f"{SVG}polygon" else element.get("d")
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text or "")]
        found += zip(numbers[::2], numbers[1::2], strict=True)
    return found


def _outline(group, place):
    points = [_at(point, place) for point in _points(group)]
    xs, ys = zip(*points, strict=True)
    return Area(group.find(f"{SVG}title").text, min(xs), min(ys), max(xs), max(ys))


def _at(point, place):
    scale, x, y = place
    return scale * (point[0] + x), scale * (point[1] + y)


def _text(element, place):
    size, text = float(element.get("font-size")), (element.text or "").strip()
    width = size * sum(0.25 if c in NARROW else 0.45 for c in text)
    x, y = float(element.get("x")), float(element.get("y"))
    left = x if element.get("text-anchor") == "start" else x - width / 2
    (a, b), (c, d) = _at((left, y - 0.6 * size), place), _at((left + width, y), place)
    return Area(text, a, b, c, d)
