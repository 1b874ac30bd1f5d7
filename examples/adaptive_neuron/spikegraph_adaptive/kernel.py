"""The kernel of `adaptive_lif` for PyTorch."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time, real
from spikegraph.backends.torch.modules.surrogate_gradient import gradient
from spikegraph_adaptive.operation import AdaptiveLif


class Spike(torch.autograd.Function):
    """A spike where x is positive; the surrogate is the derivative in the backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, surrogate: str, b: float) -> Tensor:
        """x: membrane potential above the threshold."""
        ctx.save_for_backward(x)
        ctx.surrogate, ctx.b = surrogate, b
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """The gradient of x; the surrogate's name and b have none."""
        (x,) = ctx.saved_tensors
        return grads[0] * gradient(ctx.surrogate, x, 0.0, ctx.b), None, None


@kernel(AdaptiveLif)
def adaptive_lif(call: Call[AdaptiveLif], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Spikes [T, N, C, *size] of a current, and the state: membrane potential v and trace a after the last step.

    u[t] = decay * v[t-1] + I[t];  y[t] = 1 if u[t] > threshold + strength * a[t-1] else 0;
    v[t] = u[t] * (1 - y[t]);  a[t] = memory * a[t-1] + (1 - memory) * y[t];  v[-1] = a[-1] = 0.
    """
    op = call.node.op
    current = over_time(real(xs[0]), call.operands[0], call.steps)
    v, a = state or (torch.zeros_like(current[0]), torch.zeros_like(current[0]))
    neuron, spikes = op.neuron, list[Tensor]()
    for step in current:
        u = neuron.decay * v + step
        y = Spike.apply(u - neuron.threshold - op.strength * a, neuron.surrogate.name, neuron.surrogate.b)
        v, a = u * (1 - y), op.memory * a + (1 - op.memory) * y
        spikes.append(y)
    return torch.stack(spikes), (v, a)
