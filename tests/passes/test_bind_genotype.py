"""`bind-genotype`: the text of the graph before and after, and errors."""

import pytest

from spikegraph.base.errors import PassError
from spikegraph.ir.ops.cells import Cell
from spikegraph.ir.stage import Stage
from spikegraph.ir.text import print_graph
from spikegraph.passes.bind_genotype import BindGenotype

GENOTYPE = """
genotype small {
  n0 = c3(prev2) + c5(prev)
  n1 = skip(n0) + c3(prev)
}
"""

CHAIN = """
network net {
  input x : real[3, 8, 8]
  stem = x -> stem(3, out = 4)
  output y = stem -> chain([small, small], width = 2)
}
"""

TRELLIS = """
trellis walk { cell = small  layers = 4  levels = 3 }
network net {
  input x : real[3, 8, 8]
  stem  = x -> stem(3, out = 4)
  cells = stem -> walk
  output y = cells -> restore(stem)
}
path walk = [1, 2, 1, 0]
"""


def test_chain(small, golden):
    made = small(CHAIN + GENOTYPE)
    golden(print_graph(made.space), ".before.txt")
    golden(print_graph(made.after("bind-genotype")), ".after.txt")


def test_trellis(small, golden):
    made = small(TRELLIS + GENOTYPE)
    golden(print_graph(made.space), ".before.txt")
    golden(print_graph(made.after("bind-genotype")), ".after.txt")


def test_the_cells_of_a_path_take_the_two_before_whatever_their_level(small):
    graph = small(TRELLIS + GENOTYPE).after("bind-genotype")
    cells = [n for n in graph if isinstance(n.op, Cell)]
    assert [(n.operands, n.op.width, n.op.down) for n in cells if isinstance(n.op, Cell)] == [
        (("stem", "stem", "stem"), 4, 2),  # down: half the size of `prev`
        (("stem", "cells[0]", "cells[0]"), 8, 2),
        (("cells[0]", "cells[1]", "cells[0]"), 4, 1),  # up: the size that level 1 had
        (("cells[1]", "cells[2]", "stem"), 2, 1),
    ]
    assert [n.value.shape for n in cells] == [(8, 4, 4), (16, 2, 2), (8, 4, 4), (4, 8, 8)]
    assert graph.stage is Stage.DERIVED


def test_what_is_not_given(small):
    with pytest.raises(PassError) as told:
        BindGenotype().apply(small(CHAIN).space)
    help = "give a file with `--genotype FILE`, or search with `--train`"
    assert (told.value.code, told.value.summary, told.value.help) == ("SG0317", "cell `small` has no genotype", help)
    graph = small(TRELLIS).space
    with pytest.raises(PassError) as told:
        BindGenotype({"small": ()}).apply(graph)
    assert (told.value.code, told.value.summary) == ("SG0317", "trellis `walk` has no path")


@pytest.mark.parametrize(
    ("network", "before", "op", "choice"),
    [(CHAIN, "expand-cells", "mix", "y[0].n0.prev2"), (TRELLIS, "expand-trellis", "route", "cells[0,0]")],
)
def test_choices_that_are_sums_already(small, network, before, op, choice):
    made = small(network + GENOTYPE)
    with pytest.raises(PassError) as told:
        made.after(f"{before},bind-genotype")
    assert (
        told.value.summary == f"pass `bind-genotype` needs a graph with open choices: `{op}` {choice} is already a weighted sum"
    )
    assert told.value.help == "put `bind-genotype` before `expand-trellis` and `expand-cells`"
    assert told.value.code == "SG0604"
