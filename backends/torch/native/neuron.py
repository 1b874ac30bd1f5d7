"""Norms, their sum and spiking neurons as compiled code, in two passes over memory each way (Che et al., 2022, Eq. 1)."""

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spikegraph.backends.torch.autograd import apply, first_order
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import SUFFIX, SURROGATES, Cut, as_values, call, cut, empty_rows, memory, rows_of


@dataclass(frozen=True)
class Constants:
    """A neuron's constants; `b` is a number, or a tensor with one for each channel."""

    decay: float
    threshold: float
    hard: bool
    surrogate: str
    b: float | Tensor
    detach_reset: bool


@dataclass(frozen=True)
class NormOf:
    """The batch norm of one term; all tensors are [C]. Training updates the running statistics in place."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    var: Tensor
    eps: float
    momentum: float


def usable(current: Tensor, surrogate: str, b: float | Tensor) -> bool:
    """Returns true if compiled code supports this current, [T, N, C, *size].

    It needs a compiler, a CPU tensor, and a known type and surrogate, with b one number or one for each channel.
    """
    if current.device.type != "cpu" or current.dim() < 3 or current.numel() == 0 or surrogate not in SURROGATES:
        return False
    by_channel = not isinstance(b, Tensor) or b.shape == (current.shape[2], *[1] * (current.dim() - 3))
    return by_channel and current.dtype in (*SUFFIX, torch.bfloat16) and missing() is None


def fire(
    terms: Sequence[Tensor], norms: Sequence[NormOf | None], state: Tensor | None, neuron: Constants, *, training: bool
) -> tuple[Tensor, Tensor]:
    """Spikes of neurons whose current is the sum of terms, each optionally normed.

    Args:
        terms: The terms, [T, N, C, *size] each. Membrane potentials are float64 if a term is, else float32.
        norms: The batch norm of each term, or None.
        state: The state before the first step, [N, C, *size], or None.
        neuron: The neuron's constants.
        training: If true, norms use the batch's statistics.

    Returns:
        The spikes, bfloat16 if a term is, else with the membrane's type; and the state after the last step.
    """
    sums = torch.float64 if any(t.dtype == torch.float64 for t in terms) else torch.float32
    by_channel = isinstance(neuron.b, Tensor) or any(n is not None for n in norms)
    plan = _Plan(tuple(norms), neuron, training, sums, by_channel or not terms[0].is_contiguous())
    pairs = [p for n in norms if n is not None for p in (n.weight, n.bias)]
    if torch.is_grad_enabled() and any(t.requires_grad for t in (*terms, *pairs, *([] if state is None else [state]))):
        return apply(_Fire, plan, state, *terms, *pairs)
    forward = _forward(plan, state, terms)
    return forward.spikes, forward.state


@dataclass(frozen=True)
class _Plan:
    """The arguments without gradients."""

    norms: tuple[NormOf | None, ...]
    neuron: Constants
    training: bool
    sums: torch.dtype
    moved: bool
    """If true, channels are moved to the last axis. This isn't needed if all channels are processed alike."""

    def rows(self, x: Tensor) -> Tensor:
        return rows_of(x) if self.moved else x.contiguous()

    def values(self, rows: Tensor) -> Tensor:
        return as_values(rows) if self.moved else rows


@dataclass(frozen=True)
class _Forward:
    spikes: Tensor
    state: Tensor
    rows: tuple[Tensor, ...]
    affines: tuple[Tensor | None, ...]


def _affine(plan: _Plan, norm: NormOf, rows: Tensor) -> Tensor:
    """A norm as [4, C]: scale, shift, mean and 1 / standard deviation; the normed value is scale * y + shift.

    It uses the batch's statistics in training, else the running ones.
    """
    mean, var = norm.mean.to(plan.sums), norm.var.to(plan.sums)
    if plan.training:
        c = cut([rows])
        total = torch.zeros(2, c.channels, dtype=torch.float64)
        centre = mean.contiguous()
        numbers = [torch.get_num_threads(), *c.numbers, *memory(rows, c), centre.data_ptr(), total.data_ptr()]
        call("moments", plan.sums, numbers)
        count = rows.numel() // rows.shape[-1]
        first, second = total / count
        var = (second - first.square()).clamp_(min=0).to(plan.sums)
        mean = mean + first.to(plan.sums)
        with torch.no_grad():
            norm.mean.lerp_(mean.to(norm.mean.dtype), norm.momentum)
            norm.var.lerp_((var * (count / max(count - 1, 1))).to(norm.var.dtype), norm.momentum)
    inverse = (var + norm.eps).rsqrt_()
    scale = norm.weight.detach().to(plan.sums) * inverse
    shift = torch.addcmul(norm.bias.detach().to(plan.sums), mean, scale, value=-1)
    return torch.stack((scale, shift, mean, inverse))


class _Arguments:
    """The arguments of a call as integers, and the tensors behind its addresses, which must live until it returns."""

    def __init__(self, c: Cut, dtype: torch.dtype) -> None:
        self.c, self.dtype, self.numbers, self.kept = c, dtype, [torch.get_num_threads(), *c.numbers], list[Any]()

    def terms(self, rows: Sequence[Tensor], affines: Sequence[Tensor | None]) -> None:
        self.numbers.append(len(rows))
        for r, a in zip(rows, affines, strict=True):
            self.memory(r)
            if a is None:
                self.numbers += [0, 0, 0, 0]
            else:
                self.channels(a)

    def neuron(self, n: Constants) -> None:
        constants = (ctypes.c_double * 2)(n.decay, n.threshold)
        self.kept.append(constants)
        self.numbers += [ctypes.addressof(constants), int(n.hard), int(n.detach_reset)]

    def memory(self, rows: Tensor | None) -> None:
        self.kept.append(rows)
        self.numbers += memory(rows, self.c)

    def channels(self, values: Tensor) -> None:
        """Adds the K addresses of the rows of a tensor [K, C]."""
        rows = values.to(self.dtype).contiguous()
        self.kept.append(rows)
        step = rows.element_size() * rows.shape[-1]
        self.numbers += [rows.data_ptr() + k * step for k in range(len(rows))]

    def address(self, values: Tensor) -> None:
        self.kept.append(values)
        self.numbers.append(values.data_ptr())


def _state_rows(plan: _Plan, state: Tensor | None) -> Tensor | None:
    return None if state is None else plan.rows(state.detach().to(plan.sums).unsqueeze(0))


def _forward(plan: _Plan, state: Tensor | None, terms: Sequence[Tensor]) -> _Forward:
    rows = tuple(plan.rows(t.detach()) for t in terms)
    affines = tuple(None if n is None else _affine(plan, n, r) for n, r in zip(plan.norms, rows, strict=True))
    low = any(t.dtype == torch.bfloat16 for t in terms)
    spikes = empty_rows(rows[0], torch.bfloat16 if low else plan.sums)
    after = empty_rows(rows[0][:1], plan.sums)
    before = _state_rows(plan, state)
    p = _Arguments(cut([*rows, *([] if before is None else [before])]), plan.sums)
    p.terms(rows, affines)
    p.neuron(plan.neuron)
    for r in (before, after, spikes):
        p.memory(r)
    call("fire", plan.sums, p.numbers)
    return _Forward(plan.values(spikes), plan.values(after).squeeze(0), rows, affines)


def _by_channel(neuron: Constants, channels: int, dtype: torch.dtype) -> Tensor:
    """[2, C]: b, and the factor in the surrogate's formula that depends only on b."""
    each = neuron.b.flatten().tolist() if isinstance(neuron.b, Tensor) else [neuron.b]
    values = torch.tensor([each, [_scale_of(neuron.surrogate, b) for b in each]], dtype=dtype)
    return values.expand(2, channels)


def _scale_of(surrogate: str, b: float) -> float:
    if surrogate == "dspike":
        return b / (2 * math.tanh(b / 2))
    return b / {"arctan": 3.0, "exponential": 2.0}.get(surrogate, 1.0)


class _Fire(torch.autograd.Function):
    """Saves only the terms; recomputes membrane potentials with the same operations in the same order."""

    @staticmethod
    def forward(ctx: Any, plan: _Plan, state: Tensor | None, *tensors: Tensor) -> tuple[Tensor, Tensor]:
        terms = tensors[: len(plan.norms)]
        f = _forward(plan, state, terms)
        ctx.plan, ctx.affines = plan, f.affines
        ctx.types = tuple(t.dtype for t in tensors)
        ctx.save_for_backward(state, *f.rows)
        ctx.set_materialize_grads(False)
        return f.spikes, f.state

    @staticmethod
    @first_order
    def backward(ctx: Any, *grad_outputs: Tensor | None) -> Any:
        plan: _Plan = ctx.plan
        state, *rows = ctx.saved_tensors
        affines: tuple[Tensor | None, ...] = ctx.affines
        needed = ctx.needs_input_grad
        upstream = None if grad_outputs[0] is None else plan.rows(grad_outputs[0].detach())
        if upstream is not None and upstream.dtype not in (torch.bfloat16, plan.sums):
            upstream = upstream.to(plan.sums)
        # Has the type of the terms' gradients: all arithmetic that needs more precision happens before it is rounded.
        grad = empty_rows(rows[0], torch.bfloat16 if all(r.dtype == torch.bfloat16 for r in rows) else plan.sums)
        before, grad_after = _state_rows(plan, state), _state_rows(plan, grad_outputs[1])
        grad_before = empty_rows(rows[0][:1], plan.sums) if needed[1] else None
        present = [t for t in (*rows, upstream, before, grad_after) if t is not None]
        c = cut(present)
        n = plan.neuron
        b = _by_channel(n, rows[0].shape[-1], plan.sums)
        sums = torch.zeros(1 + len(rows), c.channels, dtype=torch.float64)
        p = _Arguments(c, plan.sums)
        p.terms(rows, affines)
        p.neuron(n)
        p.channels(b)
        for r in (before, upstream, grad_after, grad_before, grad):
            p.memory(r)
        p.address(sums)
        call("through_time", plan.sums, [SURROGATES.index(n.surrogate), *p.numbers])
        outs = _through_norms(plan, rows, affines, grad, sums, needed[2 : 2 + len(rows)])
        values = [None if o is None else plan.values(o) for o in outs]
        pairs = [g for k, a in enumerate(affines) if a is not None for g in (sums[1 + k].to(plan.sums), sums[0].to(plan.sums))]
        given = [None if g is None else g.to(t) for g, t in zip((*values, *pairs), ctx.types, strict=True)]
        first = None if grad_before is None else plan.values(grad_before).squeeze(0).to(state.dtype)
        return None, first, *given


def _through_norms(
    plan: _Plan, rows: Sequence[Tensor], affines: Sequence[Tensor | None], grad: Tensor, sums: Tensor, needed: Sequence[bool]
) -> list[Tensor | None]:
    """The gradient of each term, [T, N, *size, C]; without a norm it equals the current's gradient."""
    if all(a is None and r.dtype == grad.dtype for a, r in zip(affines, rows, strict=True)):
        return [grad if n else None for n in needed]
    outs = [empty_rows(r, r.dtype) if n else None for r, n in zip(rows[:-1], needed[:-1], strict=True)]
    # The current's gradient isn't needed afterwards, so the last term's gradient may overwrite it.
    last = grad if rows[-1].dtype == grad.dtype else empty_rows(rows[-1], rows[-1].dtype)
    outs.append(last if needed[-1] else None)
    count = rows[0].numel() // rows[0].shape[-1]
    means = sums / count if plan.training else torch.zeros_like(sums)
    c = cut([*rows, grad])
    p = _Arguments(c, plan.sums)
    p.terms(rows, affines)
    p.memory(grad)
    for out in outs:
        p.memory(out)
    p.address(means.to(plan.sums))
    call("through_norms", plan.sums, p.numbers)
    return outs
