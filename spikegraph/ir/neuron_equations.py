"""The equations of a neuron whose model is text."""

from functools import lru_cache

from spikegraph.equations.expansion import Keys, expanded
from spikegraph.equations.model import Equations
from spikegraph.ir.neuron import Neuron


@lru_cache(256)
def expanded_equations(neuron: Neuron) -> Equations:
    """The lines of a time step with the neuron's constants and keys in their places.

    Raises:
        ValueError: The neuron's model is no text.
    """
    equations = neuron.equations
    if equations is None:
        raise ValueError(f"the model {neuron.model!r} isn't written as text")
    learned = {n.name for n in neuron.trained}
    numbers = {"decay": neuron.decay, "threshold": neuron.threshold} | {c.name: c.value for c in neuron.constants}
    constants = {name: value for name, value in numbers.items() if name not in learned}
    return expanded(equations, Keys(constants, neuron.reset, neuron.detach_reset, neuron.fires, neuron.levels, neuron.spike_at))
