"""A surrogate's b that is learned: where it can be, and how it is searched beside it."""

import pytest

from spikegraph.ir.surrogates import SurrogateDef, register_surrogate

NETWORK = """
neuron own { surrogate = SURROGATE }
network net {
  input x : real[2, 8, 8]
  time = 2
  a = x -> conv(3, out = 4) -> norm -> own
  b = a -> conv(3, out = 4) -> norm -> lif
  output y = b -> pool -> linear(2) -> mean(time)
}
"""
RETRAIN = """
retrain net on anything { epochs = 5  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy  stems = lif  dgs at PLACE { } }
dataset anything { }
"""


def test_a_surrogate_without_a_derivative_by_b_cannot_learn_it(small, registrations):
    register_surrogate(SurrogateDef("mine", "constant", "b", "a test", lambda x, b: b))
    found = small(NETWORK.replace("SURROGATE", "mine(b = learn(2))")).complaints()
    summary, help = "`b` of surrogate `mine` can't be learned", "write a number: its gradient by `b` isn't known"
    assert found == [("SG0308", 10, summary, help)]


def test_what_is_learned_is_a_weight_and_stays_in_the_text(small):
    graph = small(NETWORK.replace("SURROGATE", "arctan(b = learn(2, per = channel))")).build("retrain").plain
    node = graph.node("a")
    assert str(node.op.neuron.surrogate) == "arctan(b = learn(2, per = channel))"
    assert dict(node.leaves) == {"a": {"temperature": (4,)}}


@pytest.mark.usefixtures("anything")
def test_it_is_not_searched_too(small):
    text = NETWORK.replace("SURROGATE", "dspike(b = learn(3))") + RETRAIN
    assert small(text.replace("PLACE", "b")).complaints() == []
    (found,) = small(text.replace("PLACE", "a")).complaints()
    assert found[0] == "SG0318"
    assert found[2] == "the surrogate of `a` is learned by its gradient, so it isn't searched"
