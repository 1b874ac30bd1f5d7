"""`--set` of a param that is a neuron: what it takes, and what the message says of other values."""

import pytest

from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { decay = 0.5 }
neuron soft { reset = soft }
network net {
  param n = lif
  param m = n
  input x : real[1, 8, 8]
  time = 2
  block inner(x) { weights = own
    param o = m
    return x -> conv(3, out = 4) -> o }
  output y = x -> inner -> n
}
"""
HELP = "the neurons are `lif` and `soft`"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "net.sdhs").write_text(SPEC)
    return tmp_path / "net.sdhs"


@pytest.mark.parametrize(
    ("override", "code", "summary", "help"),
    [
        ("net.n=nosuch", "SG0202", "no neuron is called `nosuch`", HELP),
        ("net.n=sof", "SG0202", "no neuron is called `sof`", "did you mean `soft`?"),
        ("net.n=3", "SG0207", "expected a neuron, found the number 3", HELP),
        ("net.m=true", "SG0207", "expected a neuron, found `true`", HELP),
        ("net.inner.o=[1, 2]", "SG0207", "expected a neuron, found a list", HELP),
    ],
)
def test_what_is_no_neuron(path, override, code, summary, help):
    assert [(d.code, d.summary, d.help) for d in Program.read(path, overrides=[override]).check()] == [(code, summary, help)]


@pytest.mark.parametrize("override", ["net.n=soft", "net.m=lif(decay = 0.25)", "net.inner.o=n", "net.inner.o=soft"])
def test_what_is_a_neuron(path, override):
    assert [*Program.read(path, overrides=[override]).check()] == []
