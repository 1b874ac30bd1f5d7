"""Neurons, candidates and cells in graphs; genotypes of other forms; errors."""

import pytest

from spikegraph.ir.cellspec import CandidateSpec, EdgeStage
from spikegraph.ir.ops.cells import Cell

HINT = "(or load its plug-in: --plugin FILE.py)"

NET = "network net {\n  input x : real[3, 8, 8]\n  output y = x -> chain([small], width = 2)\n}\n"


def cell_of(made):
    (op,) = [n.op for n in made.space if isinstance(n.op, Cell)]
    return op.cell


def test_a_cell_in_full(small):
    cell = cell_of(small(NET, mix="membrane", keep=1))
    assert (cell.name, cell.inputs, cell.nodes, cell.mix, cell.keep) == ("small", ("prev2", "prev"), 2, "membrane", 1)
    assert cell.edges == (("n0", ("prev2", "prev")), ("n1", ("prev2", "prev", "n0")))
    assert cell.edge_list() == (("n0", "prev2"), ("n0", "prev"), ("n1", "prev2"), ("n1", "prev"), ("n1", "n0"))
    assert [c.name for c in cell.candidates] == ["c3", "c5", "skip"]
    assert [(c.skip, None if c.neuron is None else c.neuron.surrogate.b) for c in cell.candidates] == [
        (False, 3),
        (False, 5),
        (True, None),
    ]
    assert [(s.op, s.params) for s in cell.candidate("c3").stages] == [("conv", {"kernel": 3}), ("norm", {}), ("lif", {})]
    with pytest.raises(KeyError, match="c7"):
        cell.candidate("c7")
    assert CandidateSpec(name="none", stages=(EdgeStage(op="norm"),)).neuron is None


def test_a_neuron_is_used_with_changes(small):
    made = small(
        "neuron other { decay = 0.5  threshold = 0.25  reset = soft  detach_reset = true  surrogate = triangle }\n"
        "network net {\n  input x : real[3, 8, 8]\n  a = x -> other\n"
        "  output y = a -> other(decay = 0, surrogate = arctan(b = 2))\n}\n"
    )
    assert str(made.space.node("a").op.neuron.surrogate) == "triangle(b = 3)"
    first, second = (made.space.node(n).op.neuron for n in ("a", "y"))
    assert (first.decay, first.threshold, first.reset, first.detach_reset) == (0.5, 0.25, "soft", True)
    assert (second.decay, second.threshold, str(second.surrogate)) == (0, 0.25, "arctan(b = 2)")


def test_a_neuron_must_be_named_where_the_network_has_none(small):
    made = small(
        "neuron other { surrogate = triangle }\n"
        "network net {\n  neuron = none  input x : real[3, 8, 8]\n  output y = x -> stem(3, out = 4)\n}\n"
    )
    help = "write `neuron = ...` here or in the network; declared are `lif` and `other`"
    assert [(c, s, h) for c, _, s, h in made.complaints()] == [("SG0314", "`stem` needs a neuron here", help)]


WRONG = [
    ("zero -> lif", "SG0312", "candidate `c9`: `zero` must be the only stage", "remove it"),
    ("identity -> norm", "SG0312", "candidate `c9`: `identity` must be the only stage", "remove it"),
    (
        "stem(3, out = 2)",
        "SG0307",
        "a candidate can't hold `stem`",
        "it can hold `conv`, `erf`, `exp`, `identity`, `norm`, `pool`, `relu`, `scale`, `sigmoid`, `tanh`, `zero` or `lif`",
    ),
    (
        "add",
        "SG0307",
        "a candidate can't hold `add`",
        "it can hold `conv`, `erf`, `exp`, `identity`, `norm`, `pool`, `relu`, `scale`, `sigmoid`, `tanh`, `zero` or `lif`",
    ),
    ("cnv(3) -> lif", "SG0307", "no operation is called `cnv`", f"did you mean `conv`? {HINT}"),
    ("conv(3, out = 2) -> lif", "SG0308", "`conv` on an edge has no parameter `out`", "the edge sets channels and stride"),
    ("conv(3, bas = true) -> lif", "SG0308", "`conv` on an edge has no parameter `bas`", "did you mean `bias`?"),
    ("conv(0) -> lif", "SG0304", "`kernel` of `conv` is 0, but must be at least 1 and at most 4096", None),
    ("conv(3) -> lif(surrogate = dspik)", "SG0313", "no surrogate is called `dspik`", f"did you mean `dspike`? {HINT}"),
    ("conv(3) -> lif(decay = 2)", "SG0304", "`decay` of a neuron is 2, but must be at least 0 and at most 1", None),
    ("conv(3) -> lif(surrogate = dspike(b = 0))", "SG0304", "`b` of surrogate `dspike` is 0, but must be above 0", None),
    ("conv(3) -> lif(surrogate = dspike(c = 1))", "SG0308", "surrogate `dspike` has no parameter `c`", "it has `b`"),
]


@pytest.mark.parametrize(("pipeline", "code", "summary", "help"), WRONG, ids=[w[0] for w in WRONG])
def test_candidates_that_cant_serve_an_edge(small, pipeline, code, summary, help):
    made = small(
        f"candidates more {{\n  c9 = {pipeline}\n}}\ncell other like small {{ candidates = more }}\n"
        + NET.replace("[small]", "[other]")
    )
    assert [(c, s, h) for c, _, s, h in made.complaints()] == [(code, summary, help)]


def test_groups_that_do_not_divide_are_reported_where_the_cell_is_used(small):
    made = small(
        "candidates more {\n  c4 = conv(3, groups = 5) -> lif\n}\ncell other like small { candidates = more }\n"
        + NET.replace("[small]", "[other]")
    )
    assert [(c, s) for c, _, s, _ in made.complaints()] == [("SG0304", "`conv` can't divide 3 input channels into 5 groups")]
