"""How active a trained network is from time step to time step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Activity:
    """What a network did while it saw some time steps of its test set, one after the other.

    Attributes:
        events: By input the share of its values that aren't 0, at each time step.
        rates: By neuron, as `Evaluation` names them, the mean of its spikes at each time step.
    """

    events: Mapping[str, Sequence[float]]
    rates: Mapping[str, Sequence[float]]
