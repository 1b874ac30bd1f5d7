"""A trellis whose path is decided feeds any operation; one whose path is open still needs `restore`."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from spikegraph.plugins.targets import lower
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif {{ }}
candidates some {{
  c3   = conv(3) -> norm -> lif
  skip = identity
}}
cell plain {{ nodes = 2  candidates = some  neuron = lif }}
trellis walk {{ cell = plain  layers = 3  levels = 3 }}
network net {{
  input x : real[3, 9, 7]
  s = x -> conv(3, out = 4) -> norm -> lif
  t = s -> walk
  {wires}
}}
"""
GENOTYPE = "genotype plain { n0 = c3(prev2) + skip(prev)  n1 = c3(prev) + c3(n0) }\n"
WIRES = "u = add(t, t -> conv(3, out = 8))  output y = u -> pool -> linear(3)"

Write = Callable[[str], Program]


@pytest.fixture
def spec(tmp_path: Path) -> Write:
    def write(text: str) -> Program:
        (tmp_path / "net.sdhs").write_text(text)
        return Program.read(tmp_path / "net.sdhs")

    return write


@pytest.mark.parametrize(("path", "value"), [("[0, 0, 0]", "spike[4, 9, 7]"), ("[1, 2, 1]", "spike[8, 5, 4]")])
def test_its_value_is_that_of_the_last_level(spec: Write, path: str, value: str):
    wires = WIRES if "8" in value else WIRES.replace("8)", "4)")
    program = spec(SPEC.format(wires=wires) + GENOTYPE + f"path walk = {path}\n").checked()
    space = program.build("retrain").space
    assert str(space.node("t.end").value) == value
    plain = program.build("retrain").plain
    assert str(plain.node("t[2]").value) == value and plain.node("u").operands[0] == "t[2]"


def test_in_the_search_the_path_ends_there(spec: Write):
    program = spec(SPEC.format(wires=WIRES) + "path walk = [1, 2, 1]\n").checked()
    graph = program.build("search").plain
    assert graph.node("u").operands[0] == "t[2,1]"
    assert str(graph.node("u").value) == "real[8, 5, 4]"


def test_without_a_path_it_is_refused(spec: Write):
    found = spec(SPEC.format(wires=WIRES)).check()
    assert {d.code for d in found} == {"SG0303"}


@pytest.mark.parametrize("end", [1, 2])
def test_a_genotype_file_decides_too(spec: Write, tmp_path: Path, end: int):
    open_ = spec(SPEC.format(wires=WIRES.replace("8)", f"{4 << end})")))
    (tmp_path / "genotype.sdhs").write_text(f"sdhs 1\n{GENOTYPE}path walk = [1, 2, {end}]\n")
    bound = open_.with_genotype(tmp_path / "genotype.sdhs").checked()
    assert str(bound.build("retrain").plain.node("t[2]").value).startswith(f"spike[{4 << end}")
    assert open_.check().has_errors


def test_an_output_may_be_the_trellis_itself(spec: Write):
    program = spec(SPEC.format(wires="output y = t -> identity  output z = t") + GENOTYPE + "path walk = [0, 1, 1]\n").checked()
    assert str(program.build("retrain").plain.node("t[2]").value) == "spike[8, 5, 4]"
    model = lower(program.build("retrain").graph, "torch").eval()
    assert model(torch.randn(2, 1, 3, 9, 7))["z"].shape == (2, 1, 8, 5, 4)


def test_restore_is_as_before(spec: Write):
    wires = "output y = t -> restore(s)"
    program = spec(SPEC.format(wires=wires) + GENOTYPE + "path walk = [1, 1, 1]\n").checked()
    assert "t.end" not in program.build("retrain").space
    assert "t.end" not in program.build("search").space
