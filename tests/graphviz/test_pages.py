"""Networks on paper: pages of at most 510 × 650 points with text of at least 6, and letters where wires are cut."""

import re
from pathlib import Path

import pytest

from spikegraph.backends.graphviz.boxes import Box, Boxes, Wire
from spikegraph.backends.graphviz.draw_file import draw
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.page_split import split
from spikegraph.backends.graphviz.references import Parts
from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.cli.entry import run
from spikegraph.ir.types import Kind

from ..sampled import sampled
from .page_geometry import page_of

SPECS = Path(__file__).parents[2] / "specs"
FILES = (*SPECS.glob("*.sdhs"), *SPECS.glob("zoo/*.sdhs"))
NETWORKS = sorted(path.relative_to(SPECS).with_suffix("").as_posix() for path in FILES)
HALF_A_PAGE = ("zoo/spikformer", "zoo/psmnet", "zoo/ddes", "zoo/unet")


def pages(name, *expand):
    """The pages of a network, with its genotype if it has one."""
    genotype = SPECS / Path(name).parent / "genotypes" / f"{Path(name).name}.sdhs"
    known = genotype if genotype.exists() else None
    drawing = draw(SPECS / f"{name}.sdhs", genotype=known, expand=expand, paper=True)
    return [page_of(page.svg()) for page in drawing.pages()]


def faults(found):
    """What is wrong with pages."""
    return [
        fault
        for page in found
        for fault in (
            *page.overlaps(),
            *([("size", page.width, page.height)] if page.width > 510 or page.height > 650 else []),
            *([("text", page.least)] if page.least < 6 else []),
        )
    ]


@pytest.mark.parametrize("name", sampled([name for name in NETWORKS if name not in HALF_A_PAGE], 4))
def test_networks_fit(name):
    assert faults(pages(name)) == []


@pytest.mark.parametrize("name", HALF_A_PAGE)
def test_published_networks_fit_half_a_page(name):
    found = pages(name)
    assert faults(found) == []
    assert len(found) == 1 and found[0].width <= 252


@pytest.mark.parametrize("name", sampled(NETWORKS, 1))
def test_opened_networks_fit_their_pages(name):
    assert faults(pages(name, "all")) == []


@pytest.mark.parametrize("name", ["stereo", "cifar10"])
def test_the_pages_network_pictures_fit(name):
    found = pages(name, "all")
    assert faults(found) == []


def test_files_beside_the_one_named(tmp_path, capsys):
    out = tmp_path / "net.svg"
    assert run(["render", str(SPECS / "zoo" / "spikformer.sdhs"), "--style", "paper", "--expand", "all", "-o", str(out)]) == 0
    files = capsys.readouterr().out.split()
    assert files == [str(tmp_path / f"net-{i}.svg") for i in range(1, len(files) + 1)] and len(files) > 1
    texts = [Path(file).read_text(encoding="utf-8") for file in files]
    assert not out.exists()
    leaving = [{(i, letter) for letter in re.findall(r"<title>to (\w+)</title>", text)} for i, text in enumerate(texts)]
    arriving = [set(re.findall(r"<title>from (\w+)</title>", text)) for text in texts]
    assert {letter for found in leaving for _, letter in found} == set().union(*arriving) != set()


def test_letters_name_the_parts():
    boxes = Boxes()
    for key in "abcd":
        boxes.add(Box(key, key, "", "", "plain"))
    for source, target in ("ab", "ac", "ad", "bc", "cd"):
        boxes.connect(Wire(source, target, Kind.SPIKE))
    first, second, third = (Parts(boxes, ["ab", "c", "d"]).page(number) for number in range(3))
    assert {k: (b.name, b.description) for k, b in first.boxes.items() if b.role == "reference"} == {
        "to A": ("A", "to 2, 3"),
        "to B": ("B", "to 2"),
    }
    assert [(w.source, w.target) for w in second.wires] == [("from A", "c"), ("from B", "c"), ("c", "to C")]
    assert [(b.name, b.description) for b in third.boxes.values()] == [("A", "from 1"), ("C", "from 2"), ("d", "")]
    assert [(w.source, w.target) for w in third.wires] == [("from A", "d"), ("from C", "d")]


class Stated(Drawing):
    """A page as large as its boxes: each has a height of 100 points, and its description widens the page by 8 a character."""

    def __init__(self, boxes, width):
        super().__init__("page", LIGHT)
        self.keys, self.texts = list(boxes.boxes), [box.description for box in boxes.boxes.values()]
        wide, high = 300 + 8 * max(map(len, self.texts)), 100 * len(self.keys)
        self.scale = min(1, width / wide, 650 / high)

    def svg(self):
        return f'<svg width="10pt" height="{100 * len(self.keys) * self.scale}pt"><g transform="scale({self.scale})">'


def test_pages_fit_with_the_numbers_of_all_pages_that_they_lead_to():
    boxes = Boxes()
    for i in range(60):
        boxes.add(Box(str(i), str(i), "", "", "plain"))
        if i:
            boxes.connect(Wire("0", str(i), Kind.SPIKE))
    found = split(boxes, Stated)
    assert [key for page in found for key in page.keys if key.isdigit()] == [str(i) for i in range(60)]
    assert any(len(text) > len("to 2") + 20 for page in found for text in page.texts)
    assert [page.scale for page in found if page.scale * LIGHT.small < 6] == []
