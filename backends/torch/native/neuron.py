"""Norms, their sum and spiking neurons as compiled code, in two passes over memory each way (Che et al., 2022, Eq. 1)."""

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import SUFFIX, SURROGATES, Cut, as_values, call, cut, empty_rows, memory, rows_of
from spikegraph.backends.torch.operators import operator


class Constants(NamedTuple):
    """A neuron's constants; `b` has one value for each of several groups of channels of equal size."""

    decay: float
    threshold: float
    hard: bool
    surrogate: str
    b: Sequence[float]
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


def usable(current: Tensor, surrogate: str, b: Sequence[float]) -> bool:
    """Returns true if compiled code supports this current, [T, N, C, *size].

    It needs a compiler, a CPU tensor, and a known type and surrogate, with b for groups of channels.
    """
    if current.device.type != "cpu" or current.dim() < 3 or current.numel() == 0 or surrogate not in SURROGATES:
        return False
    grouped = len(b) == 1 or (len(b) > 1 and current.shape[2] % len(b) == 0)
    return grouped and current.dtype in (*SUFFIX, torch.bfloat16) and missing() is None


def fire(
    terms: Sequence[Tensor], norms: Sequence[NormOf | None], state: Tensor | None, neuron: Constants, *, training: bool = False
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
    present = [n for n in norms if n is not None]
    tensors = [x for n in present for x in (n.weight, n.bias, n.mean, n.var)]
    normed = [n is not None for n in norms]
    numbers = [(0.0, 0.0) if n is None else (n.eps, n.momentum) for n in norms]
    spikes, after, affines = _fire(
        list(terms), tensors, normed, state, *neuron, training, *map(list, zip(*numbers, strict=True))
    )
    if training:
        with torch.no_grad():
            for norm, affine in zip(present, affines, strict=True):
                norm.mean.copy_(affine[4])
                norm.var.copy_(affine[5])
    return spikes, after


@dataclass(frozen=True)
class _Plan:
    """How tensors are passed to compiled code: with channels in the last axis, unless all channels are processed alike."""

    sums: torch.dtype
    moved: bool
    low: bool

    @classmethod
    def of(cls, terms: Sequence[Tensor], normed: Sequence[bool], b: Sequence[float]) -> "_Plan":
        moved = len(b) > 1 or any(normed) or not terms[0].is_contiguous()
        return cls(sum_type(*terms), moved, any(t.dtype == torch.bfloat16 for t in terms))

    def rows(self, x: Tensor) -> Tensor:
        """The tensor as rows of the type of sums or bfloat16."""
        x = x if x.dtype in (self.sums, torch.bfloat16) else x.to(self.sums)
        return rows_of(x) if self.moved else x.contiguous()

    def state_rows(self, state: Tensor | None) -> Tensor | None:
        return None if state is None else self.rows(state.to(self.sums).unsqueeze(0))

    def values(self, rows: Tensor) -> Tensor:
        return as_values(rows) if self.moved else rows

    def empty(self, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Memory for a result with the shape of a value [T, N, C, *size], as rows."""
        return empty_rows(like.movedim(2, -1) if self.moved else like, dtype or self.sums)

    def results(self, terms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Memory for spikes and state, as rows."""
        return self.empty(terms[0], torch.bfloat16 if self.low else None), self.empty(terms[0][:1])


def _affine(plan: _Plan, norm: NormOf, rows: Tensor, training: bool) -> Tensor:
    """A norm as [6, C]: scale, shift, mean, 1 / standard deviation, and the running mean and variance after this call.

    The normed value is scale * y + shift, with the batch's statistics in training, else with the running ones.
    """
    running = mean, var = norm.mean.to(plan.sums), norm.var.to(plan.sums)
    if training:
        c = cut([rows])
        total = torch.zeros(2, c.channels, dtype=torch.float64)
        centre = mean.contiguous()
        numbers = [torch.get_num_threads(), *c.numbers, *memory(rows, c, plan.sums), centre.data_ptr(), total.data_ptr()]
        call("moments", plan.sums, numbers)
        count = rows.numel() // rows.shape[-1]
        first, second = total / count
        var = (second - first.square()).clamp_(min=0).to(plan.sums)
        mean = mean + first.to(plan.sums)
        unbiased = var * (count / max(count - 1, 1))
        running = running[0].lerp(mean, norm.momentum), running[1].lerp(unbiased, norm.momentum)
    inverse = (var + norm.eps).rsqrt_()
    scale = norm.weight.to(plan.sums) * inverse
    shift = torch.addcmul(norm.bias.to(plan.sums), mean, scale, value=-1)
    return torch.stack((scale, shift, mean, inverse, *running))


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
                self.channels(a[:4])

    def neuron(self, n: Constants) -> None:
        constants = (ctypes.c_double * 2)(n.decay, n.threshold)
        self.kept.append(constants)
        self.numbers += [ctypes.addressof(constants), int(n.hard), int(n.detach_reset)]

    def memory(self, rows: Tensor | None) -> None:
        self.kept.append(rows)
        self.numbers += memory(rows, self.c, self.dtype)

    def channels(self, values: Tensor) -> None:
        """Adds the K addresses of the rows of a tensor [K, C]."""
        rows = values.to(self.dtype).contiguous()
        self.kept.append(rows)
        step = rows.element_size() * rows.shape[-1]
        self.numbers += [rows.data_ptr() + k * step for k in range(len(rows))]

    def address(self, values: Tensor) -> None:
        self.kept.append(values)
        self.numbers.append(values.data_ptr())


def _each(affines: Sequence[Tensor], normed: Sequence[bool]) -> list[Tensor | None]:
    """The norm of each term, or None."""
    left = iter(affines)
    return [next(left) if n else None for n in normed]


def _forward(
    terms: Sequence[Tensor],
    norms: Sequence[Tensor],
    normed: Sequence[bool],
    state: Tensor | None,
    decay: float,
    threshold: float,
    hard: bool,
    surrogate: str,
    b: Sequence[float],
    detach_reset: bool,
    training: bool,
    eps: Sequence[float],
    momentum: Sequence[float],
) -> tuple[Tensor, Tensor, Tensor]:
    plan = _Plan.of(terms, normed, b)
    rows = [plan.rows(t) for t in terms]
    spikes, after = plan.results(terms)
    before = plan.state_rows(state)
    found = [k for k, n in enumerate(normed) if n]
    given = [NormOf(*norms[4 * i : 4 * i + 4], eps[k], momentum[k]) for i, k in enumerate(found)]
    affines = [_affine(plan, n, rows[k], training) for n, k in zip(given, found, strict=True)]
    p = _Arguments(cut([*rows, *([] if before is None else [before])]), plan.sums)
    p.terms(rows, _each(affines, normed))
    p.neuron(Constants(decay, threshold, hard, surrogate, b, detach_reset))
    for r in (before, after, spikes):
        p.memory(r)
    call("fire", plan.sums, p.numbers)
    return plan.values(spikes), plan.values(after).squeeze(0), torch.stack(affines) if affines else after.new_empty(0)


def _fake(
    terms: Sequence[Tensor], norms: Sequence[Tensor], normed: Sequence[bool], state: Any, *rest: Any
) -> tuple[Tensor, Tensor, Tensor]:
    plan = _Plan.of(terms, normed, rest[4])
    spikes, after = plan.results(terms)
    count = sum(normed)
    affines = after.new_empty((count, 6, terms[0].shape[2]) if count else (0,))
    return plan.values(spikes), plan.values(after).squeeze(0), affines


def _by_channel(surrogate: str, b: Sequence[float], channels: int, dtype: torch.dtype) -> Tensor:
    """[2, C]: b, and the factor in the surrogate's formula that depends only on b."""
    values = torch.tensor([list(b), [_scale_of(surrogate, x) for x in b]], dtype=dtype)
    return values.repeat_interleave(channels // len(b), dim=1)


def _scale_of(surrogate: str, b: float) -> float:
    if surrogate == "dspike":
        return b / (2 * math.tanh(b / 2))
    return b / {"arctan": 3.0, "exponential": 2.0}.get(surrogate, 1.0)


def _backward(
    grad_spikes: Tensor | None,
    grad_state: Tensor | None,
    terms: Sequence[Tensor],
    affines: Tensor,
    normed: Sequence[bool],
    state: Tensor | None,
    decay: float,
    threshold: float,
    hard: bool,
    surrogate: str,
    b: Sequence[float],
    detach_reset: bool,
    training: bool,
    needed: Sequence[bool],
) -> list[Tensor]:
    """Recomputes membrane potentials with the same operations in the same order; results as in `_empty_gradients`."""
    plan = _Plan.of(terms, normed, b)
    rows, each = [plan.rows(t) for t in terms], _each(list(affines), normed)
    # Has the type of the terms' gradients: all arithmetic that needs more precision happens before it is rounded.
    grad = plan.empty(terms[0], torch.bfloat16 if all(r.dtype == torch.bfloat16 for r in rows) else None)
    before, grad_after = plan.state_rows(state), plan.state_rows(grad_state)
    upstream = None if grad_spikes is None else plan.rows(grad_spikes)
    grad_before = None if state is None else plan.empty(terms[0][:1])
    c = cut([t for t in (*rows, upstream, before, grad_after) if t is not None])
    sums = torch.zeros(1 + len(rows), c.channels, dtype=torch.float64)
    p = _Arguments(c, plan.sums)
    p.terms(rows, each)
    p.neuron(Constants(decay, threshold, hard, surrogate, b, detach_reset))
    p.channels(_by_channel(surrogate, b, rows[0].shape[-1], plan.sums))
    for r in (before, upstream, grad_after, grad_before, grad):
        p.memory(r)
    p.address(sums)
    call("through_time", plan.sums, [SURROGATES.index(surrogate), *p.numbers])
    found = [sums] if any(normed) else []
    if state is not None and grad_before is not None:
        found.append(plan.values(grad_before).squeeze(0).to(state.dtype))
    if _equal(terms, normed):
        return found + [plan.values(grad)] * any(needed)
    means = sums / (grad.numel() // grad.shape[-1]) if training else torch.zeros_like(sums)
    outs = _through_norms(plan, rows, each, grad, means, needed)
    return found + [plan.values(o).to(t.dtype) for o, t in zip(outs, terms, strict=True) if o is not None]


def _empty_gradients(
    _: Any, __: Any, terms: Sequence[Tensor], ___: Any, normed: Sequence[bool], state: Tensor | None, *rest: Any
) -> list[Tensor]:
    """Sums of gradients for the norms, if there are any, [1 + terms, C] in float64; the gradient of the state, if there is one;
    and those of the terms for which it is needed, but only one if they are equal.
    """  # noqa: D205, D212
    plan, needed = _Plan.of(terms, normed, rest[4]), rest[-1]
    found = [terms[0].new_empty((1 + len(terms), terms[0].shape[2]), dtype=torch.float64)] if any(normed) else []
    found += [] if state is None else [plan.values(plan.empty(terms[0][:1], state.dtype)).squeeze(0)]
    kept = [t for t, need in zip(terms, needed, strict=True) if need]
    return found + [plan.values(plan.empty(t, t.dtype)) for t in (kept[:1] if _equal(terms, normed) else kept)]


def _equal(terms: Sequence[Tensor], normed: Sequence[bool]) -> bool:
    """True if the gradient of each term is the current's."""
    return not any(normed) and len({t.dtype for t in terms}) == 1


def _through_norms(
    plan: _Plan, rows: Sequence[Tensor], affines: Sequence[Tensor | None], grad: Tensor, means: Tensor, needed: Sequence[bool]
) -> list[Tensor | None]:
    """The gradient of each term, [T, N, *size, C], from the current's `grad`, which isn't needed afterwards."""
    outs = [empty_rows(r, r.dtype) if n else None for r, n in zip(rows[:-1], needed[:-1], strict=True)]
    last = grad if rows[-1].dtype == grad.dtype else empty_rows(rows[-1], rows[-1].dtype)
    outs.append(last if needed[-1] else None)
    p = _Arguments(cut([*rows, grad]), plan.sums)
    p.terms(rows, affines)
    p.memory(grad)
    for out in outs:
        p.memory(out)
    p.address(means.to(plan.sums))
    call("through_norms", plan.sums, p.numbers)
    return outs


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    terms, norms, ctx.normed, state, *ctx.neuron, ctx.training, _, _ = inputs
    _, _, affines = output
    ctx.types = [n.dtype for n in norms]
    ctx.mark_non_differentiable(affines)
    ctx.save_for_backward(state, affines, *terms)
    ctx.set_materialize_grads(False)


def _gradients(ctx: Any, grad_spikes: Tensor | None, grad_state: Tensor | None, _: Any) -> Any:
    state, affines, *terms = ctx.saved_tensors
    needed = list(ctx.needs_input_grad[0])
    constants = (*ctx.neuron, ctx.training, needed)
    found = _fire_backward(grad_spikes, grad_state, terms, affines, ctx.normed, state, *constants)
    sums = found.pop(0) if any(ctx.normed) else None
    grad_before = None if state is None else found.pop(0)
    norms: list[Tensor | None] = []
    for number in (k for k, n in enumerate(ctx.normed) if n):
        # Copied, because gradients that share memory must not be kept by several parameters.
        norms += [sums[row].to(ctx.types[len(norms)], copy=True) for row in (1 + number, 0)] + [None, None]
    grads = found * sum(needed) if _equal(terms, ctx.normed) else found
    left = iter(grads)
    return [next(left) if need else None for need in needed], norms, None, grad_before, *[None] * 9


_CONSTANTS = (
    "Tensor? state, float decay, float threshold, bool hard, str surrogate, float[] b, bool detach_reset, bool training"
)
_fire_backward = operator(
    "fire_backward(Tensor? grad_spikes, Tensor? grad_state, Tensor[] terms, Tensor affines, bool[] normed, "
    f"{_CONSTANTS}, bool[] needed) -> Tensor[]",
    _backward,
    fake=_empty_gradients,
)
_fire = operator(
    f"fire(Tensor[] terms, Tensor[] norms, bool[] normed, {_CONSTANTS}, float[] eps, float[] momentum)"
    " -> (Tensor spikes, Tensor after, Tensor affines)",
    _forward,
    fake=_fake,
    save=_save,
    backward=_gradients,
)
