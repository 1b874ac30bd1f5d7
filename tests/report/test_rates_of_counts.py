"""Firing rates of counts in the chart beside the rates of equal energy."""

import pytest

from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.report.sections.crossover import crossover
from spikegraph.backends.report.sections.energies import Priced
from spikegraph.program.program import Program

NETWORK = """sdhs 1
neuron lif { levels = 3 }
network net {
  input x : spike[8]
  a = x -> linear(5) -> lif
  output p = a -> linear(4)
}
"""


def test_they_are_shares_of_the_largest_count() -> None:
    built = Program.of_text(NETWORK, "n.sdhs").build("retrain")
    found = Statistics.of(built.outline, built.plain, {"x": 0.25, "a": 1.2}, time=2)
    assert [layer.rate for layer in found.layers if layer.additions] == [pytest.approx(0.25), pytest.approx(1.2 / 3)]
    chart = str(crossover(Priced("", [found])))
    assert "spikes that arrive, of those that could: n per number and time step for counts up to n" in chart
