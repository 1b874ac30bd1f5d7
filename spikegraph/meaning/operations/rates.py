"""A scale by a firing rate."""

import numpy as np

from spikegraph.ir.ops.rates import RateScale
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(RateScale)
def rate_scale(call: Call[RateScale], x: Array, of: Array) -> Array:
    """Each head divided by sqrt(rate * terms), with the rate of `of` after this batch in training, else the running one."""
    op, key = call.op, f"{call.node.weights}.running_rate"
    rate = call.tensor("running_rate")
    if call.training:
        rate = updated(op, call.recorded.statistics.get(key, rate), of)
        call.recorded.statistics[key] = rate
    factor = 1 / np.sqrt(np.where(rate > 0, rate, 1) * op.count(of.shape[2:]))
    return x * of_heads(factor, x)


def updated(op: RateScale, rate: Array, of: Array) -> Array:
    """The running rates [heads] after a batch of training; a rate of 0 has seen none."""
    return np.where(rate > 0, (1 - op.momentum) * rate + op.momentum * rates(op, of), rates(op, of))


def rates(op: RateScale, of: Array) -> Array:
    """The mean of the absolute values in each head, [heads]."""
    heads = np.split(np.abs(of), op.heads, axis=2)
    return np.array([head.mean() for head in heads])


def of_heads(numbers: Array, x: Array) -> Array:
    """A number for each head, [heads], as [C, 1, ...] beside [T, N, C, *size]."""
    return np.repeat(numbers, x.shape[2] // len(numbers)).reshape(-1, *(1 for _ in range(x.ndim - 3)))
