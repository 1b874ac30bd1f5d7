"""What `check` says of a retraining behind a search: nothing that only some of the networks have which the search may find."""

import pytest

from spikegraph.program.program import Program

START = """\
sdhs 1

neuron lif {
  decay     = 0.5
  surrogate = arctan(b = 3)
}

network net {
  input image : real[1, 28, 28]
  time = 2
"""
RUNS = """
}

dataset mnist {
  augment = []
}

search net on mnist {
  method = evolution(4)
}

retrain net on mnist {
  epochs  = 1
  batch   = 1
  weights = sgd(lr = 0.1)
  loss    = %s
  freeze  = %s
}
"""
AUXILIARY = """
  stem = image -> conv(3, out = 4, stride = 2) -> norm -> lif
  body = stem -> choose(skip = identity, deep = conv(3, out = 4) -> norm -> lif)
  aux  = stem -> pool -> linear(10) -> mean(time)
  output logits = body -> pool -> linear(10) -> mean(time)"""
LOOP = """
  stem = image -> conv(3, out = 4, stride = 2) -> norm
  both = add(stem, previous(back))
  body = both -> choose(skip = identity, deep = conv(3, out = 4) -> norm -> lif)
  back = body -> conv(3, out = 4) -> norm
  output logits = body -> pool -> linear(10) -> mean(time)"""


def text(network, loss="cross_entropy(logits)", freeze="[stem, logits]"):
    return START + network + RUNS % (loss, freeze)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(text(AUXILIARY, "cross_entropy(logits) + cross_entropy(aux)"), id="what a loss names trains always"),
        pytest.param(text(LOOP, freeze="[stem, body, logits]"), id="what a loop carries trains always"),
        pytest.param(text(LOOP, "cross_entropy(logits) + 0.1 * spikes"), id="the last branch has neurons"),
        pytest.param(text(AUXILIARY, freeze="[body, logits]"), id="the stem trains always"),
    ],
)
def test_what_some_networks_train_is_sound(spec):
    assert list(Program.of_text(spec, "net.sdhs").check()) == []


def test_what_no_network_trains_is_refused():
    (found,) = Program.of_text(text(AUXILIARY, freeze="[stem, body, logits]"), "net.sdhs").check()
    assert found.code == "SG0332"
    assert "nothing" in found.summary


@pytest.mark.parametrize("branches", ["skip = identity, deep = identity", "deep = identity, skip = identity"])
def test_what_no_network_has_is_refused_whatever_the_order(branches):
    without = LOOP.replace("skip = identity, deep = conv(3, out = 4) -> norm -> lif", branches)
    found = [d.summary for d in Program.of_text(text(without, "cross_entropy(logits) + 0.1 * spikes"), "net.sdhs").check()]
    assert any("no neurons that fire" in summary for summary in found)
