"""The leaky integrator without spike or reset, for output neurons (Che et al., NeurIPS 2022, Eq. 1 and section 3.3)."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.modules.sequence import check_sequence
from spikegraph.backends.torch.operators import operator


def _forward(current: Tensor, state: Tensor | None, decay: float) -> tuple[Tensor, Tensor]:
    membrane = torch.empty_like(current)
    before = state
    for t, step in enumerate(current):
        if before is None:
            membrane[t].copy_(step)
        else:
            torch.add(step, before, alpha=decay, out=membrane[t])
        before = membrane[t]
    return membrane, membrane[-1].clone()


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    _, state, ctx.decay = inputs
    ctx.continued = state is not None


def _backward(ctx: Any, grad_membrane: Tensor, grad_state: Tensor) -> Any:
    """The same recurrence reversed in time, so no tensor is saved."""
    grad_current = torch.empty_like(grad_membrane)
    torch.add(grad_membrane[-1], grad_state, out=grad_current[-1])
    for t in range(len(grad_current) - 2, -1, -1):
        torch.add(grad_membrane[t], grad_current[t + 1], alpha=ctx.decay, out=grad_current[t])
    return grad_current, grad_current[0] * ctx.decay if ctx.continued else None, None


_leaky = operator(
    "leaky_integrate(Tensor current, Tensor? state, float decay) -> (Tensor, Tensor)", _forward, save=_save, backward=_backward
)


def leaky_integrate(
    current: Float[Tensor, " T *rest"], state: Float[Tensor, " *rest"] | None, *, decay: float
) -> tuple[Float[Tensor, " T *rest"], Float[Tensor, " *rest"]]:
    """Membrane potentials of leaky integrators: u[t] = decay * u[t-1] + I[t], u[-1] = 0.

    This is Eq. 1 without spike and reset. The paper's matching network uses it as its last neuron.

    Args:
        current: Input currents I, [T, ...].
        state: u of the previous step, with the shape of current[0]; None at the start of a sequence.
        decay: The paper's tau, dimensionless like currents and potentials.

    Returns:
        The membrane potentials u, [T, ...], and the state u after the last step, [...].

    Raises:
        ValueError: There is no time step, or the state's shape or type is wrong.
    """
    check_sequence(current, state)
    return _leaky(current, state, decay)
