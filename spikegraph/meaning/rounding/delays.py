"""The bound of layers whose weights have learned delays."""

from collections.abc import Mapping, Sequence

import numpy as np

from spikegraph.ir.ops.delays import Delayed
from spikegraph.meaning.call import Array
from spikegraph.meaning.operations.delays import delays, shares, summed
from spikegraph.meaning.rounding.bounded import Bounded, Evaluation


def delayed(f: Evaluation, xs: Sequence[Bounded], before: Mapping[str, Bounded]) -> tuple[Bounded, Mapping[str, Bounded]]:
    """A layer with delays: as a layer, but its weights are rounded too. The state is its operands of the steps before.

    The share e^-t / sum of a weight at some delay moves, relative to itself, by the error of t = ((d - D) / sigma)^2 / 2: t is
    rounded, and so is D, by a part of `most`.
    """
    call, (x,), one = f.call, xs, f.precision.of_one
    op, weight = call.op, np.abs(call.tensor("weight"))[..., None]
    assert isinstance(op, Delayed)
    past = before.get("past", Bounded.zeros((x.value.shape[1], op.most, x.value.shape[2])))
    value, error = (_following(a, b, call.steps) for a, b in ((past.value, x.value), (past.error, x.error)))
    delay = delays(op, call.tensor("delay"))
    share = shares(op, delay)
    largest = np.abs(value) + error
    apart = np.abs(np.arange(op.most + 1) - delay[..., None])
    moved = share * one * (1 + (apart + op.most) * apart / op.sigma**2)
    moved = moved + share * moved.sum(2, keepdims=True)
    y = summed(call.tensor("weight")[..., None] * share, value)
    gamma = f.precision.of_sum(weight.size // op.out * (op.most + 1) + 1)
    bound = summed(weight * share, error + gamma * largest) + summed(weight * moved, largest)
    if op.bias:
        bias = call.tensor("bias")
        y, bound = y + bias, bound + gamma * np.abs(bias)
    terms = weight.shape[1] * (op.most + 1) + 1
    return Bounded(y, bound, terms), {"past": Bounded(value[call.steps :].swapaxes(0, 1), error[call.steps :].swapaxes(0, 1))}


def _following(past: Array, x: Array, steps: int) -> Array:
    """[most + T, N, C] from what is remembered, [N, most, C], and the operand, [T, N, C]; its T is 1 if it stays the same."""
    return np.concatenate([past.swapaxes(0, 1), np.broadcast_to(x, (steps, *x.shape[1:]))])
