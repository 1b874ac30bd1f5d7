"""The picture that belongs to a place: which one, what it marks, and why there is none."""

import re

import pytest

from spikegraph.backends.graphviz import engine
from spikegraph.service.preview import Subject

from .texts import TEXT, opened, place

CELLS = """\
sdhs 1
import "lib/spikedhs.sdhs"

cell feature {
  inputs = [prev2, prev]
  nodes = 2
  candidates = conv_or_skip
  neuron = lif
  keep = 1
}

trellis way {
  cell   = feature
  layers = 2
  levels = 2
}
"""


DECIDED = "sdhs 1\nnetwork net {\n  b1 = x -> choose(a = identity, c = relu)\n}\ngenotype net {\n  b1 = a\n}\n"


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        (CELLS, "keep| =", Subject("cell", "feature")),
        (CELLS, "trellis w|ay", Subject("trellis", "way")),
        (CELLS, "import| ", Subject("network")),
        (TEXT, "return| x", Subject("network", "stage")),
        (TEXT, "b    = a|", Subject("network")),
        (TEXT, "decay| ", Subject("network")),
        (DECIDED, "b1 = a|\n", Subject("network")),
        (CELLS + "genotype feature {\n  n0 = c3(prev)\n}\n", "n0| =", Subject("cell")),
        ("cell c {\n  nodes = |", "= |", Subject("cell", "c")),
        ("network n {\n  block b(x) {\n    y = x -> |", "-> |", Subject("network", "b")),
        ("", "|", Subject("network")),
    ],
    ids=[
        "cell",
        "trellis",
        "import",
        "block",
        "wire",
        "neuron",
        "decisions",
        "genotype",
        "broken cell",
        "broken block",
        "nothing",
    ],
)
def test_a_place_has_a_subject(tmp_path, text, at, expected):
    service, path = opened(tmp_path, text.replace("|", ""), checked=False)
    assert service.subject(path, place(text.replace("|", ""), at)) == expected


def test_a_level_that_is_asked_for_has_the_name_of_its_own_declarations(tmp_path):
    service, path = opened(tmp_path, CELLS, checked=False)
    assert service.subject(path, place(CELLS, "keep| ="), "trellis") == Subject("trellis")
    assert service.subject(path, place(CELLS, "keep| ="), "cell") == Subject("cell", "feature")


def titles(svg):
    """The names of the boxes by the ids of their elements."""
    return dict(re.findall(r'<g id="(node\d+)" class="node">\s*<title>([^<]*)</title>', svg))


def test_the_network_opens_the_block_around_a_place_and_marks_its_wire(tmp_path):
    text = TEXT.replace(
        "  return x -> conv(3, out = W) -> norm -> lif", "  c = x -> conv(3, out = W)\n  return c -> norm -> lif"
    )
    service, path = opened(tmp_path, text, checked=False)
    closed = service.picture(path, Subject("network"))
    assert (closed.title, closed.reason) == ("network", "")
    assert list(titles(closed.svg).values()) == ["image", "a", "b", "logits"]
    shown = service.marks(path, place(text, "b    = a|"), closed.svg)
    assert [titles(closed.svg)[each] for each in shown] == ["b"]
    inside = place(text, "c = x| ->")
    opened_block = service.picture(path, service.subject(path, inside))
    assert opened_block.title == "network, block stage opened"
    marked = [titles(opened_block.svg)[each] for each in service.marks(path, inside, opened_block.svg)]
    assert marked == ["a.c", "b.stage.c"]


def test_a_block_that_nobody_uses_leaves_the_network_closed(tmp_path):
    text = TEXT + "\nblock unused(x) {\n  return x -> norm\n}\n"
    service, path = opened(tmp_path, text, checked=False)
    assert service.picture(path, Subject("network", "unused")).title == "network"


@pytest.mark.parametrize(
    ("text", "wanted", "reason"),
    [
        (TEXT.replace("decay ", "decays"), Subject("network"), "net.sdhs, line 5: unknown key `decays`"),
        (TEXT, Subject("cell", "mine"), "net has no cell (help:"),
        ("sdhs 1\n", Subject("network"), "net.sdhs, line 1: the spec has no network"),
    ],
    ids=["error", "no cells", "no network"],
)
def test_a_reason_is_given_where_there_is_no_picture(tmp_path, text, wanted, reason):
    service, path = opened(tmp_path, text, checked=False)
    found = service.picture(path, wanted)
    assert found.svg == ""
    assert found.reason.startswith(reason)


def test_without_graphviz_the_reason_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(engine.shutil, "which", lambda name: None)
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    service, path = opened(tmp_path, checked=False)
    found = service.picture(path, Subject("network"))
    assert (found.svg, found.reason) == ("", f"Graphviz is not installed (help: {engine.HELP})")
