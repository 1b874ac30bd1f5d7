"""`expand-layers`: the text of the graph before and after; doubling in restores; names of parts."""

import pytest

from spikegraph.base.errors import PassError
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.layers import doublings
from spikegraph.ir.text import print_graph

pytestmark = pytest.mark.usefixtures("anything")

LAYERS = """
network net {
  input left, right : events[2, 9, 12]
  a = left -> stem(3, out = 3, stride = 3)
  b = right -> stem(3, out = 3, stride = 3)
  v = cost_volume(a, b, planes = 4)
  c = v -> stem(3, out = 6, stride = 2)
  s = c -> restore(v, out = 1, last = membrane)
  output d = s -> subpixel(step = 2, support = 1)
}
"""

CLASSIFIER = """
network net {
  input x : real[3, 7, 7]
  time = 2
  a = x -> stem(3, out = 4)
  aux = a -> auxiliary(classes = 3, channels = 2, features = 5)
  output y = a -> pool -> linear(3) -> mean(time)
}
dataset data { source = anything }
retrain net on data {
  epochs = 1  batch = 1  weights = sgd(lr = 0.1)
  loss = cross_entropy(y) + 0.4 * cross_entropy(aux)
}
"""


def test_stereo(small, golden):
    made = small(LAYERS)
    golden(print_graph(made.space), ".before.txt")
    golden(print_graph(made.after("expand-layers")), ".after.txt")


def test_auxiliary(small, golden):
    built = small(CLASSIFIER).build("retrain", "expand-layers")
    golden(print_graph(built.space), ".before.txt")
    golden(print_graph(built.plain), ".after.txt")


@pytest.mark.parametrize(
    ("size", "target", "steps"),
    [
        ((5,), (5,), 0),
        ((44, 58), (87, 116), 1),
        ((22, 29), (87, 116), 2),
        ((11,), (87,), 3),
        ((3, 44), (3, 87), 1),
        ((9,), (33,), 2),
    ],
)
def test_how_often_a_size_is_doubled(size, target, steps):
    assert doublings(size, target) == steps


def test_a_restore_over_two_levels_halves_its_channels_on_the_way(small):
    made = small("network net {\n  input x : spike[8, 3, 3]\n  input to : spike[3, 11, 12]\n  output y = x -> restore(to)\n}\n")
    graph = made.after("expand-layers")
    shapes = {n.name: n.value.shape for n in graph if n.op.name != "input"}
    assert shapes == {
        "y.0.up": (8, 5, 5),  # odd n to 2 n - 1
        "y.0.conv": (4, 5, 5),
        "y.0.norm": (4, 5, 5),
        "y.0.lif": (4, 5, 5),
        "y.1.up": (4, 11, 12),
        "y.1.conv": (3, 11, 12),
        "y.1.norm": (3, 11, 12),
        "y": (3, 11, 12),
    }


def test_a_restore_has_its_convolution_also_where_nothing_is_upsampled(small):
    made = small("network net {\n  input x : spike[4, 5, 5]\n  output y = x -> restore(x)\n}\n")
    graph = made.after("expand-layers,insert-resize")
    assert [n.name for n in graph] == ["x", "y.0.conv", "y.0.norm", "y"]


@pytest.mark.parametrize(
    ("pipe", "names"),
    [
        ("conv(3, out = 4) -> stem(3, out = 4)", ["y.conv", "y.conv2", "y.norm", "y"]),
        ("norm -> stem(3, out = 4)", ["y.norm", "y.conv", "y.norm2", "y"]),
        ("stem(3, out = 4) -> stem(3, out = 4)", ["y.stem.conv", "y.stem.norm", "y.stem", "y.conv", "y.norm", "y"]),
        ("conv(3, out = 4) -> conv(3, out = 4) -> stem(1, out = 2)", ["y.conv", "y.conv2", "y.conv3", "y.norm", "y"]),
    ],
)
def test_parts_have_names_of_their_own(small, pipe, names):
    made = small(f"network net {{\n  input x : real[3, 5, 5]\n  output y = x -> {pipe}\n}}\n")
    graph = made.after("expand-layers")
    assert [n.name for n in graph if n.op.name != "input"] == names


def test_parts_of_a_blocks_uses_share_their_names(small):
    made = small(
        "network net {\n  input a, b : real[3, 5, 5]\n  block f(x) { return x -> conv(3, out = 4) -> stem(3, out = 4) }\n"
        "  output y = add(f(a), f(b))\n}\n"
    )
    graph = made.after("expand-layers")
    convs = [n.weights for n in graph if isinstance(n.op, Conv)]
    assert convs == ["f.conv", "f.stem.conv"] * 2


def test_a_restore_of_an_open_trellis(small):
    made = small(
        "trellis walk { cell = small  layers = 1  levels = 2 }\n"
        "network net {\n  input x : spike[4, 8, 8]\n  cells = x -> walk\n  output y = cells -> restore(x)\n}\n"
    )
    with pytest.raises(PassError) as told:
        made.after("expand-layers")
    assert (
        told.value.summary
        == "pass `expand-layers` needs a graph with closed levels: `restore` y follows a trellis whose level is open"
    )
    assert told.value.help == "put `expand-layers` after `bind-genotype` or `expand-trellis`"
