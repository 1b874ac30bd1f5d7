"""Neurons over a sequence by the compiled functions of their step."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.native.calls import SUFFIX, Arguments, call, cut
from spikegraph.backends.torch.native.generated.library import functions
from spikegraph.backends.torch.native.plan import Plan


@dataclass(frozen=True)
class Kernel:
    """A step as C++.

    Attributes:
        sources: The source by the type of its numbers.
        constants: The constants that its functions read.
        states: How many states it has.
        spikes: Whether its result is spikes or counts, which bfloat16 holds exactly.
    """

    sources: Mapping[torch.dtype, str]
    constants: tuple[float, ...]
    states: int
    spikes: bool

    def compiled(self, current: Tensor) -> ctypes.CDLL | None:
        """Its functions for currents of this type; None if they can't be compiled."""
        return functions(self.sources[sum_type(current)])


def usable(current: Float[Tensor, "..."], tensors: Sequence[Tensor]) -> bool:
    """Whether compiled functions take this current, [T, N, C, *size], and states and numbers."""
    if current.device.type != "cpu" or current.dim() < 3 or current.numel() == 0:
        return False
    real = sum_type(current)
    return current.dtype in (*SUFFIX, torch.bfloat16) and all(t.dtype == real and t.device.type == "cpu" for t in tensors)


def sequence(
    kernel: Kernel,
    current: Float[Tensor, "T N C *size"],
    state: Sequence[Float[Tensor, "N C *size"]] | None,
    given: Sequence[Float[Tensor, "..."]],
) -> tuple[Float[Tensor, "T N C *size"], tuple[Float[Tensor, "N C *size"], ...]]:
    """The result and the states after the last step.

    Args:
        kernel: The step.
        current: The current; with bfloat16 potentials are float32.
        state: The states before the first step; None at the sequence's start.
        given: The step's given numbers, with one value or one for each channel.
    """
    run: Callable[..., tuple[Tensor, ...]] = _Sequence.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    result, *after = run(kernel, 0 if state is None else len(state), current, *(state or ()), *given)
    return result, tuple(after)


def _plan(current: Tensor, given: Sequence[Tensor]) -> Plan:
    moved = any(n.numel() > 1 for n in given) or not current.is_contiguous()
    return Plan(sum_type(current), moved, current.dtype == torch.bfloat16)


def _begun(
    plan: Plan, kernel: Kernel, current: Tensor, state: Sequence[Tensor], given: Sequence[Tensor], others: Sequence[Any] = ()
) -> Arguments:
    """The arguments that both ways read; those that follow have the rows `others` among them."""
    if any(s.shape != current.shape[1:] for s in state) or any(n.numel() not in (1, current.shape[2]) for n in given):
        raise ValueError(f"states or numbers don't fit currents {list(current.shape)}")
    rows, before = plan.rows(current), [plan.state_rows(s) for s in state]
    p = Arguments(cut([t for t in (rows, *before, *others) if t is not None]), plan.sums)
    p.memory(rows)
    p.doubles(*kernel.constants)
    for number in given:
        p.channels(number.reshape(1, -1).expand(1, rows.shape[-1]))
    for each in before or [None] * kernel.states:
        p.memory(each)
    return p


class _Sequence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        kernel, ctx.continued, current, *rest = args
        ctx.kernel = kernel
        ctx.save_for_backward(current, *rest)
        ctx.set_materialize_grads(False)
        state, given = rest[: ctx.continued], rest[ctx.continued :]
        plan = _plan(current, given)
        p = _begun(plan, kernel, current, state, given)
        result = plan.empty(current, torch.bfloat16 if plan.low and kernel.spikes else None)
        after = [plan.empty(current[:1]) for _ in range(kernel.states)]
        for memory in (*after, result):
            p.memory(memory)
        call("forward", plan.sums, p.numbers, kernel.compiled(current))
        return plan.values(result), *(plan.values(a).squeeze(0) for a in after)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        current, *rest = ctx.saved_tensors
        kernel, state, given = ctx.kernel, rest[: ctx.continued], rest[ctx.continued :]
        plan = _plan(current, given)
        upstream = None if grads[0] is None else plan.rows(grads[0])
        late = [plan.state_rows(g) for g in grads[1:]]
        p = _begun(plan, kernel, current, state, given, (upstream, *late))
        grad = plan.empty(current, current.dtype)
        early = [plan.empty(current[:1]) for _ in state]
        for memory in (upstream, grad, *late, *(early or [None] * kernel.states)):
            p.memory(memory)
        sums = torch.zeros(len(given), grad.shape[-1], dtype=torch.float64)
        p.address(sums)
        call("backward", plan.sums, p.numbers, kernel.compiled(current))
        to_given = [s.to(n.dtype) if n.numel() > 1 else s.sum().to(n.dtype) for s, n in zip(sums, given, strict=True)]
        numbers = [s.reshape(n.shape) for s, n in zip(to_given, given, strict=True)]
        return None, None, plan.values(grad), *(plan.values(e).squeeze(0) for e in early), *numbers
