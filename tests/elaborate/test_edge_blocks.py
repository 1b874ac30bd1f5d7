"""Candidates that are blocks: the same graph as with their stages written out; errors at the block's lines."""

from pathlib import Path

import pytest

from spikegraph.dsl.printer import print_file
from spikegraph.elaborate.operation_defaults import with_operation_defaults
from spikegraph.program.program import Program

BLOCKS = """
block half(x) {
  weights = own
  param k = 3
  param n = lif
  param spread = 1
  a = x -> conv(k, groups = all, dilation = spread) -> norm
  return a -> n
}

block sep(x) {
  weights = own
  param k = 3
  param n = lif(surrogate = triangle)
  first = x     -> half(k = k, n = n)
  last  = first -> half(k = k)
  return last
}

block shrink(x) {
  weights = own
  param way = 2
  return x -> pool(max, kernel = way + 1, stride = 1, padding = centred)
}
"""

BY_BLOCKS = """
candidates five {
  sep3 = sep
  sep5 = sep(k = 2 + 3, n = lif(surrogate = dspike(b = 5)))
  dil3 = half(spread = 2) -> conv(1) -> norm -> lif
  deep = repeat(half(k = 1), 3)
  max  = shrink(way = 2)
}
cell other { nodes = 2  candidates = five  neuron = lif  preprocess = half(k = 1) -> norm }
"""

WRITTEN_OUT = """
candidates five {
  sep3 = conv(3, groups = all) -> norm -> lif(surrogate = triangle) -> conv(3, groups = all) -> norm -> lif
  sep5 = conv(5, groups = all) -> norm -> lif(surrogate = dspike(b = 5)) -> conv(5, groups = all) -> norm -> lif
  dil3 = conv(3, groups = all, dilation = 2) -> norm -> lif -> conv(1) -> norm -> lif
  deep = conv(1, groups = all) -> norm -> lif -> conv(1, groups = all) -> norm -> lif -> conv(1, groups = all) -> norm -> lif
  max  = pool(max, kernel = 3, stride = 1, padding = centred)
}
cell other { nodes = 2  candidates = five  neuron = lif  preprocess = conv(1, groups = all) -> norm -> lif -> norm }
"""

NET = """
cell down like other { stride = 2 }
network net {
  input x : real[3, 8, 8]
  time = 2
  s = x -> conv(3, out = 8) -> norm -> lif
  output y = s -> chain([other, down], width = 8) -> pool -> linear(10) -> mean(time)
}
"""

GENOTYPES = """
genotype other { n0 = sep3(prev2) + dil3(prev)  n1 = sep5(prev) + deep(n0) }
genotype down { n0 = deep(prev2) + dil3(prev)  n1 = sep5(prev) + max(n0) }
"""


def operations(program, phase):
    return [(n.name, n.op, n.operands, n.value) for n in program.build(phase).plain]


@pytest.mark.parametrize(("more", "phase"), [("", "search"), (GENOTYPES, "retrain"), (GENOTYPES, "deploy")])
def test_the_graph_is_that_of_the_stages(small, more, phase):
    blocks = Program.read(small(BLOCKS + BY_BLOCKS + NET + more).path)
    plain = Program.read(small(WRITTEN_OUT + NET + more).path)
    assert list(blocks.check()) == list(plain.check()) == []
    assert operations(blocks, phase) == operations(plain, phase)


def test_weights_are_named_by_the_stages(small):
    graph = Program.read(small(BLOCKS + BY_BLOCKS + NET + GENOTYPES).path).build("retrain").plain
    of_edge = [n.weights.rpartition(".sep5.")[2] for n in graph if n.leaves and "[0]" in n.weights and ".sep5." in n.weights]
    assert of_edge == ["conv", "norm", "conv2", "norm2"]


@pytest.mark.parametrize("more", ["", GENOTYPES])
def test_the_resolved_text_has_the_blocks_and_the_same_graph(small, more):
    program = Program.read(small(BLOCKS + BY_BLOCKS + NET + more).path)
    text = print_file(with_operation_defaults(program.resolved))
    assert "sep5 = sep(k = 2 + 3, n = lif(surrogate = dspike(b = 5)))" in text
    # No stride, which the edge sets.
    assert "conv(k, groups = all, dilation = spread, bias = true, sign = any, padding = centred)" in text
    Path("again.sdhs").write_text(text, encoding="utf-8")
    again = Program.read(Path("again.sdhs"))
    assert list(again.check()) == []
    phase = "retrain" if more else "search"
    assert operations(program, phase) == operations(again, phase)
    assert print_file(with_operation_defaults(again.resolved)) == text


def test_blocks_of_a_named_import(small):
    Path("lib.sdhs").write_text("sdhs 1\nneuron lif { surrogate = dspike(b = 3) }\n" + BLOCKS, encoding="utf-8")
    body = BY_BLOCKS.replace("sep3 = sep\n", "sep3 = lib.sep\n").replace("sep(k", "lib.sep(k").replace("half(", "lib.half(")
    net = body.replace("shrink(", "lib.shrink(") + NET
    imported = small(net)
    head = imported.path.read_text(encoding="utf-8").replace("sdhs 1\n", 'sdhs 1\nimport "lib.sdhs" as lib\n')
    imported.path.write_text(head, encoding="utf-8")
    assert imported.complaints() == []
    found = [(n.name, n.value) for n in imported.build("search").plain]
    assert found == [(n.name, n.value) for n in small(WRITTEN_OUT + NET).build("search").plain]


def test_blocks_and_cells_of_an_import_keep_their_names_apart(small):
    Path("lib.sdhs").write_text(
        "sdhs 1\nneuron lif { surrogate = dspike(b = 3) }\n"
        + BLOCKS
        + BY_BLOCKS.replace("preprocess = half(k = 1) -> norm", "preprocess = sep"),
        encoding="utf-8",
    )
    net = NET.replace("cell down like other { stride = 2 }\n", "")
    imported = small("block sep(x) { weights = own\n return x -> identity }\n" + net)
    head = imported.path.read_text(encoding="utf-8").replace("sdhs 1\n", 'sdhs 1\nimport "lib.sdhs" as lib\n')
    imported.path.write_text(head.replace("[other, down]", "[lib.other]"), encoding="utf-8")
    assert imported.complaints() == []
    (cell, *_) = [n.op.cell for n in imported.space if n.op.name == "cell"]
    assert [s.op for s in cell.preprocess] == [s.op for s in cell.candidate("sep3").stages]


def test_a_stage_that_does_not_fit_the_edge_is_shown_in_the_block_with_its_uses(small):
    made = small(
        "block divided(x) {\n  weights = own\n  param parts = 5\n  return x -> conv(3, groups = parts) -> lif\n}\n"
        "block around(x) {\n  weights = own\n  return x -> norm -> divided(parts = 3)\n}\n"
        "candidates ours {\n  c4 = norm -> around\n}\ncell other like small { candidates = ours }\n"
        "network net {\n  input x : real[2, 8, 8]\n  output y = x -> chain([other], width = 2)\n}\n"
    )
    (found,) = Program.read(made.path).check()
    lines = made.path.read_text(encoding="utf-8").split("\n")
    shown = [(lines[s.line - 1][s.column - 1 : s.end_column - 1], text) for s, text in marks(found)]
    assert shown == [
        ("conv(3, groups = parts)", "`conv` can't divide 2 input channels into 3 groups"),
        ("divided(parts = 3)", "block `divided` is used here"),
        ("around", "block `around` is used here"),
        ("other", "the cell is used here"),
    ]


def marks(found):
    return [(found.span, found.summary), *((label.span, label.text) for label in found.labels)]


def test_a_use_is_checked_where_the_candidate_names_it(small):
    made = small(BLOCKS + "candidates ours { c3 = sep(k = 3 / 2) }\n" + NET.replace("like other", "like small"))
    (found, *_) = Program.read(made.path).check()
    assert found.code == "SG0304"
    assert [text for _, text in marks(found)][1:] == ["block `half` is used here", "block `sep` is used here"]


def test_many_nested_blocks_end_at_the_limit(small):
    blocks = "block b0(x) { weights = own\n return x -> norm }\n"
    for i in range(30):
        blocks += f"block b{i + 1}(x) {{ weights = own\n return x -> b{i} -> b{i} }}\n"
    net = NET.replace("like other", "like small").replace("[other,", "[small,")
    made = small(blocks + "candidates ours { c3 = b30 }\n" + net)
    assert [(c, s, h) for c, _, s, h in made.complaints()] == [
        ("SG0218", "a pipeline of more than 256 stages", "there may be at most 256")
    ]
