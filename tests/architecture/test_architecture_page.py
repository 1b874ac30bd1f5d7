"""ARCHITECTURE.md: the picture shows the imports that are allowed, and the table has every package."""

import re
import xml.etree.ElementTree as ET

import pytest
from allowed_imports import ALLOWED
from sources import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PICTURES = ("architecture.svg", "architecture-dark.svg")


def package(row):
    parts = row.split(".")
    return "/".join(parts[: 2 if parts[0] == "backends" else 1])


def reached(pairs):
    """Every pair of names of which the second is reached from the first."""
    after = {}
    for a, b in pairs:
        after.setdefault(a, set()).add(b)
    found = set()
    for start in after:
        left, seen = [start], set()
        while left:
            new = after.get(left.pop(), set()) - seen
            seen |= new
            left += new
        found |= {(start, end) for end in seen - {start}}
    return found


def shown(name):
    """The names in the boxes of a picture, and its arrows in both directions where they have two heads."""
    space = {"svg": "http://www.w3.org/2000/svg"}
    root = ET.fromstring((ROOT / "docs" / "images" / name).read_text(encoding="utf-8"))
    boxes, arrows = set(), set()
    for group in root.iterfind(".//svg:g[@class]", space):
        title = group.findtext("svg:title", namespaces=space)
        if group.get("class") == "node":
            boxes.add(group.findtext("svg:text", namespaces=space))
        elif group.get("class") == "edge":
            a, b = title.replace(".", "/").split("->")
            heads = len(group.findall("svg:polygon", space))
            arrows |= {(a, b)} if heads == 1 else {(a, b), (b, a)}
    return boxes, arrows


ROWS = {package(row) for row in ALLOWED}
USED = {(package(b), package(a)) for a, used in ALLOWED.items() for b in used if package(a) != package(b)}
DRAW = "draw it again: python tools/package_picture.py"


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_shows_what_the_table_allows(name):
    boxes, arrows = shown(name)
    assert boxes == ROWS, DRAW
    assert arrows <= USED, DRAW
    assert reached(arrows) == reached(USED), DRAW


def test_arrows_that_follow_are_left_out():
    """Of 208 pairs of packages a quarter is drawn."""
    assert len(shown(PICTURES[0])[1]) < len(USED) / 3


def test_the_page_shows_both_pictures():
    assert re.findall(r'(?:src|srcset)="docs/images/([\w.-]+)"', PAGE) == [*reversed(PICTURES)]


def test_the_table_has_every_package():
    assert set(re.findall(r"^\| `([\w/]+)` \|", PAGE, re.MULTILINE)) == ROWS, "add or remove a row of the table of packages"


def test_the_page_is_one_page():
    assert len(PAGE.split()) <= 950


def test_what_is_reached():
    assert reached({("a", "b"), ("b", "c"), ("c", "b")}) == {("a", "b"), ("a", "c"), ("b", "c"), ("c", "b")}
