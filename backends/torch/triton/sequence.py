"""Neurons over a sequence by kernels of Triton that are generated from their step."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.memory import LOW
from spikegraph.backends.torch.native.norms import Addend, NormOf, affine_from
from spikegraph.backends.torch.operators import operator
from spikegraph.backends.torch.triton.form import Form, normed_terms, rows_of_norms, same_gradients
from spikegraph.backends.torch.triton.launch import Launch
from spikegraph.backends.torch.triton.source import backward_text, forward_text, moments_text
from spikegraph.backends.torch.triton.tiles import dense
from spikegraph.backends.torch.triton.together import of_all


def sequence(
    name: str,
    currents: Sequence[Sequence[Addend]],
    state: Sequence[Float[Tensor, "N C *size"]] | None,
    given: Sequence[Float[Tensor, "..."]],
    *,
    training: bool = False,
    share: float | None = None,
) -> tuple[Float[Tensor, "T N C *size"], tuple[Float[Tensor, "N C *size"], ...]]:
    """The result and the states after the last step.

    Args:
        name: The name of the step.
        currents: The terms of each current; with bfloat16 and float16 potentials are float32.
        state: The states before the first step; None at the sequence's start.
        given: The step's given numbers, with one value or one for each channel.
        training: Whether norms use the batch's statistics, and update the running ones.
        share: In training with several processes, by what this one's samples count, 1 or 0, if statistics are those of all.
    """
    addends = [a for each in currents for a in each]
    norms = [a.norm for a in addends if a.norm is not None]
    values, parameters = [a.value for a in addends], [x for n in norms for x in (n.weight, n.bias, n.mean, n.var)]
    before, numbers = list(state or ()), list(given)
    saving = torch.is_grad_enabled() and any(x.requires_grad for x in (*values, *parameters, *before, *numbers))
    result, after, affines, _ = _steps(
        values,
        parameters,
        before,
        numbers,
        name,
        [len(each) for each in currents],
        [a.norm is not None for a in addends],
        training,
        saving,
        share,
        [n.eps for n in norms],
        [n.momentum for n in norms],
    )
    if training:
        with torch.no_grad():
            for norm, affine in zip(norms, affines, strict=True):
                norm.mean.copy_(affine[4])
                norm.var.copy_(affine[5])
    return result, after.unbind()


def _affines(
    launch: Launch,
    norms: Sequence[Tensor],
    eps: Sequence[float],
    momentum: Sequence[float],
    training: bool,
    share: float | None,
) -> Tensor:
    """The norms as [norms, 6, C]: scale, shift, mean, inverse, and the running mean and variance after this call."""
    terms = [x for x, has in zip(launch.terms, launch.form.normed, strict=True) if has]
    if not terms:
        return launch.terms[0].new_empty(0)
    parts = zip(norms[0::4], norms[1::4], norms[2::4], norms[3::4], eps, momentum, strict=True)
    own = [NormOf(weight, bias, mean, var, e, m) for weight, bias, mean, var, e, m in parts]
    moments: Sequence[Tensor | None] = [None for _ in terms]
    count: int | Tensor = terms[0].numel() // terms[0].shape[2]
    if training:
        # Processes add their sums, so all of them take differences from the same number.
        near = [
            _near_mean(x, launch.real) if share is None else norm.mean.to(launch.real)
            for x, norm in zip(terms, own, strict=True)
        ]
        sums = torch.stack([_moments(launch, x, each) for x, each in zip(terms, near, strict=True)])
        if share is not None:
            sums, count = of_all(sums, count, share)
        moments = torch.cat((sums, torch.stack(near).to(sums).unsqueeze(1)), 1).unbind()
    return torch.stack([affine_from(norm, each, count, launch.real) for norm, each in zip(own, moments, strict=True)])


def _near_mean(x: Tensor, real: torch.dtype) -> Tensor:
    """The mean [C] over at most four places along each axis.

    It is so near to the mean of all that squares of differences from it don't cancel, as those from 0 would for large values.
    """
    places = tuple(slice(n // 8, None, -(-n // 4)) if k != 2 else slice(None) for k, n in enumerate(x.shape))
    return x[places].mean([k for k in range(x.dim()) if k != 2], dtype=real)


def _moments(launch: Launch, x: Tensor, near: Tensor) -> Tensor:
    """The sums of a term less a number [C], and of its square, [2, C] in float64."""
    totals = launch.sums(2, launch.tiles)
    strides = {"SUMS": totals.stride(0), "T": len(x)}
    launch.run(moments_text(launch.form.last), "moments", launch.tiles, [x, near.contiguous(), totals], **strides)
    return totals.sum(1, dtype=torch.float64)


def _forward(
    terms: Sequence[Tensor],
    norms: Sequence[Tensor],
    state: Sequence[Tensor],
    given: Sequence[Tensor],
    name: str,
    counts: Sequence[int],
    normed: Sequence[bool],
    training: bool,
    saving: bool,
    share: float | None,
    eps: Sequence[float],
    momentum: Sequence[float],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    launch = Launch.of(name, terms, state, given, counts, normed)
    affines = _affines(launch, norms, eps, momentum, training, share)
    steps, states = len(terms[0]), len(launch.form.step.after)
    result, after, saved = launch.empty(steps, _low(launch, terms)), launch.empty(states), _saved(launch, saving)
    every = launch.widths.segment if saved.numel() else steps
    tensors = [*launch.inputs(_rows(affines)), result, *after, *saved]
    launch.run(forward_text(launch.form, steps, every), "forward", launch.tiles, tensors, T=steps, EVERY=every)
    return result, after, affines, saved


def _saved(launch: Launch, saving: bool) -> Tensor:
    """Memory for the states before each segment, [states, segments, N, C, *size], if the way back needs them."""
    steps, states = len(launch.terms[0]), len(launch.form.step.after)
    segments = -(-steps // launch.widths.segment)
    if not saving or segments == 1:
        return launch.terms[0].new_empty(0)
    found = launch.empty(states * segments)
    return found.view(states, segments, *found.shape[1:])


def _low(launch: Launch, terms: Sequence[Tensor]) -> torch.dtype | None:
    """The type of results: that of the first current's terms if these have less precision, of spikes."""
    low = [x.dtype for x in terms[: launch.form.counts[0]] if x.dtype in LOW]
    return low[0] if low and launch.spikes else None


def _rows(affines: Tensor) -> list[Tensor]:
    return list(affines) if affines.numel() else []


def _empty(terms: Sequence[Tensor], *rest: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    _, state, given, name, counts, normed, _, saving, *_ = rest
    launch = Launch.of(name, terms, state, given, counts, normed)
    launch.prepare()
    affines = (
        terms[0].new_empty((sum(normed), 6, terms[0].shape[2]), dtype=launch.real) if any(normed) else terms[0].new_empty(0)
    )
    result, after = launch.empty(len(terms[0]), _low(launch, terms)), launch.empty(len(launch.form.step.after))
    return result, after, affines, _saved(launch, saving)


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    terms, norms, state, given, ctx.name, ctx.counts, ctx.normed, ctx.training, _, ctx.share, *_ = inputs
    ctx.types = [x.dtype for x in norms]
    ctx.same = same_gradients(ctx.counts, ctx.normed, [x.dtype for x in terms])
    ctx.parts = len(terms), len(state)
    ctx.mark_non_differentiable(*output[2:])
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(*output[2:], *terms, *state, *given)


def _gradients(ctx: Any, grad: Tensor | None, grad_after: Tensor | None, *rest: Any) -> Any:
    affines, saved, *tensors = ctx.saved_tensors
    terms, state = tensors[: ctx.parts[0]], tensors[ctx.parts[0] : sum(ctx.parts)]
    given = tensors[sum(ctx.parts) :]
    constants = (ctx.name, ctx.counts, ctx.normed, ctx.training, ctx.share)
    *found, sums = _steps_backward(grad, grad_after, terms, affines, saved, state, given, *constants)
    written = sorted(set(ctx.same))
    of_terms, early = dict(zip(written, found, strict=False)), found[len(written) :]
    to_given = [
        (total if number.numel() > 1 else total.sum()).to(number.dtype).reshape(number.shape)
        for total, number in zip(sums, given, strict=False)
    ]
    to_norms = list[Tensor | None]()
    for alone, row in rows_of_norms(len(given), normed_terms(ctx.counts, ctx.normed)):
        # Copied, because gradients that share memory must not be kept by several parameters.
        to_norms += [sums[row].clone(), sums[alone].clone(), None, None]
    to_norms = [None if g is None else g.to(kind) for g, kind in zip(to_norms, ctx.types, strict=True)]
    of_norms = None if to_norms else list[float]()  # the dispatcher takes an empty list for one of tensors
    return [of_terms[k] for k in ctx.same], to_norms, early if state else [], to_given, *[None] * 6, of_norms, of_norms


def _backward(
    grad: Tensor | None,
    grad_after: Tensor | None,
    terms: Sequence[Tensor],
    affines: Tensor,
    saved: Tensor,
    state: Sequence[Tensor],
    given: Sequence[Tensor],
    name: str,
    counts: Sequence[int],
    normed: Sequence[bool],
    training: bool,
    share: float | None,
) -> list[Tensor]:
    launch = Launch.of(name, terms, state, given, counts, normed)
    form, steps, segment = launch.form, len(terms[0]), launch.widths.segment
    upstream = launch.empty(steps).zero_() if grad is None else dense(grad, launch.terms[0])
    later = None if grad_after is None else dense(grad_after, launch.terms[0])
    starts, norms = range(0, steps, segment), _rows(affines)
    total = torch.zeros(form.sums, launch.tiles.channels, dtype=torch.float64, device=upstream.device)
    batch = training and any(normed)
    out = [launch.empty(steps, launch.terms[k].dtype) for k in form.written]

    def back(affines: Sequence[Tensor], *, writes: bool, sums: bool) -> list[Tensor]:
        late, tiles, width = None if later is None else list(later), launch.backs[sums], launch.widths.of(sums=sums)
        for at in reversed(starts):
            count, begin = min(segment, steps - at), [s[at // segment] for s in saved] if at else []
            passed = bool(at or (writes and form.started))
            early = [launch.empty(1) for _ in form.step.after if passed]
            totals = launch.sums(form.sums, tiles) if sums else None
            how = {"continued": late is not None, "saved": bool(begin), "passed": passed, "paired": width.paired}
            text = backward_text(form, count, width.part, writes=writes, sums=sums, **how)
            tensors = [*launch.inputs(affines), upstream, *(late or ()), *early, *begin, *(out if writes else ())]
            stride = {} if totals is None else {"SUMS": totals.stride(0)}
            launch.run(text, "backward", tiles, [*tensors, *(() if totals is None else (totals,)), at], **stride)
            if totals is not None:
                total.add_(totals.sum(1, dtype=torch.float64))
            late = early
        return late or []

    def all_sums() -> None:
        for affine, (_, row) in zip(norms, form.rows_of_norms, strict=True):
            total[row].mul_(affine[3])

    if batch:
        back(norms, writes=False, sums=True)
        all_sums()
        count = terms[0].numel() // terms[0].shape[2]
        everything, numbers = (total, count) if share is None else of_all(total, count, share)
        early = back(_with_means(form, norms, everything / numbers), writes=True, sums=False)
        for k, x in zip(form.written, out, strict=True):
            if share == 0 and form.normed[k]:  # what isn't counted changes no statistics
                x.zero_()
    else:
        early = back(norms, writes=True, sums=form.sums > 0)
        all_sums()
    return [*out, *(e.squeeze(0) for e in early), total]


def _empty_gradients(_: Any, __: Any, terms: Sequence[Tensor], ___: Any, ____: Any, *rest: Any) -> list[Tensor]:
    """The results of `_backward` without values: gradients of terms, once if they are the same, of first states, and sums."""
    state, given, name, counts, normed, *_ = rest
    launch = Launch.of(name, terms, state, given, counts, normed)
    early = [launch.empty(1).squeeze(0) for _ in state]
    total = terms[0].new_empty((launch.form.sums, launch.tiles.channels), dtype=torch.float64)
    return [*(launch.empty(len(terms[k]), terms[k].dtype) for k in launch.form.written), *early, total]


def _with_means(form: Form, norms: Sequence[Tensor], means: Tensor) -> list[Tensor]:
    """The norms [4, C] with what the means of the gradient of their current, alone and times the normed value, add to it."""
    found = list[Tensor]()
    for affine, (alone, row) in zip(norms, form.rows_of_norms, strict=True):
        scale, _, mean, inverse = affine[:4].double()
        slope = -scale * inverse * means[row]
        added = torch.stack([-scale * means[alone] - slope * mean, slope])
        found.append(torch.cat([affine[:2], added.to(affine.dtype)]))
    return found


_steps_backward = operator(
    "steps_backward(Tensor? grad, Tensor? grad_after, Tensor[] terms, Tensor affines, Tensor saved, Tensor[] state, "
    "Tensor[] given, str name, int[] counts, bool[] normed, bool training, float? share) -> Tensor[]",
    _backward,
    fake=_empty_gradients,
    imitable=True,
)
_steps = operator(
    "steps(Tensor[] terms, Tensor[] norms, Tensor[] state, Tensor[] given, str name, int[] counts, bool[] normed, "
    "bool training, bool saving, float? share, float[] eps, float[] momentum) "
    "-> (Tensor result, Tensor after, Tensor affines, Tensor saved)",
    _forward,
    fake=_empty,
    imitable=True,
    save=_save,
    backward=_gradients,
)
