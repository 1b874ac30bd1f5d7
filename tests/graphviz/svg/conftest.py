"""A reader of SVG pictures: texts with their boxes and grounds, colours and dashes, lines and frames."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import pytest

from ..contrast import contrast


@pytest.fixture
def read():
    """Reads the SVG of a drawing."""
    return lambda drawing: Picture(drawing.svg())


SVG = "{http://www.w3.org/2000/svg}"
SHAPES = (f"{SVG}path", f"{SVG}polygon", f"{SVG}ellipse")
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")

NARROW, WIDE = dict.fromkeys("ijl'", 0.222) | dict.fromkeys("ft.,:;|!()[] -/", 0.3), dict.fromkeys("mMW", 0.85) | {"w": 0.722}
"""Widths of characters in Helvetica, for a font size of 1; others are 0.556, capitals 0.69."""


def text_width(text, size, *, bold=False):
    widths = NARROW | WIDE
    return size * sum(widths.get(c, 0.69 if c.isupper() else 0.556) for c in text) * (1.05 if bold else 1)


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def over(self, other, least=0.5):
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > least and down > least

    def holds(self, x, y, margin=0.0):
        return self.left + margin < x < self.right - margin and self.top + margin < y < self.bottom - margin


@dataclass(frozen=True)
class Text(Box):
    text: str
    size: float
    colour: str
    ground: str


@dataclass(frozen=True)
class Style:
    """What a legend must name: a colour, and whether a line of it is solid, dashed or dotted."""

    colour: str
    dash: str = ""


class Picture:
    """An SVG of Graphviz.

    Attributes:
        width: Width of the picture.
        scale: Factor from the numbers in the SVG to points.
        texts: All texts, with the colour that they are drawn on.
        drawn: Colours and dashes outside of the legend.
        legend: Colours and dashes in the legend.
        frames: Boxes of clusters, by name.
        lines: Points along each edge, with the names of its ends.
    """

    def __init__(self, svg):
        self.root = ET.fromstring(svg)
        self.width = float(self.root.get("width").removesuffix("pt"))
        graph = self.root.find(f"{SVG}g")
        assert graph is not None
        self.scale = float(re.search(r"scale\(([\d.]+)", graph.get("transform")).group(1))
        self.texts, self.drawn, self.legend = [], set(), set()
        self.frames, self.lines, self.boxes = {}, [], {}
        ground = next(e for e in graph if e.tag == f"{SVG}polygon").get("fill")
        self.fills = [(Box(-1e9, -1e9, 1e9, 1e9), ground)]
        for part in graph:
            kind = part.get("class")
            elements = [part] if kind is None else list(part.iter())
            if kind is None and part.tag == f"{SVG}polygon" and part.get("fill") == ground and part.get("stroke") == "none":
                continue
            if kind is None and part.tag == f"{SVG}g":
                elements = list(part.iter())
            if kind == "edge":  # not the arrow head, which is never dashed
                elements = [e for e in elements if e.tag == f"{SVG}path"]
            for element in elements:
                self._read(element, self.legend if kind is None else self.drawn)
            name = part.findtext(f"{SVG}title")
            if kind == "cluster":
                self.frames[name] = self._outline(part)
            if kind == "node" and any(e.tag in SHAPES for e in part.iter()):
                self.boxes[name] = self._outline(part)
            if kind == "edge":
                self.lines.append((*name.split("->"), self._points(part)))
        self.ground = ground

    def _read(self, element, styles):
        tag = element.tag.removeprefix(SVG)
        if tag == "text":
            size, text = float(element.get("font-size")), element.text or ""
            width = text_width(text, size, bold=element.get("font-weight") == "bold")
            x, y = float(element.get("x")), float(element.get("y"))
            left = x if element.get("text-anchor") == "start" else x - width / 2
            middle = (left + width / 2, y - 0.3 * size)
            ground = next(fill for box, fill in reversed(self.fills) if box.holds(*middle))
            box = (left, y - 0.72 * size, left + width, y)
            self.texts.append(Text(*box, text, size * self.scale, element.get("fill", "black"), ground))
        if tag in ("path", "polygon", "polyline", "ellipse"):
            fill, stroke = element.get("fill", "none"), element.get("stroke", "none")
            if fill not in ("none", "transparent"):
                self.fills.append((outline(element), fill))
                styles.add(Style(fill.lower()))
            if stroke not in ("none", "transparent") and float(element.get("stroke-width", "1")) > 0:
                dash = {"5,2": "dashed", "1,5": "dotted"}.get(element.get("stroke-dasharray"), "")
                styles.add(Style(stroke.lower(), dash))

    def too_faint(self, least=4.5):
        """Texts with less contrast to their ground."""
        return [(t.text, t.colour, t.ground) for t in self.texts if contrast(t.colour, t.ground) < least]

    def _outline(self, part):
        return outline(next(e for e in part.iter() if e.tag in SHAPES))

    def _points(self, part):
        path = next(e for e in part.iter() if e.tag == f"{SVG}path")
        given = pairs(path.get("d"))
        found = [given[0]]
        for k in range(0, len(given) - 3, 3):
            found += [bezier(given[k : k + 4], step / 12) for step in range(1, 13)]
        return found


def bezier(p, t):
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return tuple(sum(w * q[i] for w, q in zip(weights, p, strict=True)) for i in (0, 1))


def pairs(text):
    numbers = [float(n) for n in NUMBERS.findall(text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def outline(element):
    if element.tag == f"{SVG}ellipse":
        x, y, a, b = (float(element.get(k)) for k in ("cx", "cy", "rx", "ry"))
        return Box(x - a, y - b, x + a, y + b)
    points = pairs(element.get("d") or element.get("points"))
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))
