"""The kernel of values of the step before."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, with_time_steps
from spikegraph.ir.ops.recurrent import Previous


@kernel(Previous)
@with_time_steps
def previous(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The source [T, N, C, *size], one step later; the state is its last value [N, C, *size], zero before the first step.

    Within a loop, the source isn't known yet: there `backends/torch/plan.py` passes values from step to step.
    """
    (x,) = xs
    before = torch.zeros_like(x[0]) if state is None else state
    return torch.cat((before.unsqueeze(0).to(x.dtype), x[:-1])), x[-1]
