"""Additions by the places of spikes: the weights that each spike meets are looked up one by one."""

from itertools import product
from math import ceil

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.kernels.arrivals import additions
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.transposed import Transposed
from spikegraph.ir.path import Path
from spikegraph.ir.types import Kind, Value

CASES = [
    (Conv(kernel=3, out=6, stride=2), [9], None),
    (Conv(kernel=4, out=6, stride=2, groups=2), [8], None),
    (Conv(kernel=5, out=6, stride=3), [7, 10], None),
    (Conv(kernel=(1, 3), out=6, stride=(2, 1), dilation=(1, 2), groups=2), [7, 10], None),
    (Conv(kernel=3, out=6, padding=(0, 2), bias=False), [6, 7], None),
    (Conv(kernel=3, out=4, groups="all", sign="inhibitory"), [6, 7], None),
    (Conv(kernel=1, out=6, stride=2), [6, 7], None),
    (Conv(kernel=3, out=6, stride=2), [3, 5, 4], None),
    (Transposed(kernel=3, out=6, stride=2), [4, 5], None),
    (Transposed(kernel=4, out=6, stride=2, groups=2), [4, 5], [7, 10]),
    (Transposed(kernel=3, out=6, stride=3, dilation=2), [3], [8]),
]


def each(given, axes):
    return [given] * axes if isinstance(given, int) else list(given)


def meetings(n, kernel, stride, dilation, padding):
    """Pairs of the small side's number and the large side's, one for each weight of a window of a convolution on n numbers.

    The windows are those of the docstring of `conv`.
    """
    reach = dilation * (kernel - 1) + 1
    if padding == "centred":
        before = reach // 2 if reach % 2 else max(reach - stride, 0) // 2
        windows = ceil(n / stride)
    else:
        before, windows = padding, (n + 2 * padding - reach) // stride + 1
    found = ((w, w * stride - before + k * dilation) for w in range(windows) for k in range(kernel))
    return [(w, place) for w, place in found if 0 <= place < n]


@pytest.mark.parametrize(("op", "size", "like"), CASES, ids=str)
def test_each_spike_costs_the_weights_that_it_meets(op, size, like):
    operands = [Value(Kind.SPIKE, 4, tuple(size))] + ([] if like is None else [Value(Kind.SPIKE, 1, tuple(like))])
    node = Node(Path.read("y"), op, ("x", "like")[: len(operands)], Span("n.sdhs", 1, 1, 1, 2), tuple(operands))
    arrived = np.random.default_rng(0).integers(0, 9, size)
    enlarges = isinstance(op, Transposed)
    large = node.value.size if enlarges else size
    lists = [each(getattr(op, key), len(size)) for key in ("kernel", "stride", "dilation")]
    padding = getattr(op, "padding", "centred")
    paddings = [padding] * len(size) if isinstance(padding, str) else each(padding, len(size))
    pairs = [meetings(*of) for of in zip(large, *lists, paddings, strict=True)]
    met = sum(int(arrived[tuple(pair[not enlarges] for pair in of)]) for of in product(*pairs))
    groups = 4 if op.groups == "all" else op.groups
    assert additions(node, torch.tensor(arrived, dtype=torch.float64)) == met * (op.out // groups)
