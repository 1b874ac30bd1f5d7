"""The leaky integrator without spike or reset, for output neurons (Che et al., NeurIPS 2022, Eq. 1 and section 3.3)."""

from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.autograd import apply, first_order
from spikegraph.backends.torch.modules.sequence import check_sequence


class _LeakyIntegrate(torch.autograd.Function):
    """A linear recurrence. Its backward pass is the same recurrence reversed in time, so no tensor is saved."""

    @staticmethod
    def forward(ctx: Any, current: Tensor, state: Tensor | None, decay: float) -> tuple[Tensor, Tensor]:
        ctx.decay = decay
        membrane = torch.empty_like(current)
        before = state
        for t, step in enumerate(current):
            if before is None:
                membrane[t].copy_(step)
            else:
                torch.add(step, before, alpha=decay, out=membrane[t])
            before = membrane[t]
        return membrane, membrane[-1].clone()

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        grad_membrane, grad_state = grad_outputs
        grad_current = torch.empty_like(grad_membrane)
        torch.add(grad_membrane[-1], grad_state, out=grad_current[-1])
        for t in range(len(grad_current) - 2, -1, -1):
            torch.add(grad_membrane[t], grad_current[t + 1], alpha=ctx.decay, out=grad_current[t])
        grad_before = grad_current[0] * ctx.decay if ctx.needs_input_grad[1] else None
        return grad_current, grad_before, None


def leaky_integrate(current: Tensor, state: Tensor | None, *, decay: float) -> tuple[Tensor, Tensor]:
    """Membrane potentials of leaky integrators: u[t] = decay * u[t-1] + I[t], u[-1] = 0.

    This is Eq. 1 without spike and reset. The paper's matching network uses it as its last neuron.

    Args:
        current: Input currents I, [T, ...].
        state: u of the previous step, with the shape of current[0]; None at the start of a sequence.
        decay: The paper's tau.

    Returns:
        The membrane potentials u, [T, ...], and the state u after the last step, [...].

    Raises:
        ValueError: There is no time step, or the state's shape or type is wrong.
    """
    check_sequence(current, state)
    return apply(_LeakyIntegrate, current, state, decay)
