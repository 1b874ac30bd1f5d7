"""Overrides of a text that has its imports in their place, where the imports are known by the names of declarations alone."""

import pytest

from spikegraph.program.resolved_text import resolved_text

TEXT = """sdhs 1
neuron stem_lif { }
block enc(x) { weights = own
  return x -> conv(3, out = 4) -> stem_lif }
block lib_enc(x) { weights = shared
  return x -> conv(3, out = 4) -> stem_lif }
network net {
  input x : real[1, 28, 28]
  time = 2
  stem = x -> enc -> conv(3, out = 4) -> stem_lif
  output y = stem -> lib_enc -> pool -> linear(10) -> mean(time)
}
dataset d { source = anything }
retrain net on d { epochs = 1  batch = 2  weights = sgd(lr = 1)  loss = cross_entropy }
"""


@pytest.mark.parametrize(("written", "place"), [("stem.enc", "stem.enc"), ("lib.enc", "lib_enc")])
def test_a_place_in_a_text_that_has_its_imports(written, place, anything):
    """There a name with `_` may be one of an import, but a value of the network is none."""
    override = f"retrain.loss=cross_entropy + 0.1 * spikes(at = {written})"
    text = resolved_text(TEXT, "net.sdhs", overrides=(override,)).checked().text
    assert f"spikes(at = {place})" in text
