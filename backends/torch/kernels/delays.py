"""The kernel of layers whose weights have learned delays."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time
from spikegraph.ir.ops.delays import Delayed


@kernel(Delayed)
def delayed(call: Call[Delayed], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """A linear layer with delays, [T, N, C] to [T, N, out]; the state is the last operands, [N, most, C]."""
    own, op = call.weights, call.node.op
    assert own is not None
    taps = weights_by_delay(op, own)
    x = over_time(xs[0], call.operands[0], call.steps).to(taps.dtype).movedim(0, 2)
    past = x.new_zeros((*x.shape[:2], op.most)) if state is None else state.movedim(1, 2)
    seen = torch.cat([past, x], 2)  # [N, C, most + T]
    y = F.conv1d(seen, taps.flip(2), getattr(own, "bias", None))
    return y.movedim(2, 0), seen[:, :, -op.most :].movedim(2, 1)


def weights_by_delay(op: Delayed, own: nn.Module) -> Float[Tensor, "out C taps"]:
    """The weights [out, C, taps], one for each number of time steps before, 0 to `most`."""
    weight: Tensor = own.weight  # type: ignore[assignment]
    delay: Tensor = op.most * torch.sigmoid(own.delay)  # type: ignore[arg-type]
    apart = torch.arange(op.most + 1, dtype=weight.dtype, device=weight.device) - delay[..., None]
    return weight[..., None] * torch.softmax(-((apart / op.sigma) ** 2) / 2, 2)
