"""Norms, their sum and neurons in training, forward and backward, compared with copies of as many bytes as they must move."""

from collections.abc import Callable, Mapping

import torch
from lif import SHAPE
from limits import Copy
from measure import Precision, Row, Settings, Side, compare
from torch import Tensor
from wanted import Wanted

from spikegraph.backends.torch.native.neuron import Constants, fire
from spikegraph.backends.torch.native.norms import NormOf
from spikegraph.base.allocator import keep_buffers

NEURON = Constants(0.2, 0.5, True, "dspike", (3.0,), False)
LIMIT = "copies of as many bytes"
TYPES: Mapping[Precision, torch.dtype] = {"float32": torch.float32, "bf16": torch.bfloat16}


def rows(settings: Settings) -> list[Row]:
    """Seconds of neurons without a norm, and behind one and two normed terms; each precision has its own limit."""
    keep_buffers()
    torch.manual_seed(0)
    copy = Copy()
    return [_row(terms, normed, precision, settings, copy) for precision in settings.precisions for terms, normed in _CASES]


_CASES = ((1, False), (1, True), (2, True))
"""The number of terms, and whether each has a norm."""


def _row(terms: int, normed: bool, precision: Precision, settings: Settings, copy: Copy) -> Row:
    dtype = TYPES[precision]
    # With norms: statistics read the terms; forward they are read again and spikes written; backward terms and the gradient of
    # spikes are read for the sums of norms, and once more for the gradients of terms, which are written.
    values = (2 * terms + 1) + (1 + terms) + (1 + 2 * terms) if normed else (terms + 1) + (terms + 2)
    moved = values * torch.Size(SHAPE).numel() * dtype.itemsize
    sides = {LIMIT: copy.side(moved, precision), "spikegraph": Side(training(terms, normed, dtype), precision=precision)}
    what = f"{terms} term{'s' * (terms > 1)} {'with norms' if normed else 'without a norm'}, LIF, {precision}"
    note = f"{list(SHAPE)}, {values} values for each neuron and step"
    wanted = {"spikegraph": Wanted("limit", 1.5)}
    return compare(what, sides, settings, note, wanted, {precision: (LIMIT,)})


def training(terms: int, normed: bool, dtype: torch.dtype) -> Callable[[], object]:
    """A forward and backward pass of neurons, which use the batch's statistics."""
    currents, channels = [_last(torch.randn(SHAPE).to(dtype)).requires_grad_() for _ in range(terms)], SHAPE[2]
    norms = [
        NormOf(torch.ones(channels, requires_grad=True), torch.zeros(channels, requires_grad=True), *_statistics(), 1e-5, 0.1)
        for _ in range(terms if normed else 0)
    ]
    upstream = _last(torch.randn(SHAPE).to(dtype))
    learned = [*currents, *(x for norm in norms for x in (norm.weight, norm.bias))]

    def run() -> None:
        spikes, _ = fire(currents, norms or [None] * terms, None, NEURON, training=True)
        torch.autograd.grad(spikes, learned, upstream)

    return run


def _statistics() -> tuple[Tensor, Tensor]:
    return torch.zeros(SHAPE[2]), torch.ones(SHAPE[2])


def _last(x: Tensor) -> Tensor:
    """The same values with channels last in memory."""
    return x.movedim(2, -1).contiguous().movedim(-1, 2)
