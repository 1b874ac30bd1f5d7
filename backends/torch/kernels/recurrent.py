"""The kernel of values of the step before."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time
from spikegraph.ir.ops.recurrent import Previous


@kernel(Previous)
def previous(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The source [T, N, C, *size] or [N, C, *size], one step later; the state is its last value [N, C, *size], first 0.

    Within a loop, the source isn't known yet: there `backends/torch/plan.py` passes values from step to step.
    """
    x = over_time(xs[0], call.operands[0], call.steps)
    before = torch.zeros_like(x[0]) if state is None else state
    return torch.cat((before.unsqueeze(0).to(x.dtype), x[:-1])), x[-1]
