"""What one neuron answers to a current: its potential, its threshold and its spikes at each step."""

from dataclasses import dataclass

import numpy as np

from spikegraph.ir.neuron import Neuron
from spikegraph.meaning.call import Array
from spikegraph.meaning.operations.texts import step


@dataclass(frozen=True)
class Response:
    """A neuron's answer, [T] each.

    Attributes:
        current: The current.
        potential: The potential that fires, before the reset; of neurons without spikes the result.
        threshold: Where it fires; None without spikes.
        spikes: The spikes, with their signs; None without spikes.
    """

    current: Array
    potential: Array
    threshold: Array | None
    spikes: Array | None


def response(neuron: Neuron, current: Array) -> Response:
    """The answer to a current [T], which each input gets; learned numbers have their values before training.

    Raises:
        ValueError: The neuron's model is no text, or has all steps at once.
    """
    model = neuron.written_model
    if model is None or model.over_time:
        raise ValueError(f"`{neuron.model}` isn't computed one step after the other from a text")
    numbers = {number.name: np.asarray(neuron.number(number.name)) for number in model.numbers}
    state: dict[str, Array] = {}
    potentials, thresholds, results = list[Array](), list[Array](), list[Array]()
    for now in current:
        u, y, lines = step(neuron, numbers, [np.full((1,), now)] * len(neuron.inputs), state)
        fired = lines.fires[0] if lines.fires else None
        potentials.append(np.broadcast_to(u if fired is None else fired[0], 1))
        thresholds.append(np.broadcast_to(np.nan if fired is None else fired[1], 1))
        results.append(np.broadcast_to(y, 1))
    spikes = np.concatenate(results) if neuron.spikes else None
    return Response(current, np.concatenate(potentials), np.concatenate(thresholds) if neuron.spikes else None, spikes)


def suitable_current(neuron: Neuron, steps: int) -> float:
    """The least of some currents at which the neuron fires in a tenth of its steps, or else the largest; 1 without spikes."""
    if not neuron.spikes:
        return 1.0
    found = 1.0
    for current in (0.1 * 1.5**k for k in range(26)):
        spikes = response(neuron, np.full(steps, current)).spikes
        found = current
        if spikes is not None and np.count_nonzero(spikes) >= steps / 10:
            return current
    return found
