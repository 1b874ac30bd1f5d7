"""Operations that pass values on: sums, products, concatenations, parts, and attention."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from spikegraph.base.errors import UserError
from spikegraph.ir.ops.activation import Relu
from spikegraph.ir.ops.channels import Split, Spread
from spikegraph.ir.ops.products import Attend, Iand, Mul
from spikegraph.ir.ops.shapes import Dropout
from spikegraph.ir.ops.stereo import Disparity
from spikegraph.ir.ops.wide import Part
from spikegraph.ir.ops.wiring import Add, Concat, Every, Gather, Identity
from spikegraph.ir.ops.zero import Zero
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(Identity, Disparity)
def identity(call: Call, x: Array) -> Array:
    """The operand."""
    return x


@reference(Add, Gather)
def add(call: Call, *xs: Array) -> Array:
    """The sum; a value [C] is added at every position."""
    return sum(at_positions(xs), np.zeros(()))


@reference(Mul)
def mul(call: Call, x: Array, y: Array) -> Array:
    """The product; a value [C] counts at every position."""
    x, y = at_positions((x, y))
    return x * y


@reference(Iand)
def iand(call: Call, x: Array, y: Array) -> Array:
    """(1 - x) * y."""
    return (1 - x) * y


@reference(Concat)
def concat(call: Call, *xs: Array) -> Array:
    """The channels of all operands."""
    return np.concatenate(_at_all_steps(xs), axis=2)


@reference(Every)
def every(call: Call[Every], x: Array) -> Array:
    """Every k-th channel, from channel `start` on."""
    return x[:, :, call.op.start :: call.op.step]


@reference(Part)
def part(call: Call[Part], x: Array) -> Array:
    """A range of channels."""
    return x[:, :, call.op.start : call.op.start + call.op.channels]


@reference(Split)
def split(call: Call[Split], x: Array) -> Array:
    """One of several parts of the channels."""
    op = call.op
    ends = op.parts if isinstance(op.parts, int) else np.cumsum(op.parts)[:-1]
    return np.split(x, ends, axis=2)[op.part]


@reference(Spread)
def spread(call: Call[Spread], x: Array) -> Array:
    """Channel c of C is channel floor(c h / C) of h."""
    return x[:, :, [c * x.shape[2] // call.op.to for c in range(call.op.to)]]


@reference(Zero)
def zero(call: Call[Zero], x: Array) -> Array:
    """Zeros, at sizes that a stride makes smaller."""
    size = (-(-n // call.op.stride) for n in x.shape[3:])
    return np.zeros((*x.shape[:2], call.op.out or x.shape[2], *size))


@reference(Relu)
def relu(call: Call, x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


@reference(Dropout)
def dropout(call: Call[Dropout], x: Array) -> Array:
    """The operand where the network is evaluated."""
    if call.training and call.op.probability > 0:
        raise UserError(
            f"`{call.node.name}` draws random numbers in training, which the reference doesn't know",
            "set its `probability` to 0, or compare the network in evaluation",
        )
    return x


@reference(Attend)
def attend(call: Call[Attend], q: Array, k: Array, v: Array) -> Array:
    """In each head scale * (q k^T) v; tokens are positions."""
    q, k, v = _at_all_steps((q, k, v))
    size = q.shape[3:]
    q, k, v = (x.reshape(*x.shape[:3], -1) for x in (q, k, v))
    heads = zip(*(np.split(x, call.op.heads, axis=2) for x in (q, k, v)), strict=True)
    parts = [np.einsum("tnij,tncj->tnci", np.einsum("tnci,tncj->tnij", a, b), c) for a, b, c in heads]
    y = call.op.scale * np.concatenate(parts, axis=2)
    return y.reshape(*y.shape[:3], *size)


def at_positions(xs: Sequence[Array]) -> list[Array]:
    """The operands with the same number of axes."""
    axes = max(x.ndim for x in xs)
    return [x.reshape(*x.shape, *(1 for _ in range(axes - x.ndim))) for x in xs]


def _at_all_steps(xs: tuple[Array, ...]) -> list[Array]:
    """The operands, repeated where they are the same at every step, or for every sample."""
    steps, samples = (reduce(max, (x.shape[axis] for x in xs)) for axis in (0, 1))
    return [np.broadcast_to(x, (steps, samples, *x.shape[2:])) for x in xs]
