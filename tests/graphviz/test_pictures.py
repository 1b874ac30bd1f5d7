"""Pictures are complete and readable, and no texts overlap."""

import re
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations

import pytest

from spikegraph.backends.graphviz import trellis
from spikegraph.backends.graphviz.render import render
from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.diff import diff

from .page_geometry import SVG, Area

KINDS = ("network", "search", "trellis", "beta", "cell", "alpha", "ops", "expanded", "diff", "agreement")


@pytest.fixture
def drawings(derived, searched, alpha, beta):
    first = of_spec("first", derived.spec)
    cell = {"n0": {"prev2": "c3", "prev": "c3"}, "n1": {"n0": "c3", "prev2": "c5"}}
    second = replace(first, name="second", cells={"small": cell}, paths={"way": (0, 1, 0)})
    return {
        "network": lambda: render(derived.outline, lowered=derived.plain),
        "search": lambda: render(searched.outline, lowered=searched.plain),
        "trellis": lambda: render(derived.space, "trellis", paths=first.paths),
        "beta": lambda: render(derived.space, "trellis", paths=first.paths, beta=beta),
        "cell": lambda: render(derived.outline, "cell"),
        "alpha": lambda: render(searched.space, "cell", genotypes=first.cells, alpha=alpha),
        "ops": lambda: render(derived.plain, outline=derived.outline),
        "expanded": lambda: render(derived.plain, outline=derived.outline, expand=["features.cells[0]"], dark=True),
        "diff": lambda: render(diff(first, second)),
        "agreement": lambda: render(agree([first, second, first])),
    }


def texts(root):
    found = []
    for element in root.iter(f"{SVG}text"):
        size, text = float(element.get("font-size")), element.text or ""
        width = 0.45 * size * len(text.strip())
        x, y = float(element.get("x")), float(element.get("y"))
        left = x if element.get("text-anchor") == "start" else x - width / 2
        found.append(Area(text, left, y - 0.6 * size, left + width, y))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_svg(kind, drawings):
    root = ET.fromstring(drawings[kind]().svg())
    assert root.tag == f"{SVG}svg"
    shown = texts(root)
    assert len(shown) > 8, "text is text"
    overlapping = [(a.text, b.text) for a, b in combinations(shown, 2) if a.over(b)]
    assert overlapping == []
    left, top, width, height = map(float, root.get("viewBox").split())
    shift = re.search(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", root.find(f"{SVG}g").get("transform"))
    x, y = map(float, shift.groups())
    cut = [
        t.text
        for t in shown
        if not (left <= t.left + x and t.right + x <= width and top <= t.top + y and t.bottom + y <= height)
    ]
    assert cut == []


@pytest.mark.parametrize("kind", KINDS)
def test_png(kind, drawings):
    data = drawings[kind]().bytes_of("png")
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert 400 < width < 8000
    assert 200 < height < 8000
    assert len(data) > 8000


@pytest.mark.parametrize("kind", ["network", "alpha", "beta", "diff"])
def test_pdf(kind, drawings):
    data = drawings[kind]().bytes_of("pdf")
    assert data.startswith(b"%PDF-")
    assert b"%%EOF" in data[-32:]
    assert len(data) > 8000


@pytest.mark.parametrize(("layers", "levels"), [(1, 1), (1, 4), (5, 2), (9, 4)])
def test_a_trellis_has_level_0_on_top_and_goes_to_the_right(layers, levels):
    path = [min(layer + 1, levels - 1) for layer in range(layers)]
    views = [trellis.view(name, layers, levels, LIGHT, path) for name in ("a", "b")]
    shown = texts(ET.fromstring(trellis.draw(views, LIGHT, name="two", betas=False).svg()))
    for level in range(min(levels, layers + 1) - 1):  # a path goes down by one level per layer
        here, below = ([t.top for t in shown if t.text == f"level {k}"] for k in (level, level + 1))
        assert len(here) == len(below) == 2
        assert all(a < b for a, b in zip(sorted(here), sorted(below), strict=True))
    heads = [next(t.left for t in shown if t.text == head) for head in ("in", *map(str, range(layers)))]
    assert heads == sorted(heads)


def test_a_trellis_of_64_layers_is_drawn_whole():
    view = trellis.view("long", 64, 4, LIGHT, [1, 2, 3, *[3] * 61])
    shown = texts(ET.fromstring(trellis.draw([view], LIGHT, name="long", betas=False).svg()))
    assert {str(layer) for layer in range(64)} <= {t.text for t in shown}
    assert [(a.text, b.text) for a, b in combinations(shown, 2) if a.over(b)] == []
