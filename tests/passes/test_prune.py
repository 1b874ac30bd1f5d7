"""`prune`: the text of the graph before and after; operations for losses are kept only for training."""

import pytest

from spikegraph.ir.text import print_graph

pytestmark = pytest.mark.usefixtures("anything")

NETWORK = """
network net {
  input x, unused : real[3, 6, 6]
  a    = x -> stem(3, out = 4)
  dead = a -> stem(3, out = 8)
  end  = dead -> pool -> linear(2)
  side = a -> pool -> linear(3)
  output y = a -> pool -> mean(time)
}
dataset data { source = anything }
retrain net on data {
  epochs = 1  batch = 1  weights = sgd(lr = 0.1)
  loss = cross_entropy(y) + 0.4 * cross_entropy(side)
}
"""


def test_unused(small, golden):
    built = small(NETWORK).build("retrain", "prune")
    golden(print_graph(built.space), ".before.txt")
    golden(print_graph(built.plain), ".after.txt")


@pytest.mark.parametrize(("losses", "kept"), [("true", True), ("false", False)])
def test_what_only_a_loss_needs(small, losses, kept):
    graph = small(NETWORK).build("retrain", f"prune{{losses={losses}}}").plain
    assert ("side" in graph, graph.taps) == (kept, {"side": "side"} if kept else {})
    assert list(graph.inputs()) == ["x", "unused"]
    assert graph.outputs == {"y": "y"}


@pytest.mark.parametrize(("losses", "inputs"), [("true", ["x", "unused", "seen"]), ("false", ["x", "unused"])])
@pytest.mark.parametrize("to", ["seen", "wanted"])
def test_an_input_that_only_a_loss_needs(small, losses, inputs, to):
    """Inputs that nothing needs stay, so that a network takes what it declares."""
    network = NETWORK.replace("  a  ", "  input seen : real[4, 3, 3]\n  a  ").replace(
        "stem(3, out = 4)", "stem(3, out = 4, stride = 2)"
    )
    lines = "show = a -> conv(3, out = 4)\n  wanted = seen -> conv(1, out = 4)\n  side = a"
    network = network.replace("side = a", lines)
    compared = network.replace("cross_entropy(side)", f"cross_entropy(side) + l1(show, to = {to})")
    graph = small(compared).build("retrain", f"prune{{losses={losses}}}").plain
    assert list(graph.inputs()) == inputs
    assert (to in graph.taps) == (losses == "true")
