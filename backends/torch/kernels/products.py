"""Kernels of products: element by element, of complements, of matrices, and attention."""

from collections.abc import Sequence

from torch import Tensor

from spikegraph.backends.torch.kernels.base import Call, State, broadcast, kernel, over_time, real, same_precision
from spikegraph.ir.ops.matrices import MatrixProduct
from spikegraph.ir.ops.products import Attend, Iand, Mul


@kernel(Mul)
def mul(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Product of two values [T, N, C, *size]; one of shape [T, N, C] counts at every position."""
    x, y = broadcast(call, same_precision(xs))
    return x * y, None


@kernel(Iand)
def iand(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """(1 - x) * y of [T, N, C, *size]."""
    x, y = same_precision(xs)
    return (1 - x) * y, None


@kernel(Attend)
def attend(call: Call[Attend], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """Scale * (q k^T) v in each head (Spikformer, Eq. 8), of q [T, N, C, *size], k [T, N, C, *other] and v [T, N, D, *other].

    Without a softmax both orders of the two products give the same; the one with fewer multiplications is taken.
    """
    op, value = call.node.op, call.node.value
    if value.steps:
        xs = [over_time(x, v, call.steps) for x, v in zip(xs, call.operands, strict=True)]
    tokens = [real(x).flatten(-len(v.size)) for x, v in zip(xs, call.operands, strict=True)]
    q, k, v = (x.reshape(*x.shape[:-2], op.heads, -1, x.shape[-1]) for x in tokens)
    features, outputs, queries, keys = q.shape[-2], v.shape[-2], q.shape[-1], k.shape[-1]
    if keys * features * (queries + outputs) < queries * keys * (features + outputs):
        y = (v @ k.transpose(-1, -2)) @ q
    else:
        y = v @ (k.transpose(-1, -2) @ q)
    size = xs[0].shape[-len(value.size) :]
    return (op.scale * y).reshape(*y.shape[:-3], -1, *size), None


@kernel(MatrixProduct)
def matrix_product(call: Call[MatrixProduct], xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
    """The products of the matrices [positions, C / heads] of a [T, N, C, *size] and b [T, N, D, *other] in each head.

    Channels come first here, so these are the transposed matrices, and the product of b's by a's is the transposed result.
    """
    op, size = call.node.op, call.node.value.size
    tokens = [x.flatten(-len(v.size)) if v.size else x.unsqueeze(-1) for x, v in zip(xs, call.operands, strict=True)]
    a, b = (real(x).reshape(*x.shape[:-2], op.heads, -1, x.shape[-1]) for x in tokens)
    y = (b.transpose(-1, -2) if op.right else b) @ (a.transpose(-1, -2) if op.left else a)
    rows = y.shape[-1:] if op.left else xs[0].shape[xs[0].dim() - len(size) :]
    return y.reshape(*y.shape[:-3], -1, *rows), None
