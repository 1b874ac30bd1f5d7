"""`fold-norm`: the text of the graph before and after; only if nothing else uses the convolution."""

import pytest

from spikegraph.base.errors import PassError
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


SHARED = """
network net {{
  input x : real[4, 5, 5]
{body}
}}
"""
CONV = "  block tied(v) { weights = shared  return v -> conv(3, out = 4, bias = false) }\n"
NORMED = "  block tied(v) { weights = shared  return v -> conv(3, out = 4, bias = false) -> norm }\n"
NORM = "  block same(v) { weights = shared  return v -> norm }\n"
ENDS = {
    "two norms behind one convolution": (
        CONV + "  a = x -> tied -> norm -> lif\n  output y = a -> tied -> norm -> lif",
        {"a.norm", "y.norm"},
    ),
    "a norm behind one of three uses": (
        CONV + "  a = x -> tied -> norm -> lif\n  b = a -> tied -> lif\n  output y = b -> tied -> lif",
        {"a.norm"},
    ),
    "a use whose result is an output": (CONV + "  a = x -> tied -> norm -> lif\n  output y = a -> tied", {"a.norm"}),
    "the norm is in the block too": (NORMED + "  a = x -> tied -> lif\n  output y = a -> tied -> lif", set()),
    "one of the uses is also an output": (NORMED + "  a = x -> tied -> lif\n  output y = a -> tied", set()),
    "weights of their own": (
        CONV.replace("shared", "own") + "  a = x -> tied -> norm -> lif\n  output y = a -> tied -> norm -> lif",
        set(),
    ),
    "one norm behind both uses": (CONV + NORM + "  a = x -> tied -> same -> lif\n  output y = a -> tied -> same -> lif", set()),
    "two convolutions into one norm": (
        NORM + "  a = x -> conv(3, out = 4) -> same -> lif\n  output y = a -> conv(3, out = 4) -> same -> lif",
        set(),
    ),
    "one norm behind a convolution, and alone": (
        NORM + "  a = x -> conv(3, out = 4) -> same -> lif\n  output y = a -> same -> lif",
        {"same@use2.norm"},
    ),
    "nested blocks": (
        CONV
        + "  block outer(v) { weights = shared  return v -> tied -> norm -> lif }\n  a = x -> outer\n  output y = a -> outer",
        set(),
    ),
    "nested blocks, and one more use": (
        CONV
        + "  block outer(v) { weights = shared  a = v -> tied -> norm -> lif  return a -> tied -> lif }\n"
        + "  a = x -> outer\n  output y = a -> outer",
        {"outer@use.a.norm", "outer@use2.a.norm"},
    ),
    "another constant": (
        "  block tied(v) { weights = shared  param e = 0.5  return v -> conv(3, out = 4) -> norm(eps = e) }\n"
        "  a = x -> tied(e = 0.1) -> lif\n  output y = a -> tied(e = 0.2) -> lif",
        {"tied@use.norm", "tied@use2.norm"},
    ),
    "a transposed convolution": (
        CONV.replace("conv(3, ", "transposed(3, ") + "  a = x -> tied -> norm -> lif\n  output y = a -> tied -> norm -> lif",
        {"a.norm", "y.norm"},
    ),
    "a convolution in a loop": (
        CONV + "  a = add(x -> tied -> norm, previous(b) -> tied -> norm) -> lif\n  output b = a -> tied -> lif",
        None,
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_norm_stays_at_all_uses_of_weights_or_at_none(small, name):
    body, stay = ENDS[name]
    before = small(SHARED.format(body=body)).after("expand-layers")
    after = small(SHARED.format(body=body)).after("fold-norm", before)
    norms = {n.name for n in after if n.op.name == "norm"}
    assert norms == ({n.name for n in before if n.op.name == "norm"} if stay is None else stay)
    convs = [n for n in after if n.op.name in ("conv", "transposed")]
    assert len({(n.weights, n.op.bias, n.notes.get("folded")) for n in convs}) == len({n.weights for n in convs})


def test_norms_are_folded_when_composite_operations_are_taken_apart(small):
    """The name of weights is that of a node, which a norm that is gone would leave to the one inside of the stem."""
    made = small(
        "network net {\n  input x : real[3, 5, 5]\n  y = x -> conv(3, out = 4) -> norm -> stem(3, out = 4)\n  output z = y\n}\n"
    )
    message = "pass `fold-norm` needs a graph with no composite operation: `stem` y is not expanded"
    with pytest.raises(PassError, match=message):
        made.after("fold-norm,expand-layers")


@pytest.mark.parametrize(
    ("layer", "folds"),
    [
        ("conv(1, out = 4, bias = false)", True),
        ("conv([1, 1], out = 4, bias = false, padding = [0, 1], sign = inhibitory)", True),
        ("conv(1, out = 4)", False),  # its margin would have the norm of the bias
        ("conv(1, out = 4, bias = false, stride = 2)", False),
        ("conv(3, out = 4, bias = false, padding = 0)", False),
        ("transposed(1, out = 4, bias = false)", False),
    ],
)
def test_a_margin_goes_into_a_padding_of_zeros(small, layer, folds):
    network = f"network net {{\n  input x : real[3, 6, 6]\n  output y = x -> {layer} -> norm(margin = 2) -> lif\n}}\n"
    made = small(network)
    before = made.after("expand-layers")
    after = made.after("fold-norm", before)
    assert [n.op.name for n in after] == ["input", layer.partition("(")[0], *([] if folds else ["norm"]), "lif"]
    assert after.node(after.outputs["y"]).value == before.node(before.outputs["y"]).value
