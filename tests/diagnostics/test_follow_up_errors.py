"""A broken declaration causes no errors in what depends on it; one mistake in two phases is reported once."""

import pytest

from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { decay = 0.25 }
neuron other { decay = 0.5 }
candidates ops { c3 = conv(3) -> norm -> lif }
cell normal { nodes = 2  candidates = ops  neuron = lif }
cell wide like normal { keep = 1 }
trellis grid { cell = wide  layers = 1  levels = 2 }
network net {
  param W = 2
  input image : real[1, 28, 28]
  time = 2
  stem = image -> stem(3, out = 2 * W)
  cells = stem -> chain([normal, wide], width = W) -> grid -> restore(stem, neuron = lif)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
network second {
  input image : real[1, 28, 28]
  output logits = image -> pool -> linear(10)
}
dataset mnist { augment = [] }
search net(W = 2) on mnist {
  epochs = 2  batch = 8  weights = sgd(lr = 0.1)  architecture = sgd(lr = 0.1)  loss = cross_entropy(logits)
}
retrain net(W = 4) on mnist {
  epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits)  stems = lif
  dgs at cells[0].n0, stem { every = 1 }
}
profile small { retrain.epochs = 1  lif.decay = 0.2 }
"""


def found(folder, text):
    (folder / "spec.sdhs").write_text(text)
    return [(d.code, d.span.line, d.summary) for d in Program.read(folder / "spec.sdhs").check()]


def test_the_spec_is_sound(tmp_path):
    assert found(tmp_path, SPEC.replace("cells[0].n0, ", "")) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("neuron lif { decay = 0.25 }", "neuron lif { tau = 2.0 }", "SG0203", 2),
        ("neuron lif { decay = 0.25 }", "neuron lif { decay: 0.25 }", "SG0115", 2),
        ("neuron lif { decay = 0.25 }", "neuron lif { threshold = 0 }", "SG0208", 2),
        ("neuron lif { decay = 0.25 }", "neuron lif { surrogate = dspik }", "SG0313", 2),
        ("neuron lif {", "neurom lif {", "SG0201", 2),
        ("neuron lif {", "neuron lif ", "SG0106", 2),
        ("candidates ops {", "candidates ops", "SG0106", 4),
        ("conv(3)", "conv(0)", "SG0304", 4),
        ("conv(3)", "conv(3, groups = 3)", "SG0304", 4),
        ("conv(3) -> norm", "pool", "SG0312", 4),
        ("cell normal { nodes = 2", "cell normal { nodez = 2", "SG0203", 5),
        ("cell normal { nodes = 2 ", "cell normal { ", "SG0206", 5),
        ("cell normal", "celll normal", "SG0201", 5),
        ("trellis grid {", "trellis grid (", "SG0106", 7),
        ("levels = 2", "levels = 0", "SG0208", 7),
        ("  param W = 2", "  W = 2", "SG0310", 9),
        ("  param W = 2", "  param W = two", "SG0202", 9),
        ("input image", "inpt image", "SG0106", 10),
        ("stem(3, out", "stem(3, aut", "SG0308", 12),
        ("network net", "netwrok net", "SG0201", 8),
        ("dataset mnist {", "dataset mnist", "SG0106", 20),
        ("augment = []", "augmnt = []", "SG0203", 20),
        ("search net(W = 2)", "search nett(W = 2)", "SG0202", 21),
        ("search net(W = 2)", "serach net(W = 2)", "SG0201", 21),
        ("retrain net(W = 4)", "retrain net(w = 4)", "SG0226", 24),
        ("retrain net(W = 4)", "retrian net(W = 4)", "SG0201", 24),
        ("stems = lif", "stems = lief", "SG0202", 25),
        ("epochs = 1  batch = 8", "epochs = 1, batch = 8", "SG0115", 25),
    ],
)
def test_one_mistake_has_one_error(old, new, code, line, tmp_path):
    text = SPEC.replace("cells[0].n0, ", "")
    assert old in text
    assert [(c, at) for c, at, _ in found(tmp_path, text.replace(old, new, 1))] == [(code, line)]


def test_a_missing_import_excuses_unknown_names(tmp_path):
    text = SPEC.replace("cells[0].n0, ", "").replace("neuron lif { decay = 0.25 }", 'import "neurons.sdhs"')
    assert [c for c, _, _ in found(tmp_path, text)] == ["SG0501"]


def test_independent_mistakes_are_all_reported(tmp_path):
    text = SPEC.replace("decay = 0.5", "decay = 5").replace("conv(3)", "conv(0)").replace("W = 4)", "V = 4)")
    assert [(c, at) for c, at, _ in found(tmp_path, text)] == [("SG0208", 3), ("SG0304", 4), ("SG0226", 24)]


def test_a_candidate_is_marked_where_it_is_declared(tmp_path):
    (tmp_path / "spec.sdhs").write_text(SPEC.replace("cells[0].n0, ", "").replace("conv(3)", "conv(3, groups = 3)"))
    (wrong,) = Program.read(tmp_path / "spec.sdhs").check()
    summary = "`conv` can't divide 4 input channels into 3 groups"
    assert (wrong.span.line, wrong.span.column, wrong.summary) == (4, 23, summary)
    assert [(label.span.line, label.text) for label in wrong.labels] == [(13, "the cell is used here")]


def test_a_type_error_shows_where_the_operand_comes_from(tmp_path):
    text = SPEC.replace("cells[0].n0, ", "").replace("cells -> pool ->", "cells -> pool(max)\n  output logits = pooled ->")
    (tmp_path / "spec.sdhs").write_text(text.replace("output logits = cells", "pooled = cells"))
    (wrong,) = Program.read(tmp_path / "spec.sdhs").check()
    assert (wrong.code, wrong.span.line) == ("SG0305", 15)
    assert [(label.span.line, label.text) for label in wrong.labels] == [(14, "this is real[4, 14, 14]")]
