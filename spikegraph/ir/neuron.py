"""The parameters of a spiking neuron, as graphs hold them."""

from typing import Literal

from pydantic import Field

from spikegraph.ir.opdef import Data
from spikegraph.ir.surrogates import Surrogate


class Neuron(Data):
    """A leaky integrate-and-fire neuron (Eq. 1): u[t] = decay * u[t-1] * (1 - y[t-1]) + I[t], y[t] = u[t] > threshold.

    u: membrane potential, no unit, [T, N, C, H, W]; 0 before the first step
    y: spikes, 0 or 1, of the same shape
    I: current, the neuron's input, of the same shape
    decay: the paper's tau, 0 to 1 a step; 0 makes the memoryless binary neuron
    threshold: V_th, in the unit of u
    reset: hard sets u to 0 after a spike, soft takes the threshold off
    detach_reset: whether the reset's path is left out of the gradient
    surrogate: what stands for dy/du in the backward pass
    """

    decay: float = Field(0.2, ge=0, le=1)
    threshold: float = Field(0.5, gt=0)
    reset: Literal["hard", "soft"] = "hard"
    detach_reset: bool = False
    surrogate: Surrogate = Surrogate(name="dspike")
