"""Values with bounds of their rounding, and how the kernel of an operation is called for one time step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.kernels.base import Call
from spikegraph.backends.torch.kernels.substeps import kernel_of
from spikegraph.ir.graph import Node
from spikegraph.ir.opdef import Op

UNKNOWN = 1e30
"""The bound of a number that can't be compared, such as the place of the greatest of two equal numbers."""

ROUNDINGS = 8
"""Roundings of an operation beside those of its sums: of products, folded weights and the numbers of a neuron."""


@dataclass(frozen=True)
class Precision:
    """The precision of a program.

    Attributes:
        sums: The unit roundoff of sums in layers: 2^-24 for float32.
        values: The unit roundoff of values, of weights and of single operations: 2^-8 for bfloat16.
    """

    sums: float = 2.0**-24
    values: float = 2.0**-24

    def of_sum(self, terms: int) -> float:
        """The bound of a sum's error, relative to the sum of its terms' absolute values, in whatever order they are added.

        |fl(s) - s| <= n u / (1 - n u) sum |w x| (Higham, Accuracy and Stability of Numerical Algorithms, 2002, Eq. 3.5), and
        the roundings of each term.
        """
        of_terms = terms * self.sums
        return ROUNDINGS * self.values + of_terms / max(1 - of_terms, 0.5)

    @property
    def of_one(self) -> float:
        """The bound of the relative error of single operations."""
        return ROUNDINGS * self.values


FLOAT32 = Precision()
BFLOAT16 = Precision(values=2.0**-8)


@dataclass(frozen=True)
class Bounded:
    """A value of one time step.

    Attributes:
        value: The numbers in float64, [N, C, *size].
        error: How far those of the other program may be from them, [N, C, *size].
        terms: The number of terms of the sum that the value is; 0 for no sum of a layer.
    """

    value: Tensor
    error: Tensor
    terms: int = 0

    @classmethod
    def exact(cls, value: Tensor) -> "Bounded":
        """A value without rounding."""
        value = value.double()
        return cls(value, torch.zeros_like(value))

    @property
    def largest(self) -> Tensor:
        """The largest absolute values that the numbers may have."""
        return self.value.abs() + self.error


@dataclass(frozen=True)
class Evaluation:
    """An operation with its weights, for one time step.

    Attributes:
        call: The arguments of its kernel.
        precision: The precision of the other program.
    """

    call: Call
    precision: Precision

    @property
    def node(self) -> Node:
        """The operation's node."""
        return self.call.node

    def __call__(self, xs: Sequence[Tensor]) -> Tensor:
        """The result [N, C, *size] of operands [N, C, *size]."""
        kernel = kernel_of(self.node)
        assert kernel is not None
        given = [x.unsqueeze(0) if v.steps else x for x, v in zip(xs, self.node.operand_values, strict=True)]
        y, _ = kernel(self.call, given, None)
        return y.squeeze(0) if self.node.value.steps else y

    def with_op(self, op: Op) -> "Evaluation":
        """The same with another operation."""
        node = self.node
        return replace(self, call=replace(self.call, node=Node(node.path, op, node.operands, node.span, node.operand_values)))

    def with_tensors(self, **tensors: Tensor) -> "Evaluation":
        """The same with these tensors in place of the operation's weights."""
        leaf = nn.Module()
        for name, tensor in tensors.items():
            leaf.register_buffer(name, tensor)
        return replace(self, call=replace(self.call, leaves=(leaf,)))

    def tensor(self, name: str) -> Tensor | None:
        """A tensor of the operation's weights, in float64; None if it has no such tensor."""
        found = getattr(self.call.weights, name, None)
        return found.detach().double() if isinstance(found, Tensor) else None
