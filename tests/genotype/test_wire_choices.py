"""Choices on wires in genotype files, decoding, margins, comparisons and spaces."""

from collections import Counter
from math import exp
from pathlib import Path

import numpy as np
import pytest

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.genotype_text import read_canonical
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.architecture import of_spec
from spikegraph.genotype.bindings import rows
from spikegraph.genotype.comparison_text import agreement_text, consensus_text, difference_text
from spikegraph.genotype.decisions import decision_margins
from spikegraph.genotype.diff import diff
from spikegraph.genotype.read import read_architecture
from spikegraph.genotype.searched import decode_architecture, decoded
from spikegraph.genotype.short import short
from spikegraph.ir.architecture import cells_of
from spikegraph.program.program import Program
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.cell_space import CellSpace
from spikegraph.searches.distribution import draw

SPEC = """sdhs 1
neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = some neuron = lif }
network net {
  input x : real[3, 8, 8]
  time = 2
  block two(y) {
    a = y -> conv(3, out = 4) -> norm -> lif
    return a -> choose(skip = identity, c5 = conv(5, out = 4) -> norm -> lif)
  }
  s  = x -> conv(3, out = 4) -> norm -> lif
  b1 = s -> choose(skip = identity, c3 = conv(3, out = 4) -> norm -> lif, t = two)
  output logits = b1 -> chain([plain], width = 4) -> pool -> linear(10) -> mean(time)
}
"""
ONE = """sdhs 1

genotype net {
  two.choose = c5
  b1         = t
}

genotype plain {
  n0 = c3(prev2) + skip(prev)
}
"""
OTHER = ONE.replace("= t", "= c3").replace("skip(prev)", "c3(prev)")
THIRD = ONE.replace("= c5", "= skip")
VALUES = {"net.two.choose.alpha": [[0.1, 0.3]], "net.b1.alpha": [[0.0, 1.0, 2.0]], "plain.alpha": [[1.0, 0.0], [0.0, 0.5]]}


def canonical(text: str) -> str:
    return print_file(parse(SourceFile("a.sdhs", text), Diagnostics()))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    (tmp_path / "net.sdhs").write_text(SPEC)
    return Program.read(tmp_path / "net.sdhs").checked()


def test_a_genotype_file_is_canonical_as_it_is_written(program: Program):
    assert canonical(ONE) == ONE
    found = program.bind(ONE).checked()
    assert found.genotype_text == ONE
    assert Architecture.of(found.spec.genotypes.values()).text() == ONE


def test_the_fast_reader_reads_what_the_parser_reads(program: Program):
    fast = read_canonical(ONE)
    assert fast is not None
    assert fast.cells == of_spec("", program.bind(ONE).checked().spec).cells
    assert fast.cells["net"] == {"two.choose": {"": "c5"}, "b1": {"": "t"}}
    indexed = "sdhs 1\n\ngenotype net {\n  l1[0].b[3] = c5\n}\n"
    assert read_canonical(indexed) is not None
    assert canonical(indexed) == indexed
    assert read_canonical("sdhs 1\n\ngenotype net {\n  b = c5\n  b = c3\n}\n") is None


def test_decoding_takes_the_most_probable_branch_with_its_margin(program: Program):
    space = program.build("search").space
    assert decode_architecture(space, VALUES) == ONE
    margins = decision_margins(space, VALUES, *decoded(space, VALUES))
    z = 1 + exp(1) + exp(2)
    assert margins["net.b1 = t"] == pytest.approx((exp(2) - exp(1)) / z)
    assert margins["net.two.choose = c5"] == pytest.approx((exp(0.2) - 1) / (exp(0.2) + 1))
    assert list(margins)[:2] == ["net.two.choose = c5", "net.b1 = t"]


def test_rows_of_a_supernet(program: Program):
    cells = cells_of(program.build("search").space)
    found = rows(cells, program.bind(ONE).checked().spec.genotypes.values())
    assert found == {"net.two.choose": {0: 1}, "net.b1": {0: 2}, "plain": {0: 0, 1: 1}}


def test_differences_and_agreement(tmp_path: Path):
    files = []
    for name, text in (("one", ONE), ("other", OTHER), ("third", THIRD)):
        (tmp_path / f"{name}.sdhs").write_text(text)
        files.append(read_architecture(tmp_path / f"{name}.sdhs"))
    assert difference_text(diff(*files[:2])) == (
        "one -> other\n\ncell net\n  b1  t  ->  c3  operation\n\ncell plain\n  n0  skip(prev)  ->  c3(prev)  operation\n"
    )
    agreement = agree(files)
    assert consensus_text(agreement) == ONE
    assert agreement.distances == ((0, 2, 1), (2, 0, 3), (1, 3, 0)) and agreement.choices == 4
    assert "net    b1          t           2/3    x    -      x" in agreement_text(agreement)
    assert short(ONE) == "net: two.choose = c5, b1 = t; plain: c3(prev2) skip(prev)"


def test_the_space_has_every_combination(program: Program):
    space = CellSpace.of(program.build("search").space)
    assert space.size == 2 * 3 * 4 == len(space.all()) == len(set(space.all()))
    random = np.random.default_rng(0)
    drawn = Counter(space.draw(random) for _ in range(4800))
    assert len(drawn) == 24 and max(abs(n - 200) for n in drawn.values()) < 60
    start = space.draw(random)
    for _ in range(50):
        changed = space.mutated(start, random)
        assert len(set(start.decisions) ^ set(changed.decisions)) == 2
        start = changed
    assert {d.partition(" = ")[0] for d in start.decisions} == {"net.two.choose", "net.b1", "plain.n0"}


def test_draws_by_the_probabilities_of_alpha(program: Program):
    space, random = CellSpace.of(program.build("search").space), np.random.default_rng(1)
    found = Counter(draw(space, VALUES, random).decisions[1] for _ in range(3000))
    z = 1 + exp(1) + exp(2)
    for k, branch in enumerate(("skip", "c3", "t")):
        assert found[f"net.b1 = {branch}"] / 3000 == pytest.approx(exp(k) / z, abs=0.03)


def test_an_architecture_of_the_space_is_a_network_of_the_spec(program: Program):
    space = CellSpace.of(program.build("search").space)
    for architecture in space.all():
        bound = program.bind(architecture.text()).checked()
        assert Architecture.of(bound.spec.genotypes.values()) == architecture
