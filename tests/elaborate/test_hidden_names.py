"""The edits of SG0325 and SG0326 give a text that means the same, without the warning."""

from pathlib import Path

import pytest

from spikegraph.ir.text import print_graph
from spikegraph.program.program import Program

NEURONS = """\
sdhs 1
neuron lif { }
neuron other { decay = 0.5 }
network net {
  param W = 8
  input image : real[3, 32, 32]
  time = 2
  output logits = image -> stem(3, out = W) -> pool -> linear(10) -> mean(time)
}
"""

BLOCKS = """\
sdhs 1
neuron lif { }
block norm(x) {
  weights = own
  return x -> conv(3, out = 4)
}
network net {
  input image : real[3, 32, 32]
  time = 2
  a = image -> norm -> lif -> repeat(norm, 2)
  b = a -> choose(p = norm -> lif, q = norm)
  output logits = norm(b) -> pool -> linear(10) -> mean(time)
}
"""


def applied(path: Path, text: str) -> tuple[str, str]:
    """The code of the only warning of a text, and the text with its edit."""
    path.write_text(text)
    (found,) = Program.read(path).check()
    (edit,) = found.fixes
    lines = text.splitlines(keepends=True)
    start, end = (
        sum(map(len, lines[: line - 1])) + column - 1
        for line, column in ((edit.span.line, edit.span.column), (edit.span.end_line, edit.span.end_column))
    )
    return found.code, text[:start] + edit.replacement + text[end:]


def graph(path: Path, text: str) -> str:
    path.write_text(text)
    program = Program.read(path)
    assert list(program.check()) == []
    lines = print_graph(program.space("retrain")).splitlines()
    return "\n".join(line.partition(" @ ")[0].replace("norm_block", "norm") for line in lines)


@pytest.mark.parametrize(
    ("text", "code", "written"), [(NEURONS, "SG0325", "neuron = lif"), (BLOCKS, "SG0326", "norm_block(b)")]
)
def test_the_edit_keeps_the_network(text, code, written, tmp_path):
    found, edited = applied(tmp_path / "net.sdhs", text)
    assert found == code
    assert written in edited
    assert "lif" in graph(tmp_path / "net.sdhs", edited)


def test_the_order_matters_only_with_the_warning(tmp_path):
    path, named = tmp_path / "net.sdhs", applied(tmp_path / "net.sdhs", NEURONS)[1]
    first, second = NEURONS.splitlines(keepends=True)[1:3]
    swapped = named.replace(first + second, second + first)
    stems = [line for line in graph(path, named).splitlines() if "stem(" in line]
    assert stems == [line for line in graph(path, swapped).splitlines() if "stem(" in line]


@pytest.mark.parametrize("key", ["neuron = other", "neuron = lif"])
def test_a_named_neuron_is_no_warning(key, tmp_path):
    graph(tmp_path / "net.sdhs", NEURONS.replace("  time = 2", f"  {key}\n  time = 2"))


def test_the_resolved_text_has_no_warning(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text(NEURONS)
    graph(path, Program.read(path).text)
