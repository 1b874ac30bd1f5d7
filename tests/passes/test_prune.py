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
