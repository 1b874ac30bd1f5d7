"""States of neurons that a module passes on from step to step."""

from dataclasses import dataclass

from spikegraph.foreign.statements import Value


@dataclass(frozen=True)
class State:
    """The state of a neuron, which only the neuron itself may take.

    Attributes:
        of: The neuron's result.
        hidden: Whether the layer keeps it itself; otherwise the module returns it and takes it at the next step.
    """

    of: Value
    hidden: bool = False
