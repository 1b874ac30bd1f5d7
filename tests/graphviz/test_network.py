"""Diagrams of networks: kinds of wires, layers that multiply, chains of equal cells."""

from spikegraph.analysis.layers import owners_of
from spikegraph.backends.graphviz.boxes import Box, Boxes, Wire, collapse
from spikegraph.backends.graphviz.draw_file import draw
from spikegraph.backends.graphviz.network import _boxes, _dense, _kinds
from spikegraph.ir.types import Kind


def contents(built):
    lowered = built.plain, owners_of(built.plain, built.outline)
    return _boxes(built.outline, _dense(built.outline, *lowered), _kinds(built.outline, *lowered))


def box(key, merge_key=None):
    return Box(key, key, "cell", "", "cell", merge_key=merge_key)


def boxes(keys, wires, merge_key="same"):
    made = Boxes()
    for key in keys:
        made.add(box(key, None if key.isupper() else merge_key))
    for wire in wires:
        made.connect(Wire(wire[0], wire[1], Kind.SPIKE, "before" if wire.endswith("2") else "main"))
    return made


def test_where_it_is_not_spike_based(derived):
    shown = contents(derived).boxes
    assert shown["features@left.stem"].dense == ""
    assert shown["features@left.cells[1]"].dense == ""
    assert shown["map"].dense == ""


def test_a_supernet_is_real_inside(searched):
    made = contents(searched)
    assert made.boxes["features@left.cells"].dense == "multiplies real values"
    assert {w.kind for w in made.wires if w.source == "features@left.cells"} == {Kind.REAL}
    assert {w.kind for w in made.wires if w.source == "left"} == {Kind.EVENTS}


def test_outputs_that_are_one_value_are_all_named(small):
    text = "network net { input x : real[4, 8, 8]\n  s = x -> relu\n  output y = s\n  output z = s }"
    outline = small(text).build("search").outline
    assert [box.name for box in _boxes(outline, {}, {}).boxes.values() if box.role == "output"] == ["y, z"]


def test_titles_of_blocks_name_shared_weights(derived):
    made = contents(derived)
    assert made.boxes["features@right.stem"].group == ("features@right",)
    assert made.titles["features@right"] == "features (right), weights shared"


def test_the_cell_before_the_last_has_its_own_arrow(derived):
    into = {(w.source, w.role) for w in contents(derived).wires if w.target == "features@left.cells[1]"}
    assert into == {("features@left.stem", "before"), ("features@left.cells[0]", "main")}


def test_sizes_have_no_wires(derived):
    into = [w.source for w in contents(derived).wires if w.target == "features@left.restore"]
    assert into == ["features@left.cells[2]"]


def test_equal_boxes_in_a_row_become_one():
    made = collapse(boxes("AbcdeE", ["Ab", "bc", "cd", "de", "Ac2", "bd2", "ce2", "eE"]))
    assert list(made.boxes) == ["A", "b", "E"]
    assert (made.boxes["b"].count, made.boxes["b"].name) == (4, "b … e")
    assert [(w.source, w.target) for w in made.wires] == [("A", "b"), ("A", "b"), ("b", "E")]


def test_two_are_not_merged():
    assert list(collapse(boxes("Abc", ["Ab", "bc"])).boxes) == ["A", "b", "c"]


def test_a_chain_with_a_detour_is_not_merged():
    made = boxes("AbcdX", ["Ab", "bc", "cd", "bX", "Xd"])
    assert list(collapse(made).boxes) == ["A", "b", "c", "d", "X"]


def test_sixty_cells_are_one_box(deep):
    for level in ("network", "ops"):
        source = draw(deep, level).source
        assert "cells[0] … cells[59]" in source
        assert "60 × cell" in source
        assert "cells[7]" not in source
