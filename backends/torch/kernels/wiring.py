"""Kernels of sums, concatenations and mixed operations (Che et al., NeurIPS 2022, Eq. 4)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, broadcast, kernel, over_time, rows_of, same_precision
from spikegraph.backends.torch.modules.mixing import mix as mixed
from spikegraph.backends.torch.modules.mixing import weighted_sum
from spikegraph.backends.torch.modules.sequence import joined_steps, parted_steps
from spikegraph.backends.torch.parameters import mask_of
from spikegraph.ir.ops.channels import Split, Spread
from spikegraph.ir.ops.stereo import Disparity
from spikegraph.ir.ops.windows import shrunk
from spikegraph.ir.ops.wiring import Add, Concat, Every, Gather, Identity, Mix, Route, WeightedGather
from spikegraph.ir.ops.zero import Zero


@kernel(Identity, Disparity)
def identity(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Returns the value [T, N, C, *size] unchanged."""
    return xs[0], None


@kernel(Zero)
def zero(call: Call[Zero], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Zeros [T, N, C, *size], of a size that the stride makes smaller."""
    op, (x,) = call.node.op, xs
    at = x.dim() - len(call.operands[0].size)
    return x.new_zeros((*x.shape[: at - 1], call.node.value.channels, *shrunk(tuple(x.shape[at:]), op.stride))), None


@kernel(Add, Gather)
def add(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Sum of the operands [T, N, C, *size]; those of shape [T, N, C] are added at every position."""
    total, *others = broadcast(call, xs)
    for x in others:
        total = total + x
    return total, None


@kernel(Concat)
def concat(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Concatenation of [T, N, C, *size] along the channels."""
    if call.node.value.steps:
        xs = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
        return parted_steps(torch.cat(tuple(joined_steps(x) for x in xs), 1), call.steps), None
    return torch.cat(tuple(xs), 1), None


@kernel(Mix, WeightedGather)
def mix(call: Call[Mix | WeightedGather], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The weighted sum of an edge's candidates [T, N, C, *size] (Eq. 4), or of a node's edges, of which it keeps some."""
    op = call.node.op
    if call.node.value.steps:
        xs = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    xs = same_precision(xs)
    if isinstance(op, Mix):
        return mixed(xs, call.architecture[f"{op.cell}.alpha"][op.edge]), None
    shares = torch.softmax(rows_of(call.architecture[f"{op.cell}.edges"], op.edges), dim=0)
    return weighted_sum(xs, (op.keep * shares).to(xs[0].dtype)), None


@kernel(Every)
def every(call: Call[Every], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Every k-th channel of [T, N, C, *size], as a view."""
    op = call.node.op
    return xs[0][(..., slice(op.start, None, op.step), *[slice(None)] * len(call.operands[0].size))], None


@kernel(Split)
def split(call: Call[Split], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """One of several parts of the channels of [T, N, C, *size], as a view."""
    value = call.operands[0]
    first, end = call.node.op.channels(value)
    return xs[0].narrow(-1 - len(value.size), first, end - first), None


@kernel(Spread)
def spread(call: Call[Spread], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Each channel of [T, N, C, *size] several times in a row."""
    (x,), axes = xs, len(call.operands[0].size)
    at = x.dim() - axes
    repeated = x.unsqueeze(at).expand(*x.shape[:at], call.node.op.to // x.shape[at - 1], *x.shape[at:])
    return repeated.flatten(at - 1, at), None


@kernel(Route)
def route(call: Call[Route], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The beta-weighted sum of incoming paths [T, N, C, *size]; each weight is a softmax over the moves that leave a source."""
    op = call.node.op
    beta = call.architecture[f"{op.trellis}.beta"][op.layer]
    moves = torch.softmax(beta.masked_fill(~mask_of(op.levels, beta.device), -torch.inf), dim=1)
    weights = torch.stack([moves[s, op.level - s + 1] for s in op.sources])
    xs = same_precision(xs)
    return weighted_sum(xs, weights.to(xs[0].dtype)), None
