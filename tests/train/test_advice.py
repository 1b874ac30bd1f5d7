"""What an error advises, helps: samples that the training can't take, each with the advice for its kind."""

import math

import pytest
import torch

import spikegraph

SPEC = """\
sdhs 1
neuron act { model = relu }
network net {
  input x : real[1, 8, 8]
  output y = x -> conv(3, out = 4) -> norm -> act -> pool -> linear(2) -> mean(time)
}
dataset own { source = python_steps }
retrain net on own { batch = %d  epochs = 1  weights = sgd(lr = 0.1)  loss = cross_entropy }
"""


def samples(lengths, value=0.5):
    """Samples with a value in all pixels but those of the first column, which are black."""
    return [(torch.full((steps, 1, 8, 8), value).index_fill(-1, torch.tensor(0), 0), k % 2) for k, steps in enumerate(lengths)]


def fit(tmp_path, batch, given):
    path = tmp_path / "net.sdhs"
    path.write_text(SPEC % batch)
    return spikegraph.fit(path, train=given, test=samples([3, 3]), out=tmp_path / "run")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_samples_that_are_not_finite(tmp_path, value):
    """The learning rate isn't the cause."""
    with pytest.raises(spikegraph.DataError) as caught:
        fit(tmp_path, 2, samples([3, 3, 3, 3], value))
    assert "sample 0 of the training set: its sample has numbers that aren't finite" in caught.value.summary
    assert caught.value.help == "remove it, or replace them"
