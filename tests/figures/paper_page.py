"""What a page of a figure shows: its size, its texts with their sizes and places, and its pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
STEP = re.compile(r"(translate|scale|rotate)\(([^)]*)\)")


@dataclass(frozen=True)
class Text:
    """A text, with its height in points and its place on the page."""

    text: str
    size: float
    x: float
    y: float


@dataclass(frozen=True)
class Page:
    """A page; sizes are in points, titles are those of marked points and bars."""

    width: float
    height: float
    texts: tuple[Text, ...]
    titles: tuple[str, ...]
    pictures: int

    @property
    def words(self) -> list[str]:
        return [text.text for text in self.texts]


def page_of(svg: str) -> Page:
    """Reads a page."""
    root = ET.fromstring(svg)
    width, height = (float(root.get(side, "").removesuffix("pt")) for side in ("width", "height"))
    assert root.get("viewBox") == f"0 0 {width:g} {root.get('height', '').removesuffix('pt')}"
    titles = tuple(title.text or "" for title in root.iter(f"{SVG}title"))
    return Page(width, height, tuple(_texts(root, (1.0, 0.0, 0.0), 0.0)), titles, len(list(root.iter(f"{SVG}image"))))


def _texts(element: ET.Element, place: tuple[float, float, float], size: float) -> Iterator[Text]:
    """The texts of an element; `place` is how many points a unit has, and where (0, 0) is."""
    for kind, values in STEP.findall(element.get("transform", "")):
        scale, x, y = place
        numbers = [float(value) for value in re.split(r"[ ,]+", values)]
        if kind == "translate":
            place = (scale, x + scale * numbers[0], y + scale * (numbers[1] if len(numbers) > 1 else 0.0))
        elif kind == "scale":
            assert len(set(numbers)) == 1
            place = (scale * numbers[0], x, y)
    size = float(element.get("font-size", size))
    if element.tag == f"{SVG}text" and (element.text or "").strip():
        scale, x, y = place
        turned = "rotate" in element.get("transform", "")
        at = (0.0, 0.0) if turned else (float(element.get("x", 0)), float(element.get("y", 0)))
        yield Text((element.text or "").strip(), scale * size, x + scale * at[0], y + scale * at[1])
    for child in element:
        yield from _texts(child, place, size)
