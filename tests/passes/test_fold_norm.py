"""`fold-norm`: the text of the graph before and after; only if nothing else uses the convolution."""

from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.text import print_graph

NETWORK = """
network net {
  input x : real[3, 6, 6]
  a = x -> stem(3, out = 4)
  b = a -> conv(3, out = 4, bias = false)
  c = b -> norm(eps = 0.001)
  output y = c -> lif
  output z = c -> norm
}
"""


def test_plain(small, golden):
    made = small(NETWORK)
    before = made.after("expand-layers")
    golden(print_graph(before), ".before.txt")
    golden(print_graph(made.after("fold-norm", before)), ".after.txt")


def test_a_convolution_that_is_used_elsewhere_keeps_its_norm(small):
    for other in ("output z = b -> lif", "output z = b"):
        made = small(NETWORK.replace("output z = c -> norm", other))
        graph = made.after("expand-layers,fold-norm")
        assert [n.name for n in graph if n.op.name == "norm"] == ["c"]


def test_twice_is_once(small):
    made = small(NETWORK)
    once = made.after("expand-layers,fold-norm")
    assert made.after("fold-norm", once) == once


def test_each_use_of_a_block_is_folded_with_the_same_names(small):
    made = small(
        "network net {\n  input a, b : real[3, 5, 5]\n  block f(x) { return x -> stem(3, out = 4) }\n"
        "  output y = add(f(a), f(b))\n}\n"
    )
    graph = made.after("expand-layers,fold-norm")
    folded = [(n.weights, n.notes["folded"]) for n in graph if isinstance(n.op, Conv)]
    assert folded == [("f.stem.conv", "f.stem.norm")] * 2
