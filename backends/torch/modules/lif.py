"""The leaky integrate-and-fire neuron over a sequence, with backpropagation through time (Che et al., NeurIPS 2022, Eq. 1)."""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import LOW
from spikegraph.backends.torch.modules.sequence import check_sequence
from spikegraph.backends.torch.modules.surrogate_gradient import GRADIENTS, gradient, gradient_of
from spikegraph.backends.torch.native.neuron import Constants, fire, usable
from spikegraph.backends.torch.operators import operator

Reset = Literal["hard", "soft"]


def by_channel(b: Sequence[float], current: Float[Tensor, " T *rest"]) -> float | Float[Tensor, " C *ones"]:
    """The surrogate's b for operations of torch: one number, or [C, 1, 1] with the membrane's precision.

    Args:
        b: One value for each of several groups of channels of equal size.
        current: Input currents, [T, N, C, *size], or [T, ...] with one value of b.
    """
    if len(set(b)) == 1:
        return b[0]
    dtype = torch.float64 if current.dtype == torch.float64 else torch.float32
    # Filled on the device: to copy a list there, the program would wait for it.
    values = torch.cat([current.new_full((current.shape[2] // len(b),), value, dtype=dtype) for value in b])
    return values.reshape(-1, *[1] * (current.dim() - 3))


def _after_reset(u: Tensor, spike: Tensor, hard: bool, threshold: float, out: Tensor | None) -> Tensor:
    """The membrane potential after the reset and before the decay of the next step."""
    if hard:
        return torch.where(u > threshold, u.new_zeros(()), u, out=out)  # infinity times 0 would be NaN
    return torch.sub(u, spike, alpha=threshold, out=out)


def _forward(
    current: Tensor, state: Tensor | None, decay: float, threshold: float, hard: bool, saving: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Spikes [T, ...], the state [...] after the last step, and the membrane potentials u, [T, ...].

    There are no membrane potentials if the backward pass doesn't need them (`saving`), or if they equal the current.
    """
    spikes = torch.empty_like(current)
    saving = saving and decay != 0
    membrane = torch.empty_like(current) if saving else current.new_empty(0)
    scratch = torch.empty_like(current[0])
    carried: Tensor | None = None
    before = state
    for t, step in enumerate(current):
        if before is None or decay == 0:
            u = membrane[t].copy_(step) if saving else step
        else:
            u = torch.add(step, before, alpha=decay, out=membrane[t] if saving else scratch)
        torch.gt(u, threshold, out=spikes[t])
        if decay != 0 or t == len(current) - 1:
            carried = before = _after_reset(u, spikes[t], hard, threshold, carried)
    assert carried is not None
    return spikes, carried, membrane


def _step_backward(
    u: Tensor, grad_spike: Tensor | None, grad_carried: Tensor | None, neuron: Constants, b: Tensor | None, out: Tensor
) -> Tensor:
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
        slope = gradient(neuron.surrogate, u, neuron.threshold, neuron.b[0] if b is None else b)
        torch.mul(total, slope, out=out)
    if grad_carried is not None and neuron.hard:
        silent = torch.le(u, neuron.threshold, out=torch.empty_like(u))
        out.addcmul_(grad_carried, silent)
    elif grad_carried is not None:
        out.add_(grad_carried)
    return out


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    """Saves only the membrane potentials; the backward pass computes spikes and surrogate derivatives from them."""
    current, state, decay, threshold, hard, _, surrogate, b, ctx.b, detach_reset = inputs
    ctx.neuron, ctx.continued = Constants(decay, threshold, hard, surrogate, (b,), detach_reset), state is not None
    membrane = output[2]
    ctx.mark_non_differentiable(membrane)
    ctx.save_for_backward(current if decay == 0 else membrane)
    ctx.set_materialize_grads(False)


def _backward(ctx: Any, grad_spikes: Tensor | None, grad_state: Tensor | None, _: Tensor | None) -> Any:
    (membrane,) = ctx.saved_tensors
    grad_current = torch.empty_like(membrane)
    grad_carried = grad_state
    for t in range(len(membrane) - 1, -1, -1):
        upstream = None if grad_spikes is None else grad_spikes[t]
        grad_u = _step_backward(membrane[t], upstream, grad_carried, ctx.neuron, ctx.b, grad_current[t])
        grad_carried = None if ctx.neuron.decay == 0 else grad_u * ctx.neuron.decay
    grad_before = torch.zeros_like(membrane[0]) if grad_carried is None else grad_carried
    return grad_current, grad_before if ctx.continued else None, *[None] * 8


_lif = operator(
    "lif(Tensor current, Tensor? state, float decay, float threshold, bool hard, bool saving, "
    "str surrogate, float b, Tensor? b_by_channel, bool detach_reset) -> (Tensor, Tensor, Tensor)",
    lambda *inputs: _forward(*inputs[:6]),
    save=_save,
    backward=_backward,
)


def lif(
    current: Float[Tensor, " T *rest"],
    state: Float[Tensor, " *rest"] | None,
    *,
    decay: float,
    threshold: float,
    reset: Reset = "hard",
    surrogate: str,
    b: float | Sequence[float] | Float[Tensor, "..."],
    detach_reset: bool = False,
) -> tuple[Float[Tensor, " T *rest"], Float[Tensor, " *rest"]]:
    """Spikes of leaky integrate-and-fire neurons (Eq. 1).

    u[t] = decay * v[t-1] + I[t];  y[t] = 1 if u[t] > threshold else 0;
    v[t] = u[t] * (1 - y[t]) after a hard reset, that is 0 where y[t] = 1; u[t] - threshold * y[t] after a soft one;  v[-1] = 0.

    The backward pass uses the surrogate as dy/du and goes through all time steps, and through the reset unless it is
    detached. Results keep the current's memory format. Compiled code runs if it supports the arguments (see `usable`),
    else operations of torch.

    Args:
        current: Input currents I, [T, ...], such as [T, N, C, H, W]; for bfloat16 and float16 membrane potentials are float32.
        state: v of the previous step, with the shape of current[0] and the membrane's type; None at the sequence's start.
        decay: The paper's tau; 0 gives the memoryless binary neuron.
        threshold: The paper's V_th, dimensionless like currents and potentials.
        reset: `hard` or `soft`.
        surrogate: The name of the surrogate gradient, a key of `GRADIENTS`.
        b: The surrogate's parameter: one number, one for each of several groups of channels of equal size (then the current
            is [T, N, C, ...]), or a tensor that is broadcast against one step of the current.
        detach_reset: Exclude the reset from the gradient.

    Returns:
        The spikes, 0 or 1, [T, ...], and the state v after the last step, [...].

    Raises:
        ValueError: There is no time step, the state's shape or type is wrong, or the reset or surrogate is unknown.
    """
    low = current.dtype in LOW
    check_sequence(current, state, torch.float32 if low else current.dtype)
    if reset not in ("hard", "soft"):
        raise ValueError(f"reset must be 'hard' or 'soft', not {reset!r}")
    gradient_of(surrogate)
    numbers = () if isinstance(b, Tensor) else (b,) if isinstance(b, float | int) else tuple(b)
    if GRADIENTS.is_built_in(surrogate) and usable(current, surrogate, numbers):
        return fire([current], [None], state, Constants(decay, threshold, reset == "hard", surrogate, numbers, detach_reset))
    if low:
        how: dict[str, Any] = {"decay": decay, "threshold": threshold, "b": b, "detach_reset": detach_reset}
        spikes, after = lif(current.float(), state, reset=reset, surrogate=surrogate, **how)
        return spikes.to(current.dtype), after
    b = by_channel(numbers, current) if numbers else b
    one, each = (0.0, b) if isinstance(b, Tensor) else (b, None)
    saving = torch.is_grad_enabled() and (current.requires_grad or (state is not None and state.requires_grad))
    return _lif(current, state, decay, threshold, reset == "hard", saving, surrogate, one, each, detach_reset)[:2]
