"""Tensors of a module and of the network that was written for it: weights, which may lie otherwise, and values."""

import torch
from torch import Tensor

from spikegraph.foreign.layout import Layout
from spikegraph.foreign.statements import Weight


def ours(weight: Weight, tensor: Tensor) -> Tensor:
    """A tensor of the module as the network has it, but for its shape."""
    if weight.groups is not None:
        tensor = _exchanged(tensor, weight.groups)
    if weight.order is not None:
        tensor = tensor.flatten()[list(weight.order)]
    return tensor if weight.factor == 1 else weight.factor * tensor


def gradient_of_ours(weight: Weight, gradient: Tensor) -> Tensor:
    """The gradient of a tensor of the network, from that of the module's, but for its shape."""
    return ours(weight, gradient) / weight.factor**2


def theirs(weight: Weight, tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A tensor of the network as the module has it."""
    if weight.groups is not None:
        tensor = _exchanged(tensor, weight.groups)
    if weight.order is not None:
        tensor = torch.empty_like(tensor).flatten().index_copy(0, torch.tensor(weight.order), tensor.flatten())
    return (tensor if weight.factor == 1 else tensor / weight.factor).reshape(shape)


def _exchanged(tensor: Tensor, groups: int) -> Tensor:
    """[groups * A, B, ...] as [groups * B, A, ...]: channels before and behind a transposed convolution."""
    return tensor.reshape(groups, -1, *tensor.shape[1:]).transpose(1, 2).flatten(0, 1)


def in_order(tensor: Tensor, layout: Layout | None) -> Tensor:
    """A tensor of the module with its numbers in the order of the language."""
    if layout is None:
        return tensor
    shape, order = layout.in_order
    return tensor.reshape(shape).permute(order)
