"""Comparisons of genotypes that are one network in other words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spikegraph.backends.graphviz.render import render
from spikegraph.cli.entry import run as spikegraph
from spikegraph.genotype.agreement import agree
from spikegraph.genotype.diff import diff
from spikegraph.program.networks import architecture_of

SPEC = """sdhs 1
neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif(surrogate = dspike(b = 3))
  c5   = conv(3) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}
cell plain { nodes = 2  candidates = some  neuron = lif  mix = MIX }
cell next like plain { }
network net {
  input x : real[3, 8, 8]
  time = 2
  stem  = x -> stem(3, out = 4)
  output logits = stem -> chain([plain, next], width = 2) -> pool -> linear(2) -> mean(time)
}
genotype plain { n0 = A(prev2) + B(prev)  n1 = c3(prev) + C(n0) }
genotype next { n0 = c3(prev2) + c3(prev)  n1 = c3(prev) + skip(n0) }
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, a: str, b: str, c: str, mix: str = "membrane") -> Path:
        path = tmp_path / f"{name}.sdhs"
        text = SPEC.replace("MIX", mix).replace("A(", f"{a}(").replace("B(", f"{b}(").replace("C(", f"{c}(")
        path.write_text(text)
        return path

    return write


def test_operations_that_are_one_are_no_difference(write: Write, capsys: pytest.CaptureFixture[str]):
    first, second = write("first", "c3", "c3", "c3"), write("second", "c3", "c5", "c5")
    assert spikegraph(["diff", str(first), str(second), "--exit-code"]) == 0
    assert capsys.readouterr().out == (
        "first and second are the same architecture\n\n"
        "the same operation once retrained\n"
        "  plain  n0  c3(prev)  is  c5(prev)\n"
        "  plain  n1  c3(n0)    is  c5(n0)\n"
    )
    assert spikegraph(["diff", str(first), str(second), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["same_network"], found["edges"]) == (True, True, [])
    assert found["same_operations"][1] == {"cell": "plain", "node": "n1", "before": "c3(n0)", "after": "c5(n0)"}


def test_of_two_changes_only_the_real_one_counts(write: Write, capsys: pytest.CaptureFixture[str]):
    first, second = write("first", "c3", "c3", "c3"), write("second", "c3", "c5", "skip")
    assert spikegraph(["diff", str(first), str(second), "--exit-code", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["same_network"]) == (False, False)
    assert [(e["node"], e["before"]["operation"], e["after"]["operation"]) for e in found["edges"]] == [("n1", "c3", "skip")]
    assert [e["after"] for e in found["same_operations"]] == ["c5(prev)"]


def test_at_the_spike_they_are_different(write: Write, capsys: pytest.CaptureFixture[str]):
    first, second = write("first", "c3", "c3", "c3", "spike"), write("second", "c3", "c5", "c3", "spike")
    assert spikegraph(["diff", str(first), str(second), "--exit-code"]) == 1
    assert "n0  c3(prev)  ->  c5(prev)  operation" in capsys.readouterr().out


def test_one_network_whose_wiring_has_other_names(write: Write, capsys: pytest.CaptureFixture[str]):
    """Both inputs of the first cell are the stem, so its edges may be exchanged."""
    first, second = write("first", "c3", "skip", "c3"), write("second", "skip", "c3", "c3")
    assert spikegraph(["diff", str(first), str(second), "--exit-code"]) == 0
    assert capsys.readouterr().out.startswith("first and second are the same network: only names differ\n\ncell plain\n")
    third = write("third", "skip", "c5", "c5")
    assert spikegraph(["diff", str(first), str(second), str(third), "--exit-code", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] and found["distances"] == [[0] * 3] * 3


def test_votes_for_one_operation_are_counted_together(write: Write):
    names = ("first", "second", "third")
    of = (("c3", "c3", "c3"), ("c3", "c5", "c5"), ("c5", "skip", "skip"))
    found = agree([architecture_of(write(name, *ops), name) for name, ops in zip(names, of, strict=True)])
    votes = {(v.cell, v.node, str(v.kept)): (len(v.of), v.majority) for v in found.votes if v.cell == "plain"}
    assert votes["plain", "n0", "c3(prev2)"] == (3, True)
    assert votes["plain", "n0", "c3(prev)"] == (2, True)
    assert votes["plain", "n1", "skip(n0)"] == (1, False)
    assert not any("c5" in kept for _, _, kept in votes)
    assert found.distances == ((0, 0, 2), (0, 0, 2), (2, 2, 0))


def test_architectures_that_are_one_network_are_one_choice(write: Write):
    """Both inputs of the first cell are the stem: which edge is on which is no choice."""
    of = (("first", "c3", "skip", "c3"), ("second", "skip", "c3", "c3"), ("third", "c3", "skip", "skip"))
    found = agree([architecture_of(write(*names), names[0]) for names in of])
    votes = {(v.node, str(v.kept)): len(v.of) for v in found.votes if v.cell == "plain" and v.node == "n0"}
    assert votes == {("n0", "c3(prev2)"): 3, ("n0", "skip(prev)"): 3}
    two = diff(found.architectures[0], architecture_of(write("second", "skip", "c3", "c3"), "second"))
    assert "only in" not in render(two).source


def test_a_genotype_alone_has_no_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name, operation in (("a", "c3"), ("b", "c5")):
        (tmp_path / f"{name}.sdhs").write_text(f"sdhs 1\ngenotype plain {{ n0 = {operation}(prev) }}\n")
    assert spikegraph(["diff", str(tmp_path / "a.sdhs"), str(tmp_path / "b.sdhs"), "--exit-code", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["same_network"] is None


def test_only_what_more_than_half_have_is_framed(write: Write):
    """Of three one-vote choices none is a majority, and neither is one of two."""
    three = agree([architecture_of(write(n, "c3", "c3", c, "spike"), n) for n, c in (("a", "c3"), ("b", "c5"), ("c", "skip"))])
    open_ = [str(v.kept) for v in three.votes if v.cell == "plain" and not v.majority]
    assert open_ == ["c3(n0)", "c5(n0)", "skip(n0)"]
    text = render(three).source
    assert "majority: more than half have it" in text and "consensus" not in text
    assert text.count("penwidth=1.6") + text.count('penwidth="1.6"') == sum(v.majority for v in three.votes) == 7
    two = agree([architecture_of(write(n, "c3", "c3", c, "spike"), n) for n, c in (("a", "c3"), ("b", "c5"))])
    assert [v.majority for v in two.votes if str(v.kept) in ("c3(n0)", "c5(n0)")] == [False, False]
