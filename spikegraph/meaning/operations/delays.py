"""Layers whose weights have learned delays."""

import numpy as np

from spikegraph.ir.ops.delays import Delayed
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(Delayed)
def delayed(call: Call[Delayed], x: Array) -> Array:
    """y[t, o] = bias[o] + sum over c and d of weight[o, c] * k[o, c, d] * x[t - d, c]; the state is x of the steps before."""
    x = np.broadcast_to(x, (call.steps, *x.shape[1:]))
    seen = np.concatenate([call.state.get("past", np.zeros((call.op.most, *x.shape[1:]))), x])
    call.state["past"] = seen[len(seen) - call.op.most :]
    y = summed(call.tensor("weight")[..., None] * shares(call.op, delays(call.op, call.tensor("delay"))), seen)
    return y + call.tensor("bias") if call.op.bias else y


def delays(op: Delayed, trained: Array) -> Array:
    """D[o, c] of the trained parameters."""
    return op.most / (1 + np.exp(-trained))


def shares(op: Delayed, delay: Array) -> Array:
    """k[o, c, d]: how much of a weight is at each number of time steps before."""
    k = np.exp(-0.5 * ((np.arange(op.most + 1) - delay[..., None]) / op.sigma) ** 2)
    return k / k.sum(2, keepdims=True)


def summed(taps: Array, seen: Array) -> Array:
    """[T, N, out] from weights [out, C, taps] and what they see, [taps - 1 + T, N, C]."""
    most, y = taps.shape[2] - 1, 0.0
    for d in range(most + 1):
        y = y + seen[most - d : len(seen) - d] @ taps[:, :, d].T
    return np.asarray(y)
