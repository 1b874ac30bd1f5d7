"""What an inference of a trained network costs: the key `energy` of a row, and the counts from which it follows."""

from collections.abc import Mapping
from typing import Any

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.statistics import Statistics
from spikegraph.program.program import Program
from spikegraph.runs.summary import Evaluation

DIGITS = 6
"""Significant digits of what a row stores."""


def counts_of(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    """What every energy model needs of an evaluation: `firing_rates` by neuron, and `additions` by operation.

    The additions are those of a sample and time step, of operations where they depend on the places of the spikes.
    """
    return {"firing_rates": _rounded(evaluation.firing_rates), "additions": _rounded(evaluation.additions)}


def energy_of(program: Program, counts: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The key `energy` of a network with these counts.

    Args:
        program: The spec with the genotype of the network.
        counts: As those of `counts_of`.

    Returns:
        `synaptic_operations` (additions of an inference), `spikes` (those per neuron and time step), and by each energy model
        the millijoules of an inference; without the models that can't price the network.
    """
    built = program.build("retrain")
    rates, added = counts["firing_rates"], counts["additions"]
    found = Statistics.of(built.outline, built.plain, rates, counted=added, time=built.time_steps)
    priced = {name: found.priced(model) for name, model in ENERGY_MODELS.items()}
    millijoules = {name: each.inference_millijoules for name, each in priced.items() if each.refused is None}
    return _rounded({"synaptic_operations": found.synaptic_operations, "spikes": _mean_rate(found), **millijoules})


def _mean_rate(found: Statistics) -> float:
    return found.spikes / sum(part.count * part.steps for part in found.neurons)


def _rounded(values: Mapping[str, float]) -> dict[str, Any]:
    return {name: float(f"{value:.{DIGITS}g}") for name, value in values.items()}
