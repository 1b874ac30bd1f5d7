"""The leaky integrate-and-fire neuron over a sequence, with backpropagation through time (Che et al., NeurIPS 2022, Eq. 1)."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from spikegraph.backends.torch.autograd import apply, first_order
from spikegraph.backends.torch.modules.sequence import check_sequence
from spikegraph.backends.torch.modules.surrogate_gradient import GRADIENTS, gradient
from spikegraph.backends.torch.native.neuron import Constants, fire, usable

Reset = Literal["hard", "soft"]


@dataclass(frozen=True)
class _Neuron:
    """The constants of `lif`, as one argument for the autograd function."""

    decay: float
    threshold: float
    hard: bool
    surrogate: str
    b: float | Tensor
    detach_reset: bool


def _after_reset(u: Tensor, spike: Tensor, neuron: _Neuron, out: Tensor | None) -> Tensor:
    """The membrane potential after the reset and before the decay of the next step."""
    if neuron.hard:
        return torch.addcmul(u, u, spike, value=-1, out=out)
    return torch.sub(u, spike, alpha=neuron.threshold, out=out)


def _run(current: Tensor, state: Tensor | None, neuron: _Neuron, membrane: Tensor | None) -> tuple[Tensor, Tensor]:
    """Runs the recurrence.

    Args:
        current: Input currents, [T, ...].
        state: The state after the previous step, [...]; None at the start of a sequence.
        neuron: The constants.
        membrane: [T, ...], filled with u for the backward pass; None without one. With decay 0 it may be `current` itself,
            which then equals u.

    Returns:
        The spikes [T, ...] and the state [...] after the last step.
    """
    spikes = torch.empty_like(current)
    scratch = torch.empty_like(current[0]) if membrane is None else None
    carried: Tensor | None = None
    before = state
    for t, step in enumerate(current):
        if before is None or neuron.decay == 0:
            u = step
            if membrane is not None and membrane is not current:
                membrane[t].copy_(step)
        else:
            u = torch.add(step, before, alpha=neuron.decay, out=scratch if membrane is None else membrane[t])
        torch.gt(u, neuron.threshold, out=spikes[t])
        if neuron.decay != 0 or t == len(current) - 1:
            carried = before = _after_reset(u, spikes[t], neuron, carried)
    assert carried is not None
    return spikes, carried


class _Lif(torch.autograd.Function):
    """Saves only the membrane potentials; recomputes spikes and surrogate derivatives from them."""

    @staticmethod
    def forward(ctx: Any, current: Tensor, state: Tensor | None, neuron: _Neuron) -> tuple[Tensor, Tensor]:
        membrane = current if neuron.decay == 0 else torch.empty_like(current)
        spikes, carried = _run(current, state, neuron, membrane)
        ctx.save_for_backward(membrane)
        ctx.neuron = neuron
        ctx.set_materialize_grads(False)
        return spikes, carried

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor | None) -> Any:
        grad_spikes, grad_state = grad_outputs
        (membrane,) = ctx.saved_tensors
        neuron: _Neuron = ctx.neuron
        grad_current = torch.empty_like(membrane)
        grad_carried = grad_state
        for t in range(len(membrane) - 1, -1, -1):
            grad_u = _step_backward(
                membrane[t], None if grad_spikes is None else grad_spikes[t], grad_carried, neuron, grad_current[t]
            )
            grad_carried = None if neuron.decay == 0 else grad_u * neuron.decay
        if ctx.needs_input_grad[1] and grad_carried is None:
            grad_carried = torch.zeros_like(membrane[0])
        return grad_current, grad_carried if ctx.needs_input_grad[1] else None, None


def _step_backward(u: Tensor, grad_spike: Tensor | None, grad_carried: Tensor | None, neuron: _Neuron, out: Tensor) -> Tensor:
    """The derivative with respect to u[t] (which equals that with respect to I[t]), written to `out`.

    v is the membrane potential after the reset, y' the surrogate derivative. Hard reset, v = u (1 - y):
    dL/du = dL/dv (1 - y) + (dL/dy - dL/dv u) y'. Soft reset, v = u - threshold y:
    dL/du = dL/dv + (dL/dy - threshold dL/dv) y'. A detached reset omits the second dL/dv.
    """
    through_reset = grad_carried is not None and not neuron.detach_reset
    if grad_spike is None and not through_reset:
        out.zero_()
    else:
        total = torch.zeros_like(u) if grad_spike is None else grad_spike
        if grad_carried is not None and through_reset:
            if neuron.hard:
                total = torch.addcmul(total, grad_carried, u, value=-1, out=out)
            else:
                total = torch.sub(total, grad_carried, alpha=neuron.threshold, out=out)
        torch.mul(total, gradient(neuron.surrogate, u, neuron.threshold, neuron.b), out=out)
    if grad_carried is not None and neuron.hard:
        silent = torch.le(u, neuron.threshold, out=torch.empty_like(u))
        out.addcmul_(grad_carried, silent)
    elif grad_carried is not None:
        out.add_(grad_carried)
    return out


def lif(
    current: Tensor,
    state: Tensor | None,
    *,
    decay: float,
    threshold: float,
    reset: Reset = "hard",
    surrogate: str,
    b: float | Tensor,
    detach_reset: bool = False,
) -> tuple[Tensor, Tensor]:
    """Spikes of leaky integrate-and-fire neurons (Eq. 1).

    u[t] = decay * v[t-1] + I[t];  y[t] = 1 if u[t] > threshold else 0;
    v[t] = u[t] * (1 - y[t]) after a hard reset, u[t] - threshold * y[t] after a soft one;  v[-1] = 0.

    The backward pass uses the surrogate as dy/du and goes through all time steps, and through the reset unless it is
    detached. Results keep the current's memory format. Compiled code runs if it supports the arguments (see `usable`),
    else operations of torch.

    Args:
        current: Input currents I, [T, ...], such as [T, N, C, H, W]; for bfloat16 the membrane potentials are float32.
        state: v of the previous step, with the shape of current[0] and the membrane's type; None at the sequence's start.
        decay: The paper's tau; 0 gives the memoryless binary neuron.
        threshold: The paper's V_th.
        reset: `hard` or `soft`.
        surrogate: The name of the surrogate gradient, a key of `GRADIENTS`.
        b: The surrogate's parameter; a tensor is broadcast against one step of the current.
        detach_reset: Exclude the reset from the gradient.

    Returns:
        The spikes, 0 or 1, [T, ...], and the state v after the last step, [...].

    Raises:
        ValueError: There is no time step, the state's shape or type is wrong, or the reset or surrogate is unknown.
    """
    low = current.dtype == torch.bfloat16
    check_sequence(current, state, torch.float32 if low else current.dtype)
    if reset not in ("hard", "soft"):
        raise ValueError(f"reset must be 'hard' or 'soft', not {reset!r}")
    if surrogate not in GRADIENTS:
        raise ValueError(f"unknown surrogate gradient {surrogate!r}; known are {', '.join(sorted(GRADIENTS))}")
    if GRADIENTS.is_built_in(surrogate) and usable(current, surrogate, b):
        constants = Constants(decay, threshold, reset == "hard", surrogate, b, detach_reset)
        return fire([current], [None], state, constants, training=False)
    if low:
        how = {"decay": decay, "threshold": threshold, "b": b, "detach_reset": detach_reset}
        spikes, after = lif(current.float(), state, reset=reset, surrogate=surrogate, **how)
        return spikes.to(current.dtype), after
    neuron = _Neuron(decay, threshold, reset == "hard", surrogate, b, detach_reset)
    differentiated = current.requires_grad or (state is not None and state.requires_grad)
    if torch.is_grad_enabled() and differentiated:
        return apply(_Lif, current, state, neuron)
    with torch.no_grad():
        return _run(current, state, neuron, None)
