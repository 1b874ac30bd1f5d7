"""Values with bounds of their rounding, and how the reference of an operation is called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spikegraph.ir.graph import Node
from spikegraph.ir.opdef import Op
from spikegraph.meaning.call import Array, Call, Recorded

Where = npt.NDArray[np.bool_]
"""Whether something is so for each number of a value."""

UNKNOWN = 1e30
"""The bound of a number that can't be compared, such as the place of the greatest of two equal numbers; the largest one."""

LOOSE = 0.1
"""A bound above this, relative to 1 + the largest number of its array, says nothing: the number counts as not compared."""

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
FLOAT64 = Precision(sums=2.0**-52, values=2.0**-52)
"""Twice the unit roundoff of float64, since the reference rounds as well."""


@dataclass(frozen=True)
class Bounded:
    """A value at all time steps, [T, N, C, *size] with T = 1 for one that is the same at every step; or at one, [N, C, *size].

    Attributes:
        value: The numbers in float64.
        error: How far those of the other program may be from them, at most `UNKNOWN`.
        terms: The number of terms of the sum that the value is; 0 for no sum of a layer.
    """

    value: Array
    error: Array
    terms: int = 0

    @classmethod
    def exact(cls, value: Array) -> "Bounded":
        """A value without rounding."""
        return cls(value, np.broadcast_to(np.zeros(()), value.shape))

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> "Bounded":
        """Zeros without rounding."""
        return cls.exact(np.zeros(shape))

    @classmethod
    def of(cls, value: Array, error: Array, terms: int = 0) -> "Bounded":
        """A value with an error that may be too large for a number, or none."""
        return cls(value, np.fmin(error, UNKNOWN), terms)

    @property
    def largest(self) -> Array:
        """The largest absolute values that the numbers may have."""
        return np.abs(self.value) + self.error

    @property
    def loose(self) -> Where:
        """Where the bound says nothing."""
        largest = np.minimum(np.nan_to_num(np.abs(self.value)), 1e6).max(initial=0.0)
        return self.error > LOOSE * (1 + largest)

    def during(self, step: int) -> "Bounded":
        """One time step of it, [1, N, C, *size]."""
        at = slice(0, 1) if len(self.value) == 1 else slice(step, step + 1)
        return Bounded(self.value[at], self.error[at], self.terms)

    def at(self, step: int) -> "Bounded":
        """One time step of it, [N, C, *size]."""
        now = self.during(step)
        return Bounded(now.value[0], now.error[0], self.terms)


@dataclass(frozen=True)
class Evaluation:
    """An operation with its weights.

    Attributes:
        call: The arguments of its reference.
        precision: The precision of the other program.
        compute: The reference.
    """

    call: Call
    precision: Precision
    compute: Callable[..., Array]

    @property
    def node(self) -> Node:
        """The operation's node."""
        return self.call.node

    def __call__(self, xs: Sequence[Array]) -> Array:
        """The result [T, N, C, *size] of operands [T, N, C, *size], for an operation that remembers nothing."""
        return self.compute(replace(self.call, state={}, recorded=Recorded()), *xs)

    def first(self, step: int) -> "Evaluation":
        """The same from a time step on."""
        return replace(self, call=replace(self.call, first=step))

    def with_op(self, op: Op) -> "Evaluation":
        """The same with another operation."""
        return replace(self, call=replace(self.call, node=replace(self.node, op=op)))

    def with_tensors(self, **tensors: Array) -> "Evaluation":
        """The same with these tensors in place of the operation's weights."""
        named = {f"{self.node.weights}.{name}": tensor for name, tensor in tensors.items()}
        return replace(self, call=replace(self.call, tensors={**self.call.tensors, **named}))

    def tensor(self, name: str) -> Array | None:
        """A tensor of the operation's weights; None if it has no such tensor."""
        return self.call.tensors.get(f"{self.node.weights}.{name}")
