"""The kernel of numbers that training finds."""

from collections.abc import Sequence

from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel
from spikegraph.base.errors import InputError
from spikegraph.ir.ops.learned import LearnedValue


@kernel(LearnedValue)
def learned(call: Call[LearnedValue], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The weights [N, C, *size], for the samples of [T, N, C, *of]."""
    (x,), shape = xs, call.operands[0].shape
    size = x.shape[x.dim() - len(shape) + 1 :]
    if call.node.op.size is None and size != shape[1:]:
        given = f"`{call.node.name}` takes {[shape[0], *shape[1:]]}, not {[shape[0], *size]}"
        raise InputError(f"{given}: a network that learns a value needs inputs of the size that its spec declares")
    assert call.weights is not None
    value: Tensor = call.weights.value  # type: ignore[assignment]
    return value.expand(x.shape[-len(shape) - 1], *value.shape).clone(), None  # not a view of the weights
