"""Renaming keeps the weights that a spec freezes and the surrogates that it searches, also where stages are numbered."""

import pytest

from spikegraph.ir.weight_names import chosen, tensors_of
from spikegraph.program.program import Program
from spikegraph.program.weight_checks import texts
from spikegraph.service.service import Service

from .texts import place, renamed

LIBRARY = """\
sdhs 1
neuron lif { decay = learn(0.5) }
block basic(x) {
  weights = own
  param n = lif
  a = x -> conv(3, out = 4) -> norm -> n
  return a -> conv(3, out = 4) -> norm -> lif -> conv(1, out = 4) -> lif -> conv(1, out = 4) -> n
}
"""
NETWORK = """\
network net {
  param p = lif
  input image : real[1, 28, 28]
  time = 2
  stem = image -> conv(3, out = 4) -> norm -> lif -> conv(3, out = 4) -> lif -> p -> conv(3, out = 4) -> p
  more = stem -> basic -> basic -> repeat(basic, 2) -> basic
  last = add(stem -> lif, more -> lif) -> lif -> norm
  output logits = last -> pool -> linear(10) -> mean(time)
}
dataset d { source = fashion_mnist_small }
retrain net on d {
  epochs  = 1
  batch   = 8
  weights = adam(lr = 0.01)
  loss    = cross_entropy(logits)
  freeze  = [stem.lif2, stem.p, more.basic, more.basic2.a, more.basic3[1].lif2, last.add.lif2]
  dgs at stem.lif2, more.basic3[0].lif { every = 1 }
}
"""
ALONE = {"net.sdhs": LIBRARY + NETWORK}
BY_NAME = NETWORK.replace(" lif", " lib.lif").replace("basic", "lib.basic")
IMPORTED = {
    "lib.sdhs": LIBRARY,
    "net.sdhs": 'sdhs 1\nimport "lib.sdhs" as lib\n'
    + BY_NAME.replace(".lib.basic", ".lib_basic").replace(".lif2", ".lib_lif2").replace("].lif ", "].lib_lif "),
}


def meaning(folder, files):
    """How many weights a spec has, which of them it freezes, and which neurons it marks, by their places in the network."""
    for name, text in files.items():
        (folder / name).write_text(text)
    program = Program.read(folder / "net.sdhs").checked()
    built = program.build("retrain")
    names = list(tensors_of(built.plain))
    frozen = chosen(texts(program.spec.retrain.freeze), names)
    marked = [k for k, node in enumerate(built.plain) if node.notes.get("dgs")]
    return len(names), [names.index(name) for name in frozen], marked


@pytest.mark.parametrize(
    ("files", "file", "at"),
    [
        (ALONE, "net.sdhs", "neuron li|f"),
        (ALONE, "net.sdhs", "block bas|ic"),
        (ALONE, "net.sdhs", "param p|"),
        (ALONE, "net.sdhs", "param n|"),
        (ALONE, "net.sdhs", "st|em ="),
        (ALONE, "net.sdhs", "  a| ="),
        (ALONE, "net.sdhs", "dgs at stem.lif2|"),
        (IMPORTED, "lib.sdhs", "neuron li|f"),
        (IMPORTED, "lib.sdhs", "block bas|ic"),
        (IMPORTED, "net.sdhs", "as li|b"),
        (IMPORTED, "net.sdhs", "param p|"),
    ],
)
def test_a_renamed_spec_means_the_same(tmp_path, files, file, at):
    before = meaning(tmp_path, files)
    assert before[1]
    assert len(before[2]) == 2
    service = Service()
    for name, text in files.items():
        service.open(tmp_path / name, text)
    edits = service.rename(tmp_path / file, place(files[file], at), "other").edits
    after = renamed(files, edits)
    assert after != files
    assert "other" in after["net.sdhs"]
    assert meaning(tmp_path, after) == before


QUOTED = ALONE["net.sdhs"].replace("freeze  = [", 'freeze  = ["more.bas*", ')


@pytest.mark.parametrize(
    ("at", "new", "pattern"),
    [
        ("block bas|ic", "unit", 'the pattern "more.bas*" at {}:24:14 would mean something else; change it first'),
        ("neuron li|f", "base", 'the pattern "more.bas*" at {}:24:14 would mean something else; change it first'),
        ("block bas|ic", "basis", ""),
        ("neuron li|f", "other", ""),
    ],
)
def test_a_pattern_in_quotes_keeps_its_meaning(tmp_path, at, new, pattern):
    path, service = tmp_path / "net.sdhs", Service()
    service.open(path, QUOTED)
    assert service.rename(path, place(QUOTED, at), new).refused == pattern.format(path)
