"""The parameters of a spiking neuron in a graph (Che et al., NeurIPS 2022, Eq. 1)."""

from typing import Literal

from pydantic import Field

from spikegraph.ir.surrogates import Surrogate
from spikegraph.ir.traits import Data


class Neuron(Data):
    """A leaky integrate-and-fire neuron (Eq. 1): u[t] = decay * u[t-1] * (1 - y[t-1]) + I[t], y[t] = u[t] > threshold.

    u: membrane potential, dimensionless, [T, N, C, H, W]; 0 before the first step
    y: spikes, 0 or 1, same shape
    I: input current, same shape
    decay: tau of the paper, 0 to 1 per step; 0 is a binary neuron without memory
    threshold: V_th, in the unit of u
    reset: `hard` sets u to 0 after a spike, `soft` subtracts the threshold
    detach_reset: if true, no gradient flows through the reset
    surrogate: replaces dy/du in the backward pass
    """

    decay: float = Field(0.2, ge=0, le=1)
    threshold: float = Field(0.5, gt=0)
    reset: Literal["hard", "soft"] = "hard"
    detach_reset: bool = False
    surrogate: Surrogate = Surrogate.model_construct(name="dspike")  # not looked up while modules are imported

    @property
    def untempered(self) -> "Neuron":
        """The neuron with b = 1 in its surrogate."""
        return self.model_copy(update={"surrogate": self.surrogate.model_copy(update={"b": 1.0})})
