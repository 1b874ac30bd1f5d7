"""The kernel of a scale by a firing rate."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.distributed.norm import mean_of_all
from spikegraph.backends.torch.kernels.base import Call, State, kernel, positioned, real
from spikegraph.backends.torch.kernels.weighted import synchronised
from spikegraph.ir.ops.rates import RateScale


@kernel(RateScale)
def rate_scale(call: Call[RateScale], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Divides x [T, N, C, *size] by sqrt(rate * terms), with a rate of `of` [T, N, D, *other] for each head."""
    op, (x, of), (value, other) = call.node.op, xs, call.operands
    assert call.weights is not None
    running: Tensor = call.weights.running_rate  # type: ignore[assignment]
    rate = running
    if call.training:
        with torch.no_grad():
            now = rates(call, of)
            rate = torch.where(running > 0, torch.lerp(running, now, op.momentum), now)
            running.copy_(rate)
    factor = (torch.where(rate > 0, rate, 1.0) * op.count(of.shape[-len(other.shape) :])).rsqrt()
    return real(x) * positioned(factor.repeat_interleave(value.channels // op.heads), len(value.size)), None


def rates(call: Call[RateScale], of: Float[Tensor, "..."]) -> Float[Tensor, " heads"]:
    """The mean of the absolute values of `of` [T, N, D, *other] in each head, [heads], over the samples' own time steps.

    A value that is the same at all steps comes as [N, D, *other].
    """
    other, weights = call.operands[1], call.weights
    assert weights is not None
    own = of[call.within] if call.within is not None and other.steps else of
    numbers = own.shape[own.dim() - len(other.shape) :].numel()
    heads = own.abs().reshape(-1, call.node.op.heads, numbers // call.node.op.heads)
    mean = heads.mean((0, 2), dtype=weights.running_rate.dtype)  # type: ignore[arg-type]
    return mean_of_all(mean, heads[:, 0].numel()) if synchronised(call) else mean
