"""What is said of counts: whether they are an estimate, and of what they are."""

from spikegraph.analysis.statistics import Statistics
from spikegraph.cli.energy_text import statistics_text
from spikegraph.program.program import Program
from spikegraph.runs.summary import Evaluation

NETWORK = """sdhs 1
neuron lif { }
network net {
  input x : spike[6]
  a = x -> linear(5) -> lif
  output p = a -> linear(3)
}
"""


def network(time_steps: int | None, *, edited: bool = False) -> Statistics:
    """Its 6 inputs and 5 neurons spike at 0.5 and 0.2 of the time steps: 15 and 3 additions at each."""
    built = Program.of_text(NETWORK, "n.sdhs").build("retrain")
    measured = Evaluation({"accuracy_percent": 50.0}, 4, 1.0, {"x": 0.5, "a": 0.2}, time_steps=time_steps)
    return Statistics.evaluated(built.outline, built.plain, measured, edited=edited)


def test_rates_of_a_network_that_was_edited_since_are_a_guess() -> None:
    """Also where it doesn't matter where spikes arrive, as in linear layers."""
    assert network(7).exact
    assert network(7).energy.endswith("per inference of 7 time steps, 16.2 pJ per time step, at the measured firing rates")
    assert not network(7, edited=True).exact
    assert network(7, edited=True).energy == "16.2 pJ (cmos-45nm) per time step, an estimate at the measured firing rates"


def test_operations_of_samples_that_differ_in_length_are_those_of_a_time_step() -> None:
    assert statistics_text(network(7), []) == "126 synaptic operations per inference, a mean over the samples\n"
    of = "per time step, since their number isn't known or not the same for all samples"
    assert statistics_text(network(None), []) == f"18 synaptic operations {of}, a mean over the samples\n"
