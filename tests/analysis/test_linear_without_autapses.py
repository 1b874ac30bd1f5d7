"""A recurrent layer whose neurons don't take themselves is a linear layer with as many weights less."""

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.layers import Layer
from spikegraph.analysis.statistics import Statistics
from spikegraph.program.program import Program

SPEC = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input x : spike[8]
  time = 4
  a = add(x -> linear(8), previous(a) -> linear(8, autapses = AUTAPSES, bias = false)) -> lif
  output logits = a -> linear(3) -> mean(time)
}
"""
RATES = {"x": 0.25, "a": 0.5, "a.add.previous": 0.5}


def recurrent(autapses: str) -> tuple[Statistics, Layer]:
    """Costs of the network, and of its recurrent layer."""
    built = Program.of_text(SPEC.replace("AUTAPSES", autapses), "n.sdhs").build("retrain")
    found = Statistics.of(built.outline, built.plain, RATES, ENERGY_MODELS["lemaire"])
    assert found.measured
    return found, next(layer for layer in found.layers if layer.name == "a.add.linear2")


def test_by_hand() -> None:
    """Each of the spikes meets 7 weights in place of 8: an address, an addition, a weight, a potential read and written."""
    (whole, with_own), (found, without) = recurrent("true"), recurrent("false")
    assert whole.refused is None and found.refused is None
    spikes = 4 * 8 * 0.5
    numbers = {"weights": 64, "potentials": 8}
    each = 2 * 0.1 + sum(times * 10.0 * numbers[of] * 4 / 8192 for of, times in (("weights", 1), ("potentials", 2)))
    assert (with_own.millijoules - without.millijoules) * 4e9 == pytest.approx(spikes * each, rel=1e-9)


def test_crossbars_leave_it_out() -> None:
    found, _ = recurrent("false")
    assert found.priced(ENERGY_MODELS["spikesim"]).refused == "it counts convolutions alone, and there is none"
