"""Networks with their blocks, repetitions, chains and lines of layers as one box each, until they are opened."""

from pathlib import Path

import pytest

from spikegraph.backends.graphviz import network
from spikegraph.backends.graphviz.box_style import _described
from spikegraph.backends.graphviz.closing import close
from spikegraph.backends.graphviz.draw_file import draw
from spikegraph.backends.graphviz.sequence_text import sequence_text
from spikegraph.base.errors import NotThereError

ZOO = Path(__file__).parents[2] / "specs" / "zoo"

NET = """
block pair(x) { weights = own
  return x -> conv(3, out = 4) -> relu }
block both(x, y) { weights = own
  return add(x, y) -> relu }
block tripled(x) { weights = own
  a = x -> conv(1, out = 4)
  return add(a, x, x) }
network net {
  input image : real[4, 8, 8]
  s = image -> conv(3, out = 4) -> norm -> relu
  p = add(s, s -> conv(3, out = 4) -> relu)
  e = p -> repeat(pair, 3)
  d = e -> pool(max) -> pair
  m = both(d, d)
  t = tripled(m)
  q = mul(t, t)
  output y = q -> pool -> linear(2)
}
"""


@pytest.fixture
def boxes(small):
    outline = small(NET).build("search").outline

    def made(*expand):
        return close(network._boxes(outline, {}, {}), outline, expand, network._widest)

    return made


def arrows(found):
    return [(w.source, w.target) for w in found.wires]


def test_each_line_block_and_repetition_is_a_box(boxes):
    found = boxes()
    assert {box.name: (box.count, box.description) for box in found.boxes.values()} == {
        "image": (1, "input, real"),
        "s": (1, "conv 3 × 3, batch norm, ReLU"),
        "p": (1, "conv 3 × 3, ReLU, add"),
        "e[0] … e[2]": (3, "pair"),
        "d": (1, "max pool 2 × 2, pair"),
        "m": (1, "both, 2 layers"),
        "t": (1, "tripled, 2 layers"),
        "q": (1, "product"),
        "y": (1, "global mean, linear"),
    }


def test_a_value_that_is_taken_twice_has_two_arrows(boxes):
    found = arrows(boxes())
    assert found.count(("s", "p")) == 2, "a shortcut around a part of the line"
    assert found.count(("d", "m")) == 2, "two operands of a block"
    assert found.count(("m", "t")) == 1, "one operand of a block, which uses it three times"
    assert found.count(("t", "q")) == 2, "two operands of an operation"
    assert arrows(boxes("all")).count(("t.add", "q")) == 2


@pytest.mark.parametrize(
    ("name", "opened", "closed"),
    [
        ("s", ["s.conv", "s.norm", "s"], ["p", "e", "d"]),
        ("e", ["e[0].conv", "e[1].relu", "e[2].relu"], ["s", "d"]),
        ("e[1]", ["e[1].conv", "e[0]", "e[2]"], ["s", "d"]),
        ("d", ["d.pool", "d.conv", "d.relu"], ["e"]),
        ("pair", ["e[0].conv", "d.pool", "d.conv"], ["s"]),
        ("s.norm", ["s.conv", "s.norm", "s"], ["p"]),
    ],
)
def test_names_open_what_they_name_and_what_is_around_it(boxes, name, opened, closed):
    assert {*opened, *closed} <= boxes(name).boxes.keys()


def test_uses_of_a_block_in_a_row_have_its_name(small):
    text = """
block basic(x) {
  c = x -> conv(3, out = 4) -> norm -> relu
  return add(c, x) }
network net {
  input x : real[4, 8, 8]
  output y = x -> repeat(basic, 3) -> pool
}
"""
    outline = small(text).build("search").outline
    made = network.collapse(close(network._boxes(outline, {}, {}), outline, ["y"], network._widest))
    (box,) = (box for box in made.boxes.values() if box.count > 1)
    assert (box.name, _described(box)) == ("basic", "3 × basic, weights shared, 4 layers")


def test_all_opens_everything(boxes, small):
    assert list(boxes("all").boxes) == [node.name for node in small(NET).build("search").outline]


def test_an_unknown_name(boxes):
    with pytest.raises(NotThereError, match="nothing called `pairs` to expand") as caught:
        boxes("pairs")
    assert caught.value.help == "did you mean `pair`?"


def test_a_line_whose_value_comes_back_stays_open(small):
    """`y` holds the operand of a block whose weights are shared and which is therefore not in it."""
    text = """
network net {
  input x : real[4, 8, 8]
  block f(v) {
    weights = shared
    return v -> conv(3, out = 4) -> relu
  }
  a = f(x)
  output y = add(f(x -> conv(1, out = 4) -> relu), a)
}
"""
    outline = small(text).build("search").outline
    found = close(network._boxes(outline, {}, {}), outline, (), network._widest)
    order = list(found.boxes)
    assert all(order.index(w.source) < order.index(w.target) for w in found.wires)
    assert {"f@x", "y"} <= found.boxes.keys()


def test_a_chain_counts_its_cells():
    text = draw(ZOO.parent / "cifar10.sdhs", phase="search").source
    assert "cells[0] … cells[7]" in text and "6 × cell normal, 2 × cell reduction" in text


def test_published_networks():
    text = draw(ZOO / "spikformer.sdhs").source
    assert "4 × spikformer_encoder" in text and "self_attention" not in text
    assert "self_attention" in draw(ZOO / "spikformer.sdhs", expand=["e"]).source
    text = draw(ZOO / "psmnet.sdhs", expand=["features.l2"]).source
    assert "features@left.l2[0] … l2[14]: 15 × residual" in text or "15 × residual" in text


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["a"], "a"),
        (["a", "a"], "2 × a"),
        (["a", "b", "a", "b"], "2 × (a, b)"),
        (["a", "b", "b", "c"], "a, 2 × b, c"),
        (["a", "b", "a", "c", "a", "b", "c"], "3 × a, 2 × b, 2 × c"),
        (list("abcdefg"), "7 layers"),
    ],
)
def test_lines_as_text(parts, text):
    assert sequence_text(parts) == text
