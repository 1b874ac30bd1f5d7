"""Repetitions of a block in diagrams: one frame for those that are equal."""

import pytest

from spikegraph.backends.graphviz import network
from spikegraph.backends.graphviz.repetitions import merge_repetitions

NET = """
block layer(x) {{ weights = own
  param out = 4
  a = x -> conv(3, out = out) -> norm -> lif
  return add(a, x) }}
block pair(x) {{ weights = own
  return x -> repeat(layer, 2) -> relu }}
network net {{
  input x : real[4, 8, 8]
  l = x -> repeat({block}, {times})
  output y = {end} -> pool
}}
"""


@pytest.fixture
def boxes(small):
    def made(block="layer", times=3, end="l"):
        outline = small(NET.format(block=block, times=times, end=end)).build("search").outline
        return merge_repetitions(network._boxes(outline, {}, {}))

    return made


def test_equal_repetitions_are_one_frame(boxes):
    found = boxes(times=5)
    assert list(found.boxes) == ["x", "l[0].a.conv", "l[0].a.norm", "l[0].a", "l[0].add", "y"]
    assert {box.group for box in found.boxes.values()} == {(), ("l[0]",)}
    assert found.titles["l[0]"] == "l[0] … l[4]: 5 × layer"
    assert [(w.source, w.target) for w in found.wires][-2:] == [("x", "l[0].add"), ("l[0].add", "y")]


def test_repetitions_of_repetitions(boxes):
    found = boxes(block="pair", times=2)
    assert [key for key in found.boxes if key.startswith("l")] == [
        "l[0].layer[0].a.conv",
        "l[0].layer[0].a.norm",
        "l[0].layer[0].a",
        "l[0].layer[0].add",
        "l[0].relu",
    ]
    assert (found.titles["l[0]"], found.titles["l[0].layer[0]"]) == ("l[0] … l[1]: 2 × pair", "layer[0] … layer[1]: 2 × layer")


def test_a_result_in_the_middle_is_drawn_from_the_frame(boxes):
    found = boxes(end="add(l[0], l[2])")
    assert ("l[0].add", "y.add") in [(w.source, w.target) for w in found.wires]
