"""`insert-resize`: the text of the graph before and after; nothing where sizes agree."""

import pytest

from spikegraph.ir.text import print_graph

UP = """
trellis walk { cell = small  layers = 2  levels = 2  resize = nearest }
network net {
  input x : spike[2, SIZE]
  cells = x -> walk
  output y = cells -> restore(x)
}
genotype small { n0 = c3(prev2) + c3(prev) }
path walk = [1, 0]
"""
BEFORE = "bind-genotype,expand-cells,expand-layers"


def walk(small, size, resize="nearest"):
    return small(UP.replace("SIZE", size).replace("nearest", resize), nodes=1, candidates="c3")


def test_up(small, golden):
    made = walk(small, "5, 4")
    before = made.after(BEFORE)
    golden(print_graph(before), ".before.txt")
    golden(print_graph(made.after("insert-resize", before)), ".after.txt")


def test_nothing_where_sizes_agree(small):
    graph = walk(small, "1, 1").after(f"{BEFORE},insert-resize")
    assert [n.name for n in graph if n.op.name in ("fit", "resize", "upsample")] == []


def test_only_where_they_differ(small):
    made = walk(small, "5, 4")
    fits = [n.name for n in made.after(BEFORE) if n.op.name == "fit"]
    assert fits == ["cells[1].prev", "y.0.up"]
    graph = made.after(f"{BEFORE},insert-resize")
    assert [(n.name, str(n.value)) for n in graph if n.op.name == "resize"] == [("cells[1].prev", "spike[4, 5, 4]")]
    assert graph.node("y.0.conv").operands == ("cells[1]",)


@pytest.mark.parametrize(("resize", "kind"), [("nearest", "spike"), ("bilinear", "real")])
def test_nearest_keeps_spikes(small, resize, kind):
    graph = walk(small, "5, 4", resize).after(f"{BEFORE},insert-resize")
    (resized,) = [n for n in graph if n.op.name == "resize"]
    assert (resized.op.mode, resized.value.kind) == (resize, kind)  # type: ignore[attr-defined]
