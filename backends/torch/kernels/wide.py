"""Kernels of the wide operations, which evaluate several operations of one kind at once."""

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, kernel, over_time, rows_of, same_precision
from spikegraph.backends.torch.modules.mixing import add_matmul
from spikegraph.ir.ops.wide import Fan, Part
from spikegraph.ir.types import Kind


@kernel(Fan)
def fan(call: Call[Fan], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Several mixed edges, concatenated, [T, N, E, *size]; each operand is multiplied by a matrix [C, E] of softmax(alpha)."""
    op = call.node.op
    xs = same_precision(xs)
    values = [over_time(x, v, call.steps) if call.node.value.steps else x for x, v in zip(xs, call.operands, strict=True)]
    shares = torch.softmax(rows_of(call.architecture[f"{op.cell}.alpha"], op.edges), dim=1).to(values[0].dtype)
    one = torch.eye(op.width, dtype=shares.dtype, device=shares.device)
    total: Tensor | None = None
    for number, x in enumerate(values):
        takes = [t for t in op.takes if t.operand == number]
        blocks = x.shape[-1 - len(call.operands[0].size)] // op.width
        chosen = {t.edge * blocks + t.start // op.width: shares[t.edge, t.candidate] for t in takes}
        none = shares.new_zeros(())
        matrix = torch.stack([chosen.get(k, none) for k in range(len(op.edges) * blocks)]).reshape(len(op.edges), blocks)
        rest = x.movedim(-1 - len(call.operands[0].size), -1)
        flat_x = rest.reshape(-1, rest.shape[-1])
        weight = torch.kron(matrix, one).t()
        total = add_matmul(total, flat_x, weight, spikes=call.operands[number].kind is Kind.SPIKE)
    assert total is not None
    first = values[0].movedim(-1 - len(call.operands[0].size), -1)
    return total.reshape(*first.shape[:-1], -1).movedim(-1, -1 - len(call.operands[0].size)), None


@kernel(Part)
def part(call: Call[Part], xs: Sequence[Tensor | tuple[Tensor, ...]], state: State) -> tuple[Tensor, State]:
    """Selects channels of [T, N, C, *size], as a view."""
    op = call.node.op
    if isinstance(xs[0], tuple):
        starts = [0, *accumulate(x.shape[-1 - len(call.operands[0].size)] for x in xs[0])]
        return xs[0][starts.index(op.start)], None
    return xs[0].narrow(-1 - len(call.operands[0].size), op.start, op.channels), None
