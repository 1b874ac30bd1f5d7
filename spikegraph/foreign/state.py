"""States of neurons that a module passes on from step to step."""

from dataclasses import dataclass

from spikegraph.foreign.statements import Value


@dataclass(frozen=True)
class State:
    """The state of a neuron, which only the neuron itself may take.

    Attributes:
        of: The neuron's result.
        name: What it is, for messages.
    """

    of: Value
    name: str
