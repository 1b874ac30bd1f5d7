"""The picture of a neuron: its answers, computed by hand for one, and what can't be drawn."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

import spikegraph
from spikegraph.api.neuron_picture import neuron_picture
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import activation
from spikegraph.meaning.responses import response, suitable_current


def test_an_answer_by_hand():
    found = response(Neuron(decay=0.5, threshold=1.0), np.array([0.6, 0.6, 0.6, 0.6, -1.0]))
    np.testing.assert_allclose(found.potential, [0.6, 0.9, 1.05, 0.6, -0.7], rtol=0, atol=1e-12)
    assert found.spikes.tolist() == [0, 0, 1, 0, 0]
    assert found.threshold.tolist() == [1] * 5


def test_a_current_at_which_it_fires():
    n = Neuron(decay=0.5, threshold=1.0)
    current = suitable_current(n, 60)
    assert np.count_nonzero(response(n, np.full(60, current)).spikes) >= 6
    assert np.count_nonzero(response(n, np.full(60, current / 1.5)).spikes) < 6


def test_every_panel_is_drawn():
    svg = ET.fromstring(neuron_picture({"act": Neuron(decay=0.5, threshold=1.0)}, None))
    words = {text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"potential u", "threshold", "spikes", "dy/du", "Surrogate dspike, b = 3"} <= words
    assert {word.split(" ", 2)[1] for word in words if word.startswith("A ")} == {"step", "ramp"}
    silent = ET.fromstring(neuron_picture({"act": Neuron(decay=0.5, fires=False)}, "act"))
    assert "spikes" not in {text.text for text in silent.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        (None, "there are 2 neurons"),
        ("lat", "no neuron is called `lat`"),
        ("all", "the model `psn` of `all` has all time steps at once"),
    ],
)
def test_what_cant_be_drawn(name, summary):
    psn = Neuron.model_validate({"model": "psn", "constants": [{"name": "bias", "value": -1.0}]})
    assert activation(psn).name == "neuron_over_time"
    with pytest.raises(spikegraph.NotThereError) as error:
        neuron_picture({"lif": Neuron(), "all": psn}, name)
    assert error.value.summary == summary
