"""What a kernel is: a function that evaluates one operation over all steps at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.modules.sequence import joined_steps, parted_steps
from spikegraph.ir.graph import Node
from spikegraph.ir.types import Value

State = Any
"""What an operation hands from one step to the next: None, a tensor, or a tuple of them."""


@dataclass(frozen=True)
class Call:
    """What a kernel may look at beside its operands.

    Attributes:
        node: The operation in the graph.
        operands: The operands' types.
        leaves: The operation's tensors: one leaf for most, one for each share of a wide operation, none without weights.
        architecture: The architecture parameters by name.
        steps: T, the number of steps that are evaluated.
        training: Whether norms take the batch's statistics.
        bf16: Whether convolutions run in bfloat16.
    """

    node: Node
    operands: tuple[Value, ...]
    leaves: tuple[nn.Module, ...]
    architecture: Mapping[str, Tensor]
    steps: int
    training: bool
    bf16: bool

    @property
    def weights(self) -> nn.Module | None:
        """The operation's own tensors, or None."""
        return self.leaves[0] if self.leaves else None


Kernel = Callable[[Call, Sequence[Tensor], State], tuple[Tensor, State]]
"""Operands are [T, N, C, *size], or [N, C, *size] where they are the same at every step; so is the result."""

KERNELS: dict[str, Kernel] = {}
"""The kernel of each operation, by the operation's name."""


def kernel(*names: str) -> Callable[[Kernel], Kernel]:
    """Registers a kernel for operations; a decorator, also for other packages."""

    def add(function: Kernel) -> Kernel:
        for name in names:
            KERNELS[name] = function
        return function

    return add


def flat(x: Tensor, value: Value) -> Tensor:
    """[T, N, C, *size] as [T * N, C, *size]; a value that is the same at every step as it is."""
    return joined_steps(x) if value.steps else x


def unflat(y: Tensor, x: Tensor, value: Value) -> Tensor:
    """Back to [T, N, ...] as `x` has it."""
    return parted_steps(y, len(x)) if value.steps else y


def over_time(x: Tensor, value: Value, steps: int) -> Tensor:
    """[T, N, C, *size], repeating a value that is the same at every step (a view, no copy)."""
    return x if value.steps else x.unsqueeze(0).expand(steps, *x.shape)


def real(x: Tensor) -> Tensor:
    """In float32 where it is bfloat16: what is averaged or integrated needs more digits than a convolution's result has."""
    return x.float() if x.dtype == torch.bfloat16 else x


def alike(xs: Sequence[Tensor]) -> list[Tensor]:
    """All in bfloat16 where one is: values that are weighed against each other go into the same convolutions."""
    low = any(x.dtype == torch.bfloat16 for x in xs)
    return [x.to(torch.bfloat16) if low else x for x in xs]
