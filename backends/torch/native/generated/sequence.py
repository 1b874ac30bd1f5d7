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
from spikegraph.backends.torch.native.calls import Arguments, call, cut
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

    def compiled(self, currents: Sequence[Tensor]) -> ctypes.CDLL | None:
        """Its functions for currents of these types; None if they can't be compiled."""
        return functions(self.sources[sum_type(*currents)])


def usable(currents: Sequence[Float[Tensor, "..."]], tensors: Sequence[Tensor]) -> bool:
    """Whether compiled functions take these currents, [T, N, C, *size], and states and numbers."""
    first, real = currents[0], sum_type(*currents)
    if first.dim() < 3 or first.numel() == 0 or any(x.device.type != "cpu" for x in (*currents, *tensors)):
        return False
    known = all(x.shape == first.shape and x.dtype in (real, torch.bfloat16) for x in currents)
    return known and all(t.dtype == real for t in tensors)


def sequence(
    kernel: Kernel,
    currents: Sequence[Float[Tensor, "T N C *size"]],
    state: Sequence[Float[Tensor, "N C *size"]] | None,
    given: Sequence[Float[Tensor, "..."]],
) -> tuple[Float[Tensor, "T N C *size"], tuple[Float[Tensor, "N C *size"], ...]]:
    """The result and the states after the last step.

    Args:
        kernel: The step.
        currents: The currents; with bfloat16 potentials are float32.
        state: The states before the first step; None at the sequence's start.
        given: The step's given numbers, with one value or one for each channel.
    """
    run: Callable[..., tuple[Tensor, ...]] = _Sequence.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    result, *after = run(kernel, len(currents), 0 if state is None else len(state), *currents, *(state or ()), *given)
    return result, tuple(after)


@dataclass(frozen=True)
class _Tensors:
    """What a kernel reads."""

    currents: Sequence[Tensor]
    state: Sequence[Tensor]
    given: Sequence[Tensor]

    @classmethod
    def of(cls, tensors: Sequence[Tensor], inputs: int, states: int) -> "_Tensors":
        return cls(tensors[:inputs], tensors[inputs : inputs + states], tensors[inputs + states :])

    @property
    def plan(self) -> Plan:
        moved = any(n.numel() > 1 for n in self.given) or not self.currents[0].is_contiguous()
        return Plan(sum_type(*self.currents), moved, self.currents[0].dtype == torch.bfloat16)

    def arguments(self, kernel: Kernel, others: Sequence[Tensor | None] = ()) -> Arguments:
        """Those that both ways read; those that follow have the rows `others` among them."""
        shape, plan = self.currents[0].shape, self.plan
        if any(s.shape != shape[1:] for s in self.state) or any(n.numel() not in (1, shape[2]) for n in self.given):
            raise ValueError(f"states or numbers don't fit currents {list(shape)}")
        rows, before = [plan.rows(x) for x in self.currents], [plan.state_rows(s) for s in self.state]
        p = Arguments(cut([t for t in (*rows, *before, *others) if t is not None]), plan.sums)
        for each in rows:
            p.memory(each)
        p.doubles(*kernel.constants)
        for number in self.given:
            p.channels(number.reshape(1, -1).expand(1, rows[0].shape[-1]))
        for each in before or [None] * kernel.states:
            p.memory(each)
        return p


class _Sequence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.kernel, ctx.inputs, ctx.states, *tensors = args
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        kernel, read = ctx.kernel, _Tensors.of(tensors, ctx.inputs, ctx.states)
        plan, p, first = read.plan, read.arguments(kernel), read.currents[0]
        result = plan.empty(first, torch.bfloat16 if plan.low and kernel.spikes else None)
        after = [plan.empty(first[:1]) for _ in range(kernel.states)]
        for memory in (*after, result):
            p.memory(memory)
        call("forward", plan.sums, p.numbers, kernel.compiled(read.currents))
        return plan.values(result), *(plan.values(a).squeeze(0) for a in after)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        kernel, read = ctx.kernel, _Tensors.of(ctx.saved_tensors, ctx.inputs, ctx.states)
        plan = read.plan
        upstream = None if grads[0] is None else plan.rows(grads[0])
        late = [plan.state_rows(g) for g in grads[1:]]
        p = read.arguments(kernel, (upstream, *late))
        to_currents = [plan.empty(x, x.dtype) for x in read.currents]
        early = [plan.empty(read.currents[0][:1]) for _ in read.state]
        for memory in (upstream, *to_currents, *late, *(early or [None] * kernel.states)):
            p.memory(memory)
        sums = torch.zeros(len(read.given), to_currents[0].shape[-1], dtype=torch.float64)
        p.address(sums)
        call("backward", plan.sums, p.numbers, kernel.compiled(read.currents))
        numbers = [
            (total if number.numel() > 1 else total.sum()).to(number.dtype).reshape(number.shape)
            for total, number in zip(sums, read.given, strict=True)
        ]
        values = (plan.values(grad) for grad in to_currents)
        return None, None, None, *values, *(plan.values(e).squeeze(0) for e in early), *numbers
