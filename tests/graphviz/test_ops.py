"""Diagrams of lowered operations: layers as boxes, `--expand`, and its error for unknown names."""

import pytest

from spikegraph.backends.graphviz.node_names import block_titles, blocks_of, short, unit_of
from spikegraph.backends.graphviz.render import render
from spikegraph.base.errors import NotThereError
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.types import Kind


def source(built, *expand):
    return render(built.plain, "ops", outline=built.outline, expand=expand).source


def test_layers_are_closed(derived):
    text = source(derived)
    assert '"features@left.stem" [' in text
    assert '"features@left.stem.conv"' not in text
    assert "stem: 3 operations (1 conv, 1 norm, 1 lif)" in text


@pytest.mark.parametrize(
    ("name", "opened", "closed"),
    [
        ("features@left.stem", ["features@left.stem.conv"], ["features@right.stem.conv"]),
        ("features.stem", ["features@left.stem.conv", "features@right.stem.conv"], ["features@left.cells[0].n0"]),
        ("features@left.cells[1]", ["features@left.cells[1].n0.sum"], ["features@left.cells[0].n0.sum"]),
        ("features@left", ["features@left.stem.conv", "features@left.cells[2].n1.sum"], ["features@right.stem.conv"]),
        ("features@left.cells[1].n0", ["features@left.cells[1].n1.sum"], ["features@left.cells[0].n0.sum"]),
        ("all", ["features@left.stem.conv", "features@left.cells[2].n0.sum"], ["features@right.stem.conv"]),
    ],
)
def test_expand(derived, name, opened, closed):
    text = source(derived, name)
    assert [f'"{key}" [' in text for key in opened] == [True] * len(opened)
    assert [f'"{key}" [' in text for key in closed] == [False] * len(closed)


def test_a_node_of_a_cell_has_its_frame(derived):
    text = source(derived, "features@left.cells[0]")
    assert 'subgraph "cluster features@left/features@left.cells[0]/features@left.cells[0]/n0"' in text


def test_an_unknown_name(derived):
    with pytest.raises(NotThereError, match=r"nothing called `features@left\.stm`") as caught:
        source(derived, "features@left.stm")
    assert "features@left.stem" in caught.value.help


def test_positions_of_a_supernet(searched):
    text = source(searched)
    assert '"features@left.cells[1,0]" [' in text
    assert '"features@left.cells" [' not in text


def test_names():
    graph = Graph("net")
    names = ("outer@a.inner@b.cells[1,0]@2.n0.prev.c3.conv", "stem.conv", "f@left.x", "f@right.x", "g@x.y")
    for name in names:
        graph.add(name, Input(kind=Kind.REAL, channels=1, size=()), (), Span("a", 1, 1, 1, 1))
    name = graph.node(names[0]).path
    assert blocks_of(name) == ("outer@a", "outer@a.inner@b")
    assert short(name) == "cells[1,0]@2.n0.prev.c3.conv"
    assert [str(unit_of(graph.node(n), None)) for n in names[:2]] == ["outer@a.inner@b.cells[1,0]", "stem"]
    assert block_titles([graph.node(n) for n in names[2:]]) == {
        "f@left": "f (left), weights shared",
        "f@right": "f (right), weights shared",
        "g@x": "g",
    }
