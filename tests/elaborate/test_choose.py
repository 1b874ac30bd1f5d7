"""`choose`: the names and types of branches, nested choices, and what a genotype makes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.graph import Graph
from spikegraph.program.program import Program

HEAD = "sdhs 1\nneuron lif { decay = 0.5  threshold = 1 }\n"
NET = """network net {
  input x : real[3, 8, 8]
  time = 2
  block two(y) {
    a = y -> conv(3, out = 4) -> norm -> lif
    b = a -> choose(skip = identity, c5 = conv(5, out = 4) -> norm -> lif)
    return b
  }
  s  = x -> conv(3, out = 4) -> norm -> lif
  b1 = s -> choose(skip = identity, c3 = conv(3, out = 4) -> norm, t = two)
  b2 = choose(b1, spikes = lif, pooled = pool(max, kernel = 3, stride = 1)) -> pool(max)
  output logits = b2 -> pool -> linear(10) -> mean(time)
}
"""
PLAIN = """network net {
  input x : real[3, 8, 8]
  time = 2
  block two(y) {
    a = y -> conv(3, out = 4) -> norm -> lif
    b = a -> conv(5, out = 4) -> norm -> lif
    return b
  }
  s  = x -> conv(3, out = 4) -> norm -> lif
  b1 = s -> two
  b2 = b1 -> lif -> pool(max)
  output logits = b2 -> pool -> linear(10) -> mean(time)
}
"""
DECIDED = "genotype net { b1 = t  b2.choose = spikes  two.b = c5 }\n"

Write = Callable[[str], Program]


@pytest.fixture
def spec(tmp_path: Path) -> Write:
    def write(text: str) -> Program:
        path = tmp_path / "net.sdhs"
        path.write_text(HEAD + text)
        return Program.read(path)

    return write


def shape(graph: Graph) -> list[object]:
    """What a graph computes, without the names of its nodes."""
    number = {node.name: k for k, node in enumerate(graph)}
    return [(node.op, tuple(number[o] for o in node.operands), node.value) for node in graph]


def test_branches_are_parts_of_the_choice_and_the_result_is_real(spec: Write):
    graph = spec(NET).build("search").space
    assert [n.name for n in graph if n.name.startswith("b")] == [
        "b1.skip",
        "b1.c3.conv",
        "b1.c3",
        "b1",
        "b2.choose.spikes",
        "b2.choose.pooled",
        "b2.choose",
        "b2",
    ]
    assert [str(graph.node(n).value) for n in ("b1.skip", "b1.c3", "two@use.b", "b1")] == [
        "spike[4, 8, 8]",
        "real[4, 8, 8]",
        "real[4, 8, 8]",
        "real[4, 8, 8]",
    ]
    assert {k: p.shape for k, p in architecture_of(graph).items()} == {
        "net.two.b.alpha": (1, 2),
        "net.b1.alpha": (1, 3),
        "net.b2.choose.alpha": (1, 2),
    }


def test_while_it_is_open_it_is_a_weighted_sum(spec: Write):
    graph = spec(NET).build("search").plain
    assert {n.name: (n.op.choice().cell, n.op.choice().edge) for n in graph if n.op.choice()} == {
        "two@use.b": ("net.two.b", 0),
        "b1": ("net.b1", 0),
        "b2.choose": ("net.b2.choose", 0),
    }


def test_a_decided_choice_is_the_network_without_it(spec: Write):
    decided, plain = (spec(text).build("retrain") for text in (NET + DECIDED, PLAIN))
    assert shape(decided.plain) == shape(plain.plain)
    assert shape(decided.outline) == shape(plain.outline)
    assert str(decided.plain.node("two@use.b.c5").value) == "spike[4, 8, 8]"


def test_a_chosen_identity_leaves_no_node_and_the_type_of_its_operand(spec: Write):
    graph = spec(NET + "genotype net { b1 = skip  b2.choose = pooled  two.b = skip }").build("retrain").plain
    assert [n.name for n in graph][:6] == ["x", "s.conv", "s.norm", "s", "b2.choose.pooled", "b2"]
    assert str(graph.node("b2").value) == "spike[4, 4, 4]"


def test_uses_of_a_block_that_shares_weights_share_its_choice(spec: Write):
    twice = NET.replace("b2 = choose(b1,", "u = b1 -> two\n  b2 = choose(u,")
    graph = spec(twice).build("search").space
    assert [n.name for n in graph if n.weights == "two.b"] == ["two@use.b", "two@use2.b"]
    assert architecture_of(graph)["net.two.b.alpha"].shape == (1, 2)
    decided = spec(twice + DECIDED).build("retrain").plain
    assert [n.name for n in decided if n.weights == "two.b.c5"] == ["two@use.b.c5", "two@use2.b.c5"]


def test_a_value_that_only_a_dropped_branch_uses_is_gone_and_an_unused_one_stays(spec: Write):
    text = NET.replace(
        "  b1 =", "  side = s -> conv(1, out = 4) -> norm -> lif\n  unused = s -> conv(1, out = 4)\n  b1 ="
    ).replace("t = two)", "t = two, both = add(side) -> lif)")
    outline = spec(text + DECIDED).build("retrain").outline
    assert "unused" in outline and "side" not in outline


def test_without_a_genotype_the_retraining_says_what_is_open(spec: Write):
    (found,) = spec(NET).check("retrain")
    assert (found.code, found.summary) == ("SG0317", "the choice `two.b` of network `net` is open")
    assert found.help == "write `genotype net { two.b = ... }`, give a file with `--genotype FILE`, or search"
    assert not spec(NET).check().has_errors


def test_partial_refuses_choices_on_wires(spec: Write, anything: None):
    run = (
        "dataset d { source = anything }\nsearch net on d { method = partial(2)  epochs = 1  batch = 2  weights = sgd(lr = 1)  "
    )
    (found,) = spec(NET + run + "architecture = adam(lr = 1)  loss = cross_entropy }").check()
    assert found.code == "SG0604"
    assert found.summary == "`two@use.b` is a choice on a wire, of whose value `partial` can't take a part"


def test_equal_branches_are_a_warning(spec: Write, anything: None):
    more = NET.replace("t = two)", "again = conv(3, out = 4) -> norm, t = two)")
    run = "dataset d { source = anything }\nsearch net on d { warm_up = 1  epochs = 2  batch = 2  weights = sgd(lr = 1)  "
    (found,) = spec(more + run + "architecture = adam(lr = 1)  loss = cross_entropy }").check()
    assert (found.severity, found.code) == ("warning", "SG0901")
    assert found.summary == "branches `c3` and `again` of the choice `b1` are the same operation"


LOOPS = """neuron slow { decay = 0.9  threshold = 1 }
block loop(y) { weights = own
a = add(y, previous(a)) -> norm -> lif
return a }
block other(y) { weights = own
a = add(y, previous(a)) -> norm -> slow
return a }
"""


def test_equal_branches_may_hold_loops_and_wires_of_before(spec: Write, anything: None):
    wires = "  one = s -> conv(3, out = 4) -> lif\n  far = one -> lif\n  b1 = s -> choose("
    branches = "a = loop, b = other, c = loop, d = add(one), e = add(far), f = add(s), g = conv(3, out = 4) -> lif, h = add(s))"
    head, rest = NET.split("  b1 = s -> choose(")
    more = LOOPS + head + wires + branches + rest[rest.index(")\n  b2") + 1 :]
    run = "dataset d { source = anything }\nsearch net on d { warm_up = 1  epochs = 2  batch = 2  weights = sgd(lr = 1)  "
    found = spec(more + run + "architecture = adam(lr = 1)  loss = cross_entropy }").check()
    groups = [d.summary for d in found if d.code == "SG0901"]
    assert groups == [
        "branches `a` and `c` of the choice `b1` are the same operation",
        "branches `f` and `h` of the choice `b1` are the same operation",
    ]


def test_a_network_with_choices_needs_a_name_of_its_own(spec: Write):
    cell = "candidates c { a = conv(3)  b = identity }\ncell net { nodes = 1  candidates = c  neuron = lif }\n"
    (found, *_) = spec(cell + NET).check()
    assert found.code == "SG0319"
    assert found.summary == "network `net` has choices and the name of a cell, so `genotype net` could be that of either"


def test_resolved_completes_branches_and_is_the_same_network(spec: Write):
    before = spec(NET)
    text = before.text
    conv = "conv(3, out = 4, stride = 1, bias = true, dilation = 1, groups = 1, sign = any, padding = centred)"
    assert f"c3 = {conv}" in text
    assert "pooled = pool(max, kernel = 3, stride = 1, padding = even)" in text
    path = Path(before.name)
    path.write_text(text)
    assert shape(Program.read(path).build("search").space) == shape(before.build("search").space)
