"""Norms, their sum and spiking neurons as compiled code, in two passes over memory each way (Che et al., 2022, Eq. 1)."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from spikegraph.backends.torch.native import neuron_passes
from spikegraph.backends.torch.native.build import missing
from spikegraph.backends.torch.native.calls import SUFFIX
from spikegraph.backends.torch.native.neuron_passes import Constants
from spikegraph.backends.torch.native.norms import NormOf, equal_gradients
from spikegraph.backends.torch.native.statistics import keep_statistics
from spikegraph.backends.torch.native.surrogates import SURROGATES
from spikegraph.backends.torch.operators import operator


def usable(current: Float[Tensor, "..."], surrogate: str, b: Sequence[float]) -> bool:
    """Returns true if compiled code supports this current, [T, N, C, *size].

    It needs a compiler, a CPU tensor, and a known type and surrogate, with b for groups of channels.
    """
    if current.device.type != "cpu" or current.dim() < 3 or current.numel() == 0 or surrogate not in SURROGATES:
        return False
    grouped = len(b) == 1 or (len(b) > 1 and current.shape[2] % len(b) == 0)
    return grouped and current.dtype in (*SUFFIX, torch.bfloat16) and missing() is None


def fire(
    terms: Sequence[Float[Tensor, "T N C *size"]],
    norms: Sequence[NormOf | None],
    state: Float[Tensor, "N C *size"] | None,
    neuron: Constants,
    *,
    training: bool = False,
) -> tuple[Float[Tensor, "T N C *size"], Float[Tensor, "N C *size"]]:
    """Spikes of neurons whose current is the sum of terms, each optionally normed (Eq. 1); everything is dimensionless.

    Args:
        terms: The terms, [T, N, C, *size] each. Membrane potentials are float64 if a term is, else float32.
        norms: The batch norm of each term, or None.
        state: The state before the first step, [N, C, *size], or None.
        neuron: The neuron's constants.
        training: If true, norms use the batch's statistics.

    Returns:
        The spikes [T, N, C, *size], bfloat16 if a term is, else with the membrane's type; and the last state [N, C, *size].
    """
    present = [n for n in norms if n is not None]
    tensors = [x for n in present for x in (n.weight, n.bias, n.mean, n.var)]
    normed = [n is not None for n in norms]
    numbers = [(0.0, 0.0) if n is None else (n.eps, n.momentum) for n in norms]
    spikes, after, affines = _fire(
        list(terms), tensors, normed, state, *neuron, training, *map(list, zip(*numbers, strict=True))
    )
    if training and present:
        keep_statistics(present, affines)
    return spikes, after


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
    rows = found.pop(0).to(ctx.types[0]).unbind() if any(ctx.normed) else list[Tensor]()
    grad_before = None if state is None else found.pop(0)
    norms: list[Tensor | None] = []
    for number in (k for k, n in enumerate(ctx.normed) if n):
        # Norms of one sum have one gradient of the bias, which is copied: several parameters must not keep one memory.
        weight, bias = rows[1 + number], rows[0].clone() if norms else rows[0]
        norms += [weight.to(ctx.types[len(norms)]), bias.to(ctx.types[len(norms) + 1]), None, None]
    grads = found * sum(needed) if equal_gradients(terms, ctx.normed) else found
    return [grads.pop(0) if need else None for need in needed], norms, None, grad_before, *[None] * 9


_CONSTANTS = (
    "Tensor? state, float decay, float threshold, bool hard, str surrogate, float[] b, bool detach_reset, bool training"
)
_fire_backward = operator(
    "fire_backward(Tensor? grad_spikes, Tensor? grad_state, Tensor[] terms, Tensor affines, bool[] normed, "
    f"{_CONSTANTS}, bool[] needed) -> Tensor[]",
    neuron_passes.backward,
    fake=neuron_passes.empty_gradients,
    imitable=True,
)
_fire = operator(
    f"fire(Tensor[] terms, Tensor[] norms, bool[] normed, {_CONSTANTS}, float[] eps, float[] momentum)"
    " -> (Tensor spikes, Tensor after, Tensor affines)",
    neuron_passes.forward,
    fake=neuron_passes.empty_results,
    imitable=True,
    save=_save,
    backward=_gradients,
)
