"""A module that comes back as its spec may get another name."""

import re

import pytest
import torch

from spikegraph import from_torch
from spikegraph.backends.torch.exporting.python_module import loaded, written_of
from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { }
network net {
  input x : real[4]
  a = x -> linear(4)
  b = a -> choose(skip = identity, more = linear(4))
  output y = b -> lif
}
genotype net { b = more }
"""


@pytest.mark.unchecked
def test_the_genotype_of_a_network_has_its_other_name():
    program = Program.of_text(SPEC, "net.sdhs").checked()
    built = program.build("retrain")
    written = written_of(program, lower(built.graph, plain=built.plain), "retrain")
    imported = from_torch(loaded(written.module, written.model).eval(), torch.rand(3, 2, 4), name="mine")
    assert imported.exported
    assert re.findall(r"(?m)^(?:network|genotype) \w+", imported.spec) == ["network mine", "genotype mine"]
    assert imported.model().graph.name == "mine"


NUMBERED = """sdhs 1
neuron NAME { }
block cell_NAME(x) { weights = own
  return x -> conv(3, out = 4) -> NAME }
network net {
  input x : real[1, 8, 8]
  time = 2
  output y = x -> cell_NAME -> cell_NAME -> pool
}
"""


@pytest.mark.unchecked
def test_names_that_end_in_a_digit_change_nothing_else():
    found = list[list[str]]()
    for name in ("n", "n2"):
        program = Program.of_text(NUMBERED.replace("NAME", name), "net.sdhs").checked()
        built = program.build("retrain")
        written = written_of(program, lower(built.graph, plain=built.plain), "retrain")
        found.append(list(loaded(written.module, written.model).state_dict()))
    assert found[0] == found[1]
