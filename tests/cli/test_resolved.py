"""`--emit resolved`: every default is written out, and the text compiles to the same graph."""

from pathlib import Path

import pytest

from spikegraph.program.program import Program

ROOT = Path(__file__).parents[2]
STEREO = ROOT / "specs" / "stereo.sdhs"
GENOTYPE = ROOT / "specs" / "genotypes" / "stereo.sdhs"

TERSE = """
sdhs 1
neuron lif { surrogate = triangle }
candidates few {
  c3   = conv(3) -> norm -> lif(surrogate = arctan)
  p    = pool(max, kernel = 3, stride = 1) -> norm
  skip = identity
}
cell small { nodes = 1  candidates = few  neuron = lif(surrogate = dspike) }
cell other like small { mix = membrane }
network digits {
  param W = 4
  param nearest = 2
  input image : real[3, 32, 32]
  time = 2
  block twice(x, y) {
    a = x -> conv(3, out = 2 * W) -> norm -> lif
    b = concat(y -> conv(1, out = W) -> lif(decay = 0), y -> stem(3, W))
    return add(a, b) -> relu
  }
  first  = image -> stem(3, out = 8)
  second = twice(first, first)
  third  = second -> upsample -> resize(first, mode = bilinear, down = 1, margin = 0)
  cells  = third -> chain([small, other], width = 2 * W)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
"""


def plain(graph):
    """A graph without source locations."""
    nodes = [(n.name, n.op, n.operands, n.value) for n in graph]
    return graph.name, graph.stage, graph.time, graph.neurons, graph.outputs, nodes


def resolved(path, **options):
    return Program.read(path, **options).text


@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
@pytest.mark.parametrize("profile", [None, "sample"])
def test_the_stereo_spec(tmp_path, phase, profile):
    copy = tmp_path / "copy.sdhs"
    copy.write_text(resolved(STEREO, genotype=GENOTYPE, profile=profile))
    before = Program.read(STEREO, genotype=GENOTYPE, profile=profile).build(phase).plain
    assert plain(Program.read(copy).build(phase).plain) == plain(before)


def terse(tmp_path):
    path = tmp_path / "terse.sdhs"
    path.write_text(TERSE)
    return path


def test_a_spec_that_leaves_out_all_it_can(tmp_path):
    path = terse(tmp_path)
    copy = tmp_path / "copy.sdhs"
    copy.write_text(resolved(path))
    assert plain(Program.read(copy).build("search").plain) == plain(Program.read(path).build("search").plain)


def test_writing_out_twice_changes_nothing(tmp_path):
    for path in (STEREO, terse(tmp_path)):
        once = resolved(path)
        copy = tmp_path / "once.sdhs"
        copy.write_text(once)
        assert resolved(copy) == once


@pytest.mark.parametrize(
    "line",
    [
        "surrogate    = triangle(b = 3)",
        "c3 = conv(3, bias = true, dilation = 1, groups = 1, sign = any, padding = centred)",
        "-> lif(surrogate = arctan(b = 3))",
        "pool(max, kernel = 3, stride = 1, padding = even)",
        "neuron       = lif(surrogate = dspike(b = 3))",
        "-> stem(3, out = 8, stride = 1)",
        "y -> stem(3, W, stride = 1)",
        'upsample(scale = 2, mode = "nearest") -> resize(first, mode = bilinear, down = 1, margin = 0)',
        "add(a, b) -> relu",
        "-> pool(kind = global, kernel = 2, stride = 2, padding = even)",
        "-> linear(10, bias = true, autapses = true)",
    ],
)
def test_what_is_written_out(tmp_path, line):
    assert line in resolved(terse(tmp_path))


def test_an_implied_operand_is_named_where_it_can_be(tmp_path):
    assert "subpixel(step = step, support = 2, like = left, scale = 1)" in resolved(STEREO)


def test_on_the_command_line(spikegraph):
    done = spikegraph("compile", STEREO, "--emit", "resolved")
    assert (done.status, done.err) == (0, "")
    assert done.out == resolved(STEREO)
