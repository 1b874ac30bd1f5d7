"""The interface and the registry of kernels: functions that evaluate one operation over all time steps at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor, nn

from spikegraph.backends.torch.memory import LOW
from spikegraph.backends.torch.modules.sequence import joined_steps, parted_steps, repeated
from spikegraph.ir.graph import Node
from spikegraph.ir.opdef import AnyOp, AnyOp_co
from spikegraph.ir.plug_ins import names_of, registering
from spikegraph.ir.types import Value
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry

State = Any
"""The state of an operation between time steps: None, a tensor, or a tuple of tensors."""


@dataclass(frozen=True)
class Call(Generic[AnyOp_co]):
    """The arguments of a kernel beside its operands and state: a `Call[Conv]` for one of `Conv`.

    Attributes:
        node: The operation's node in the graph.
        operands: The types of the operands.
        leaves: The modules with the weights: one for most operations, one per share of a wide one, none without weights.
        architecture: The architecture parameters, by name.
        steps: Number T of time steps.
        training: If true, norms use the batch's statistics.
        low: The type of convolutions and their results, bfloat16 or float16; None for that of the weights.
        within: Which steps are the samples' own, bool [T, N]; None if all are.
        centred: Whether only norms use the result, and subtract each channel's mean.
    """

    node: Node[AnyOp_co]
    operands: tuple[Value, ...]
    leaves: tuple[nn.Module, ...]
    architecture: Mapping[str, Tensor]
    steps: int
    training: bool
    low: torch.dtype | None
    within: Bool[Tensor, "T N"] | None = None
    centred: bool = False

    @property
    def weights(self) -> nn.Module | None:
        """The module with the operation's weights, or None."""
        return self.leaves[0] if self.leaves else None


KernelOf = Callable[[Call[AnyOp], Sequence[Tensor], State], tuple[Tensor, State]]
"""Operands and result are [T, N, C, *size], or [N, C, *size] if they are the same at every time step."""

Prepared = TypeVar("Prepared")
PreparedOf = Callable[[Prepared, Call[AnyOp], Sequence[Tensor], State], tuple[Tensor, State]]

Kernel = KernelOf[Any]
"""The kernel of an operation that the registry knows."""


@dataclass(frozen=True)
class PreparedKernel:
    """A kernel that needs something of its operation which takes long to find out, or can't be traced.

    Attributes:
        prepare: Finds it. A model does so for each of its nodes when it plans them.
        compute: The kernel, which takes it as the first argument.
    """

    prepare: Callable[[Any], Any]
    compute: Callable[..., tuple[Tensor, State]]

    def of(self, node: Node) -> Kernel:
        """The kernel of a node."""
        return partial(self.compute, self.prepare(node.op))

    def __call__(self, call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
        """Prepares a single call."""
        return self.of(call.node)(call, xs, state)


KERNELS: Registry[Kernel] = Registry("kernel", "spikegraph.kernels", package=__package__, kind=FUNCTION)
"""All kernels, by the operation's name."""


def kernel(*operations: type[AnyOp], replace: bool = False) -> Callable[[KernelOf[AnyOp]], KernelOf[AnyOp]]:
    """Decorator that registers a kernel for operations, by their names.

    Raises:
        RegistrationError: An operation has another kernel, and `replace` is false; or one isn't the class of an operation.
    """
    return registering(KERNELS, operations, "kernel", replace=replace)


def prepared_kernel(
    prepare: Callable[[AnyOp], Prepared], *operations: type[AnyOp]
) -> Callable[[PreparedOf[Prepared, AnyOp]], PreparedOf[Prepared, AnyOp]]:
    """Decorator that registers a kernel whose first argument is what `prepare` finds out about the operation."""

    def add(function: PreparedOf[Prepared, AnyOp]) -> PreparedOf[Prepared, AnyOp]:
        for name in names_of(operations, "kernel"):
            KERNELS.register(name, PreparedKernel(prepare, function))
        return function

    return add


def flat(x: Shaped[Tensor, " first *rest"], value: Value) -> Shaped[Tensor, " B *joined"]:
    """Joins [T, N, C, *size] to [T * N, C, *size]; returns values without time steps unchanged."""
    return joined_steps(x) if value.steps else x


def unflat(y: Shaped[Tensor, " B *rest"], x: Shaped[Tensor, " first *input"], value: Value) -> Shaped[Tensor, " first *parted"]:
    """Splits [T * N, ...] to [T, N, ...] with the T of `x`; the inverse of `flat`."""
    return parted_steps(y, len(x)) if value.steps else y


def over_time(x: Shaped[Tensor, " first *rest"], value: Value, steps: int) -> Shaped[Tensor, "{steps} N C *size"]:
    """Expands a value [N, C, *size] without time steps to [T, N, C, *size], as a view."""
    return x if value.steps else repeated(x, steps)


def with_time_steps(kernel: Kernel) -> Kernel:
    """The kernel, given [T, N, C, *size] also for operands that are the same at every time step."""

    def compute(call: Call, xs: Sequence[Tensor], state: State) -> tuple[Tensor, State]:
        expanded = [over_time(x, value, call.steps) for x, value in zip(xs, call.operands, strict=True)]
        return kernel(replace(call, operands=tuple(value.with_(steps=True) for value in call.operands)), expanded, state)

    return compute


def positioned(x: Shaped[Tensor, " *value"], axes: int) -> Shaped[Tensor, " *value_and_ones"]:
    """A value without spatial axes, [..., C], as [..., C, 1, ...] that broadcasts over `axes` of them, as a view."""
    return x.view(*x.shape, *[1] * axes)


def broadcast(call: Call, xs: Sequence[Shaped[Tensor, "..."]]) -> list[Shaped[Tensor, "..."]]:
    """The operands [T, N, C, *size] so that torch broadcasts them: those of shape [T, N, C] get axes of length 1, as views."""
    axes = len(call.node.value.size)
    return [x if v.size else positioned(x, axes) for x, v in zip(xs, call.operands, strict=True)]


def real(x: Shaped[Tensor, " *value"]) -> Shaped[Tensor, " *value"]:
    """Converts bfloat16 and float16 [...] to float32, because averaging and integrating need more precision."""
    return x.float() if x.dtype in LOW else x


def same_precision(xs: Sequence[Shaped[Tensor, "..."]]) -> list[Shaped[Tensor, "..."]]:
    """Converts all values [...] to bfloat16 or float16 if one has that type, so that they can be summed."""
    low = next((x.dtype for x in xs if x.dtype in LOW), None)
    return list(xs) if low is None else [x.to(low) for x in xs]


def rows_of(table: Shaped[Tensor, "rows ..."], numbers: Sequence[int]) -> Shaped[Tensor, "chosen ..."]:
    """Some rows of a table, [chosen, ...]. A list as an index would be copied to the device, and waited for."""
    return torch.stack([table[number] for number in numbers])
