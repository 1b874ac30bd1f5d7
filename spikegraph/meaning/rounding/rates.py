"""How rounding changes the result of a scale by a running firing rate."""

from collections.abc import Sequence

import numpy as np

from spikegraph.ir.ops.rates import RateScale
from spikegraph.meaning.call import Array
from spikegraph.meaning.operations.rates import of_heads, rates, updated
from spikegraph.meaning.rounding.bounded import UNKNOWN, Bounded, Evaluation


def scaled_by_rate(f: Evaluation, xs: Sequence[Bounded], y: Array) -> Array:
    """A factor for each head: of a running rate, or in training of one that takes in this value's."""
    op, (x, of) = f.node.op, xs
    assert isinstance(op, RateScale)
    error = f([x.error, of.value]) + f.precision.of_one * f([x.largest, of.value])
    if not f.call.training:
        return error
    running = f.tensor("running_rate")
    assert running is not None
    gamma = f.precision.of_sum(of.value.size // op.heads)
    rate = updated(op, running, of.value)
    change = (
        np.where(running > 0, op.momentum, 1) * (rates(op, of.error) + gamma * rates(op, of.largest))
        + f.precision.of_one * rate
    )
    least = np.where(change < rate, rate - change, 1)
    wider = np.where(change < rate, np.sqrt(rate / least) - 1, np.where(rate + change > 0, UNKNOWN, 0))
    return error + of_heads(wider, y) * f([x.largest, of.value])
