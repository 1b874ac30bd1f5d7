"""The passes of `fire` over memory: tensors as arguments of compiled functions, forward and backward."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.native.calls import Arguments, cut
from spikegraph.backends.torch.native.norms import equal_gradients, to_terms
from spikegraph.backends.torch.native.plan import Plan
from spikegraph.backends.torch.native.statistics import affines_of
from spikegraph.backends.torch.native.surrogates import SURROGATES, scale


class Constants(NamedTuple):
    """A neuron's constants; `b` has one value for each of several groups of channels of equal size."""

    decay: float
    threshold: float
    hard: bool
    surrogate: str
    b: Sequence[float]
    detach_reset: bool


def _plan(terms: Sequence[Tensor], normed: Sequence[bool], b: Sequence[float]) -> Plan:
    moved = len(b) > 1 or any(normed) or not terms[0].is_contiguous()
    return Plan(sum_type(*terms), moved, any(t.dtype == torch.bfloat16 for t in terms))


def _each(affines: Sequence[Tensor], normed: Sequence[bool]) -> list[Tensor | None]:
    """The norm of each term, or None."""
    return [affines[sum(normed[:k])] if n else None for k, n in enumerate(normed)]


def _check(
    terms: Sequence[Tensor], norms: Sequence[Tensor], normed: Sequence[bool], state: Tensor | None, b: Sequence[float]
) -> None:
    """Checks what compiled code relies on; it doesn't know where a tensor's memory ends."""
    shape = terms[0].shape
    if any(t.shape != shape for t in terms) or len(normed) != len(terms) or (state is not None and state.shape != shape[1:]):
        raise ValueError(f"the terms and the state differ in shape: {[list(t.shape) for t in terms]}")
    if len(norms) != 4 * sum(normed) or any(n.shape != shape[2:3] for n in norms) or shape[2] % len(b):
        raise ValueError(f"norms or b don't fit {shape[2]} channels")


def forward(
    terms: Sequence[Tensor], norms: Sequence[Tensor], normed: Sequence[bool], state: Tensor | None, *constants: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """Spikes, state, and the norms as `_affine` computes them, [K, 6, C] for K norms."""
    *neuron, training, eps, momentum = constants
    decay, threshold, hard, _, b, detach_reset = neuron
    _check(terms, norms, normed, state, b)
    plan = _plan(terms, normed, b)
    rows = [plan.rows(t) for t in terms]
    spikes, after = plan.results(terms)
    before = plan.state_rows(state)
    own = [k for k, n in enumerate(normed) if n]
    affines = after.new_empty(0)
    if own:
        numbers = [x for k in own for x in (eps[k], momentum[k])]
        affines = affines_of(plan, norms, numbers, [rows[k] for k in own], training=training)
    p = Arguments(cut([*rows, *([] if before is None else [before])]), plan.sums)
    p.terms(rows, _each(list(affines), normed))
    p.doubles(decay, threshold)
    p.numbers += [int(hard), int(detach_reset)]
    for r in (before, after, spikes):
        p.memory(r)
    p.call("fire")
    return plan.values(spikes), plan.values(after).squeeze(0), affines


def empty_results(
    terms: Sequence[Tensor], norms: Sequence[Tensor], normed: Sequence[bool], state: Any, *rest: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """The results of `forward` without values."""
    plan, count = _plan(terms, normed, rest[4]), sum(normed)
    spikes, after = plan.results(terms)
    affines = after.new_empty((count, 6, terms[0].shape[2]) if count else 0)
    return plan.values(spikes), plan.values(after).squeeze(0), affines


@lru_cache
def _by_channel(surrogate: str, b: tuple[float, ...], channels: int) -> tuple[list[float], list[float]]:
    """For each channel b, and the factor in the surrogate's formula that depends only on b."""
    each = channels // len(b)
    return [x for x in b for _ in range(each)], [factor for x in b for factor in [scale(surrogate, x)] * each]


def backward(
    grad_spikes: Tensor | None,
    grad_state: Tensor | None,
    terms: Sequence[Tensor],
    affines: Tensor,
    normed: Sequence[bool],
    state: Tensor | None,
    *constants: Any,
) -> list[Tensor]:
    """Recomputes membrane potentials with the same operations in the same order; results as in `empty_gradients`."""
    decay, threshold, hard, surrogate, b, detach_reset, training, needed = constants
    _check(terms, [], [False] * len(terms), state, b)
    shape, given = terms[0].shape, [list(g.shape) for g in (grad_spikes, grad_state, affines) if g is not None]
    fitting = [list(n) for g, n in ((grad_spikes, shape), (grad_state, shape[1:])) if g is not None]
    if given != [*fitting, [sum(normed), 6, shape[2]] if any(normed) else [0]] or len(needed) != len(terms):
        raise ValueError(f"the gradients {given} don't fit the terms {list(shape)}")
    plan = _plan(terms, normed, b)
    rows, each = [plan.rows(t) for t in terms], _each(list(affines), normed)
    # Has the type of the terms' gradients: all arithmetic that needs more precision happens before it is rounded.
    grad = plan.empty(terms[0], torch.bfloat16 if all(r.dtype == torch.bfloat16 for r in rows) else None)
    before, grad_after = plan.state_rows(state), plan.state_rows(grad_state)
    upstream = None if grad_spikes is None else plan.rows(grad_spikes)
    grad_before = None if state is None else plan.empty(terms[0][:1])
    c = cut([t for t in (*rows, upstream, before, grad_after) if t is not None])
    sums = rows[0].new_zeros(1 + len(rows), c.channels, dtype=torch.float64)
    p = Arguments(c, plan.sums)
    p.terms(rows, each)
    p.doubles(decay, threshold)
    p.numbers += [int(hard), int(detach_reset)]
    p.real(*_by_channel(surrogate, tuple(b), rows[0].shape[-1]))
    for r in (before, upstream, grad_after, grad_before, grad):
        p.memory(r)
    p.address(sums)
    p.numbers.insert(0, SURROGATES.index(surrogate))
    p.call("through_time")
    found = [sums] if any(normed) else []
    if state is not None and grad_before is not None:
        found.append(plan.values(grad_before).squeeze(0).to(state.dtype))
    if equal_gradients(terms, normed):
        return found + [plan.values(grad)] * any(needed)
    outs = to_terms(plan, terms, rows, each, grad, sums, needed, training=training)
    return found + [o for o in outs if o is not None]


def empty_gradients(
    _: Any, __: Any, terms: Sequence[Tensor], ___: Any, normed: Sequence[bool], state: Tensor | None, *rest: Any
) -> list[Tensor]:
    """The results of `backward` without values.

    Sums of gradients for the norms, if there are any, [1 + terms, C] in float64; the gradient of the state, if there is one;
    and those of the terms for which it is needed, but only one if they are equal.
    """
    plan, needed = _plan(terms, normed, rest[4]), rest[-1]
    found = [terms[0].new_empty((1 + len(terms), terms[0].shape[2]), dtype=torch.float64)] if any(normed) else []
    found += [] if state is None else [plan.values(plan.empty(terms[0][:1], state.dtype)).squeeze(0)]
    kept = [t for t, need in zip(terms, needed, strict=True) if need]
    return found + [plan.values(plan.empty(t, t.dtype)) for t in (kept[:1] if equal_gradients(terms, normed) else kept)]
