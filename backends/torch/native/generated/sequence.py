"""Neurons over a sequence by the compiled functions of their step."""

import ctypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.native.calls import Arguments, cut
from spikegraph.backends.torch.native.generated.library import functions
from spikegraph.backends.torch.native.norms import Addend, to_terms
from spikegraph.backends.torch.native.plan import Plan
from spikegraph.backends.torch.native.statistics import affines_of, keep_statistics


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


def usable(addends: Sequence[Addend], tensors: Sequence[Tensor]) -> bool:
    """Whether compiled functions take these terms of currents, and states and numbers."""
    first, norms = addends[0].value, [a.norm for a in addends if a.norm is not None]
    read = (*(a.value for a in addends), *tensors, *(x for n in norms for x in (n.weight, n.bias, n.mean, n.var)))
    if first.dim() < 3 or first.numel() == 0 or any(x.device.type != "cpu" for x in read):
        return False
    real = sum_type(*(a.value for a in addends))
    known = all(a.value.shape == first.shape and a.value.dtype in (real, torch.bfloat16) for a in addends)
    return known and all(t.dtype == real for t in tensors)


def sequence(
    kernel: Kernel,
    currents: Sequence[Sequence[Addend]],
    state: Sequence[Float[Tensor, "N C *size"]] | None,
    given: Sequence[Float[Tensor, "..."]],
    *,
    training: bool = False,
) -> tuple[Float[Tensor, "T N C *size"], tuple[Float[Tensor, "N C *size"], ...]]:
    """The result and the states after the last step.

    Args:
        kernel: The step.
        currents: The terms of each current; with bfloat16 potentials are float32.
        state: The states before the first step; None at the sequence's start.
        given: The step's given numbers, with one value or one for each channel.
        training: Whether norms use the batch's statistics, and update the running ones.
    """
    addends = [a for each in currents for a in each]
    norms = [a.norm for a in addends if a.norm is not None]
    layout = _Layout(
        tuple(map(len, currents)),
        tuple(None if a.norm is None else (a.norm.eps, a.norm.momentum) for a in addends),
        0 if state is None else len(state),
        training,
    )
    tensors = (*(a.value for a in addends), *(state or ()), *given, *(x for n in norms for x in (n.weight, n.bias)))
    run: Callable[..., tuple[Tensor, ...]] = _Sequence.apply  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    result, affines, *after = run(kernel, layout, [(n.mean, n.var) for n in norms], *tensors)
    if training and norms:
        keep_statistics(norms, affines)
    return result, tuple(after)


@dataclass(frozen=True)
class _Layout:
    """How many terms each current has, eps and momentum of each term's norm, how many states are given, and `training`."""

    counts: tuple[int, ...]
    norms: tuple[tuple[float, float] | None, ...]
    states: int
    training: bool

    @property
    def normed(self) -> list[bool]:
        return [n is not None for n in self.norms]

    def by_current(self, found: Iterable[Any]) -> list[list[Any]]:
        """What there is of each term, for each current."""
        each = iter(found)
        return [list(islice(each, count)) for count in self.counts]


@dataclass(frozen=True)
class _Read:
    """What a kernel reads."""

    layout: _Layout
    terms: Sequence[Tensor]
    state: Sequence[Tensor]
    given: Sequence[Tensor]

    @classmethod
    def of(cls, layout: _Layout, tensors: Sequence[Tensor]) -> tuple["_Read", Sequence[Tensor]]:
        """It, and the tensors that are left: those of norms."""
        terms, states = len(layout.norms), layout.states
        left = len(tensors) - 2 * sum(layout.normed)
        read = cls(layout, tensors[:terms], tensors[terms : terms + states], tensors[terms + states : left])
        return read, tensors[left:]

    @property
    def plan(self) -> Plan:
        first = self.terms[: self.layout.counts[0]]
        moved = any(self.layout.normed) or any(n.numel() > 1 for n in self.given) or not first[0].is_contiguous()
        return Plan(sum_type(*self.terms), moved, any(t.dtype == torch.bfloat16 for t in first))

    def arguments(
        self, kernel: Kernel, rows: Sequence[Tensor], affines: Sequence[Tensor | None], others: Sequence[Tensor | None] = ()
    ) -> Arguments:
        """Those that both ways read; those that follow have the rows `others` among them."""
        shape, plan = self.terms[0].shape, self.plan
        if any(s.shape != shape[1:] for s in self.state) or any(n.numel() not in (1, shape[2]) for n in self.given):
            raise ValueError(f"states or numbers don't fit currents {list(shape)}")
        before = [plan.state_rows(s) for s in self.state]
        p = Arguments(cut([t for t in (*rows, *before, *others) if t is not None]), plan.sums)
        for each, norms in zip(self.layout.by_current(rows), self.layout.by_current(affines), strict=True):
            p.terms(each, norms)
        p.doubles(*kernel.constants)
        for number in self.given:
            p.channels(number.reshape(1, -1).expand(1, rows[0].shape[-1]))
        for each in before or [None] * kernel.states:
            p.memory(each)
        return p

    def each(self, affines: Iterable[Tensor]) -> list[Tensor | None]:
        """The norm of each term as compiled code reads it."""
        found = iter(affines)
        return [next(found) if normed else None for normed in self.layout.normed]


class _Sequence(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        kernel, layout, statistics, *tensors = args
        read, parameters = _Read.of(layout, tensors)
        plan, first = read.plan, read.terms[0]
        rows = [plan.rows(x) for x in read.terms]
        normed = [(k, *norm) for k, norm in enumerate(layout.norms) if norm is not None]
        joined = first.new_empty(0)
        if normed:
            norms = zip(parameters[::2], parameters[1::2], statistics, strict=True)
            own = [x for weight, bias, running in norms for x in (weight, bias, *running)]
            constants = [x for _, *each in normed for x in each]
            joined = affines_of(plan, own, constants, [rows[k] for k, *_ in normed], training=layout.training)
        ctx.kernel, ctx.layout, ctx.types = kernel, layout, [x.dtype for x in parameters]
        ctx.save_for_backward(joined, *tensors)
        ctx.mark_non_differentiable(joined)
        ctx.set_materialize_grads(False)
        p = read.arguments(kernel, rows, read.each(joined))
        result = plan.empty(first, torch.bfloat16 if plan.low and kernel.spikes else None)
        after = [plan.empty(first[:1]) for _ in range(kernel.states)]
        for memory in (*after, result):
            p.memory(memory)
        p.call("forward", lambda: kernel.compiled(read.terms))
        return plan.values(result), joined, *(plan.values(a).squeeze(0) for a in after)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        kernel, layout, (joined, *tensors) = ctx.kernel, ctx.layout, ctx.saved_tensors
        read, _ = _Read.of(layout, tensors)
        plan, first = read.plan, read.terms[0]
        upstream = None if grads[0] is None else plan.rows(grads[0])
        late = [plan.state_rows(g) for g in grads[2:]]
        rows, affines = [plan.rows(x) for x in read.terms], read.each(joined)
        p = read.arguments(kernel, rows, affines, (upstream, *late))
        # Those of currents have the type of their terms: what needs more precision is computed before they are rounded.
        low = [all(r.dtype == torch.bfloat16 for r in each) for each in layout.by_current(rows)]
        to_currents = [plan.empty(first, torch.bfloat16 if each else None) for each in low]
        early = [plan.empty(first[:1]) for _ in read.state]
        for memory in (upstream, *to_currents, *late, *(early or [None] * kernel.states)):
            p.memory(memory)
        lines = len(read.given) + sum(1 + n for n in layout.counts)
        sums = rows[0].new_zeros(lines, rows[0].shape[-1], dtype=torch.float64)
        p.address(sums)
        p.call("backward", lambda: kernel.compiled(read.terms))
        of_given, *of_currents = torch.split(sums, [len(read.given), *(1 + n for n in layout.counts)])
        numbers = [
            (total if number.numel() > 1 else total.sum()).to(number.dtype).reshape(number.shape)
            for total, number in zip(of_given, read.given, strict=True)
        ]
        needed = ctx.needs_input_grad[3 : 3 + len(rows)]
        values, norms = list[Tensor | None](), list[Tensor]()
        by_current = (layout.by_current(each) for each in (read.terms, rows, affines, needed))
        for grad, total, terms, own, normed, wanted in zip(to_currents, of_currents, *by_current, strict=True):
            values += to_terms(plan, terms, own, normed, grad, total, wanted, training=layout.training)
            # Copied, because gradients that share memory must not be kept by several parameters.
            norms += [total[row].clone() for k, n in enumerate(normed) if n is not None for row in (1 + k, 0)]
        norms = [found.to(dtype) for found, dtype in zip(norms, ctx.types, strict=True)]
        return None, None, None, *values, *(plan.values(e).squeeze(0) for e in early), *numbers, *norms
