"""Additions of operations in which it matters where a spike arrives: at a border or beside a stride it meets fewer weights."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.modules.general_convolution import padded_convolution, padded_transposed
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.convolution import Conv, grouped
from spikegraph.ir.ops.transposed import Transposed

Arrived = Float[Tensor, " *size"]


def additions(node: Node, arrived: Arrived) -> float:
    """The additions that spikes cause in an operation of `PLACED`: one for each weight that a spike meets.

    Args:
        node: The operation, in a graph for inputs of this size.
        arrived: The number of spikes at each place of its first operand, over all channels, time steps and samples: float64.
    """
    return float(PLACED[node.op.name](node, arrived))


def weights_met(node: Node) -> Arrived:
    """The weights that a spike meets in an operation of `PLACED`, at each place of its first operand: float64."""
    with torch.inference_mode(mode=False), torch.enable_grad():
        arrived = torch.zeros(node.operand_values[0].size, dtype=torch.float64, requires_grad=True)
        (met,) = torch.autograd.grad(PLACED[node.op.name](node, arrived), arrived)
    return met


def _conv(node: Node, arrived: Arrived) -> Tensor:
    op = node.op
    assert isinstance(op, Conv) and op.out is not None
    window, stride, dilation, reach = op.windows(arrived.dim())
    one = torch.ones(1, 1, *window, dtype=arrived.dtype)
    met = padded_convolution(arrived[None, None], one, None, stride, dilation, reach, 1, op.padding)
    return met.sum() * (op.out // grouped(op.name, op.groups, node.operand_values[0], op.out))


def _transposed(node: Node, arrived: Arrived) -> Tensor:
    op = node.op
    assert isinstance(op, Transposed)
    window, stride, dilation, reach = op.windows(arrived.dim())
    one = torch.ones(1, 1, *window, dtype=arrived.dtype)
    met = padded_transposed(arrived[None, None], one, None, stride, dilation, reach, 1, node.value.size)
    return met.sum() * (op.out // grouped(op.name, op.groups, node.operand_values[0], op.out))


PLACED: dict[str, Callable[[Node, Arrived], Tensor]] = {"conv": _conv, "transposed": _transposed}
"""These operations. They treat all channels of a group alike; in others, each place of the operand meets as many weights.

Each gives the additions, a scalar [], which are linear in the spikes."""
