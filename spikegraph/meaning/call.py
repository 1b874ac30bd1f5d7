"""What the reference of an operation is given besides its operands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic

import numpy as np
import numpy.typing as npt

from spikegraph.ir.node import Node
from spikegraph.ir.opdef import AnyOp_co

Array = npt.NDArray[np.float64]
"""Numbers of a value at all time steps, [T, N, C, *size]; T is 1 for a value that is the same at every step."""


@dataclass(frozen=True)
class Recorded:
    """What a run leaves besides values.

    Attributes:
        potentials: Membrane potentials before the reset, [T, N, C, *size], by the name of the neurons; in parts of loops.
        statistics: Running statistics that training has changed, by name.
    """

    potentials: dict[str, list[Array]] = field(default_factory=dict[str, list[Array]])
    statistics: dict[str, Array] = field(default_factory=dict[str, Array])


@dataclass(frozen=True)
class Call(Generic[AnyOp_co]):
    """One computation of an operation, a `Call[Conv]` for one of `Conv`, over all time steps, or over one of them in a loop.

    Attributes:
        node: The node: operation, name, types.
        tensors: All weights, running statistics and architecture parameters by name, as in `state_dict()`.
        steps: Time steps that are computed.
        first: Number of the first of them; a loop computes one after the other.
        training: Whether norms use the statistics of the samples.
        state: What the node remembers from step to step; empty before the first one.
        recorded: Where potentials and running statistics go.
    """

    node: Node[AnyOp_co]
    tensors: Mapping[str, Array]
    steps: int
    first: int
    training: bool
    state: dict[str, Array]
    recorded: Recorded

    @property
    def op(self) -> AnyOp_co:
        """The operation, whose fields are its parameters."""
        return self.node.op

    def tensor(self, name: str, of: str | None = None) -> Array:
        """A tensor of the node's weights, such as `weight`, or of other weights."""
        return self.tensors[f"{self.node.weights if of is None else of}.{name}"]

    def potential(self, u: Array, name: str | None = None) -> None:
        """Records membrane potentials, by default those of this node."""
        self.recorded.potentials.setdefault(self.node.name if name is None else name, []).append(u)
