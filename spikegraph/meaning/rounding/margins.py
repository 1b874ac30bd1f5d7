"""How rounding changes the margin of a norm, which has what the norm gives for 0 by its running statistics."""

import numpy as np

from spikegraph.ir.traits import Normalisation
from spikegraph.meaning.call import Array
from spikegraph.meaning.rounding.bounded import Bounded, Evaluation


def around(f: Evaluation, x: Bounded, inside: Array, y: Array) -> Array:
    """The bounds [T, N, C, *size] of a norm's result without its margin, within those of the margin, as wide as y."""
    norm = f.node.op.normalisation()
    assert norm is not None
    axes = y.ndim - 3
    found = np.array(np.broadcast_to(_outside(f, norm, x).reshape(-1, *(1 for _ in range(axes))), y.shape))
    found[(..., *(slice(norm.margin, n - norm.margin) for n in y.shape[3:]))] = inside
    return found


def _outside(f: Evaluation, norm: Normalisation, x: Bounded) -> Array:
    """The bound of bias - mean * weight / sqrt(variance + eps), [C], with running statistics after this batch in training."""
    mean, var = f.tensor("running_mean"), f.tensor("running_var")
    assert mean is not None and var is not None
    weight, bias, one = f.tensor("weight"), f.tensor("bias"), f.precision.of_one
    of_mean = of_var = np.zeros_like(mean)
    if f.call.training:
        over = (0, 1, *range(3, x.value.ndim))
        count = x.value.size // x.value.shape[2]
        gamma, more = f.precision.of_sum(count), count / max(count - 1, 1)
        own = x.value.var(over)
        of_mean = x.error.mean(over) + gamma * x.largest.mean(over)
        square = np.square(x.error + of_mean.reshape(-1, *(1 for _ in range(x.value.ndim - 3)))).mean(over)
        of_var = more * (2 * np.sqrt(own * square) + square + gamma * own)
        mean = (1 - norm.momentum) * mean + norm.momentum * x.value.mean(over)
        var = (1 - norm.momentum) * var + norm.momentum * more * own
        of_mean, of_var = (norm.momentum * error + one * np.abs(of) for error, of in ((of_mean, mean), (of_var, var)))
    scale = np.ones_like(mean) if weight is None else np.abs(weight)
    most = scale * (np.abs(mean) + of_mean) / np.sqrt(np.maximum(var - of_var, 0) + norm.eps)
    change = most - scale * np.abs(mean) / np.sqrt(var + norm.eps)
    return change + one * (most + (0 if bias is None else np.abs(bias)))
