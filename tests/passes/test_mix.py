"""`mix`: the text of the graph before and after, in both directions; exact reversal, and kept neurons."""

import pytest

from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.text import print_graph
from spikegraph.program.program import Program
from spikegraph.validation.pipelines import validate

NETWORK = """
network net {
  input x : spike[4, 8, 8]
  output y = x -> chain([small], width = 2)
}
genotype small {
  n0 = c5(prev2) + c3(prev)
  n1 = skip(n0) + c5(prev)
}
"""
BOUND = "bind-genotype,expand-cells"


def neurons(graph):
    return {n.name: n.op.neuron.surrogate.b for n in graph if isinstance(n.op, Lif)}


def test_at_the_membrane(small, golden):
    made = small(NETWORK)
    before = made.after(BOUND)
    golden(print_graph(before), ".before.txt")
    golden(print_graph(made.after("mix{at=membrane}", before)), ".after.txt")


def test_open_edges_at_the_membrane(small, golden):
    made = small(NETWORK, nodes=1, candidates="c5 skip")
    text = made.path.read_text(encoding="utf-8")
    made.path.write_text(text[: text.index("genotype small {")], encoding="utf-8")
    before = made.after("expand-cells")
    golden(print_graph(before), ".before.txt")
    golden(print_graph(made.after("mix{at=membrane}", before)), ".after.txt")


def test_back_to_the_spike(small, golden):
    made = small(NETWORK)
    before = made.after(f"{BOUND},mix{{at=membrane}}")
    golden(print_graph(before), ".before.txt")
    golden(print_graph(made.after("mix{at=spike}", before)), ".after.txt")


def test_the_reverse_forgets_the_edges_surrogates(small):
    made = small(NETWORK)
    spike = made.after(BOUND)
    back = made.after("mix{at=membrane},mix{at=spike}", spike)
    assert [n.name for n in back] == [n.name for n in spike]
    edges = {"y[0].n0.prev2.c5.lif", "y[0].n1.prev.c5.lif"}
    assert {k: v for k, v in neurons(spike).items() if v == 5} == dict.fromkeys(edges, 5)
    assert set(neurons(back).values()) == {3}


def test_the_reverse_is_exact_where_the_surrogates_are_the_nodes(small):
    made = small(NETWORK.replace("c5", "c3"))
    spike = made.after(BOUND)
    assert made.after("mix{at=membrane},mix{at=spike}", spike) == spike


@pytest.mark.parametrize("at", ["spike", "membrane"])
def test_twice_is_once(small, at):
    made = small(NETWORK)
    once = made.after(f"{BOUND},mix{{at={at}}}")
    assert made.after(f"mix{{at={at}}}", once) == once


def test_before_the_cells_are_expanded_it_is_their_declaration(small):
    made = small(NETWORK)
    late = made.after(f"{BOUND},mix{{at=membrane}}")
    assert made.after("bind-genotype,mix{at=membrane},expand-cells") == late
    assert made.after("mix{at=membrane},bind-genotype,mix{at=spike},expand-cells") == made.after(BOUND)


OUTSIDE = """
network net {
  input x : real[3, 8, 8]
  a = x -> conv(3, out = 2) -> lif
  output y = a -> chain([small], width = 2)
}
genotype small {
  n0 = c3(prev2)
  n1 = skip(prev)
}
"""


def test_a_neuron_that_a_skip_leads_from_stays(small):
    made = small(OUTSIDE, keep=1)
    graph = made.after(f"{BOUND},mix{{at=membrane}}")
    assert list(neurons(graph)) == ["a", "y[0].n0", "y[0].n1"]
    # Also if the skip is its only user.
    made.path.write_text(made.path.read_text(encoding="utf-8").replace("c3(prev2)", "skip(prev2)"), encoding="utf-8")
    graph = made.after(f"{BOUND},mix{{at=membrane}}")
    assert list(neurons(graph)) == ["a", "y[0].n0", "y[0].n1"]


def test_a_real_value_that_a_skip_leads_from_gets_no_neuron(small):
    made = small(OUTSIDE.replace("-> lif", "-> relu"), keep=1)
    graph = made.after(f"{BOUND},mix{{at=spike}}")
    assert list(neurons(graph)) == ["y[0].n0.prev2.c3.lif", "y[0].n0", "y[0].n1"]
    open_ = made.after("expand-cells,mix{at=spike}")
    assert not any(n.name.endswith("skip.lif") for n in open_)


def test_a_candidate_that_begins_with_a_neuron_gets_another_one(tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text("""sdhs 1
neuron lif { decay = 0.5 }
candidates ops { before = lif -> conv(3) -> norm  between = conv(1) -> lif -> lif -> conv(3) }
cell c { nodes = 1 candidates = ops neuron = lif }
network net {
  input x : real[3, 4, 4]
  time = 2
  output y = x -> chain([c], 3)
}
genotype c { n0 = before(prev2) + between(prev) }
""")
    built = Program.read(path).build("retrain", "bind-genotype,expand-cells,mix{at=spike},expand-layers")
    assert validate(built.space, built.passes).passes
    edges = [n.name.removeprefix("y[0].n0.") for n in built.plain if n.op.name == "lif"][:-1]
    assert edges == [*(f"prev2.before.lif{n}" for n in ("", 2)), *(f"prev.between.lif{n}" for n in ("", 2, 3))]


@pytest.mark.parametrize("at", ["spike", "membrane"])
def test_nodes_that_do_not_fire_keep_their_currents(tmp_path, at):
    path = tmp_path / "net.sdhs"
    path.write_text("""sdhs 1
neuron lif { decay = 0.5 }
candidates ops { before = lif -> conv(3) -> norm  after = conv(3) -> norm -> lif }
cell c { nodes = 2 candidates = ops neuron = none }
network net {
  input x : real[3, 4, 4]
  time = 2
  output y = x -> chain([c], 3)
}
genotype c {
  n0 = after(prev2) + before(prev)
  n1 = before(prev) + before(n0)  # the sum of n0 goes into a neuron, which isn't that of n0
}
""")
    program = Program.read(path)
    plain = program.build("retrain", "bind-genotype,expand-cells").graph
    assert program.build("retrain", f"bind-genotype,expand-cells,mix{{at={at}}}").graph == plain
