"""Gradients of a network on its smooth parts, by differences of its reference in a random direction of inputs and weights.

Spikes are steps, so surrogates are excluded: their slope is 0 here, as that of a step is. What remains are currents,
potentials, results, and all that depends on them without a spike between. Where a spike changes along the direction, nothing
is known.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch
from zlib import crc32

import numpy as np
import torch
from agreement import Agreement
from torch import Tensor
from ways import without_kernels

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules import surrogate_gradient
from spikegraph.equations.terms import Apply, Fire, Term, Value, parts
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.neuron_equations import expanded_equations
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.rates import RateScale
from spikegraph.ir.types import Kind
from spikegraph.meaning.api import Reference, Trace
from spikegraph.meaning.call import Array

STEPS, SLOPE = (1e-5, 1e-6, 1e-7), 1e-6
"""Of differences, of which one is small enough to meet no kink, and how far they may be from a derivative, relative to it
where it is above 1."""


@contextmanager
def without_surrogates() -> Iterator[None]:
    """Spikes have the slope of a step."""
    flat = dict.fromkeys(surrogate_gradient.GRADIENTS, lambda x, b: torch.zeros_like(x))
    none = dict.fromkeys(surrogate_gradient.BY_B, lambda x, b: torch.zeros_like(x))
    gradients = patch.multiple(surrogate_gradient, GRADIENTS=flat, BY_B=none)
    with without_kernels(), gradients:
        yield


def slope(model: Model, reference: Reference, inputs: Mapping[str, Array], nodes: tuple[str, ...], seed: int) -> Agreement:
    """Compares a derivative of a weighted sum of all real values of a network with the difference of its reference."""
    if any(_has_constants(node.op) for node in model.graph):
        return Agreement()
    rng = np.random.default_rng(seed)
    real = {name for name, node in model.graph.inputs().items() if node.value.kind is Kind.REAL}
    given = {name: torch.from_numpy(x).requires_grad_(name in real) for name, x in inputs.items()}
    seen: dict[str, Tensor] = {}
    with without_surrogates():
        model.run(given, wanted=nodes, watch=lambda name, x: seen.__setitem__(name, x.clone()))
        middle = reference.trace(inputs, nodes)
        weights = {name: _weights(name, middle.values[name], seed) for name in nodes if name in seen}
        total = sum(
            ((seen[name] * torch.from_numpy(w)).sum() for name, w in weights.items()), torch.zeros((), dtype=torch.float64)
        )
        leaves = {name: x for name, x in (*given.items(), *model.named_parameters()) if x.requires_grad}
        along = {name: rng.normal(size=tuple(x.shape)) for name, x in leaves.items()}
        if not (leaves and total.requires_grad):
            return Agreement()
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
    slope = sum(float((g.numpy() * d).sum()) for g, d in zip(found, along.values(), strict=True))
    wanted: list[float] = []
    for step in STEPS:
        ends = [_moved(reference, along, sign * step).trace(_along(inputs, along, sign * step), nodes) for sign in (1, -1)]
        if not _smooth(middle, *ends):
            continue
        over, under = (sum(float((end.values[name] * w).sum()) for name, w in weights.items()) for end in ends)
        wanted.append((over - under) / (2 * step))
        if abs(wanted[-1] - slope) <= SLOPE * max(1.0, abs(wanted[-1])):
            return Agreement(1)
    if not wanted:
        return Agreement(1, 1)
    return Agreement(1, 0, 1, f"the slope in a random direction is {slope:.6g} instead of {wanted[-1]:.6g}")


def _has_constants(op: Op) -> bool:
    """Whether an operation's gradients take something as a constant that changes with its operands or weights."""
    if isinstance(op, RateScale) or (isinstance(op, Norm) and op.margin):
        return True
    return isinstance(neuron := getattr(op, "neuron", None), Neuron) and _detached(neuron)


def _detached(neuron: Neuron) -> bool:
    """Whether a neuron's text says that gradients are not the slopes of its lines."""
    if neuron.written_model is None:
        return False
    waiting, firing = [line.term for line in expanded_equations(neuron).lines], set[Term]()
    firing |= {Value(line.name) for line in expanded_equations(neuron).lines if isinstance(line.term, Fire)}
    while waiting:
        term = waiting.pop()
        waiting += parts(term)
        if isinstance(term, Apply) and term.function in ("detach", "straight"):
            (operand,) = term.operands
            if not (isinstance(operand, Fire) or operand in firing):
                return True
    return False


def _weights(name: str, value: Array, seed: int) -> Array:
    """Random factors with which the values of all nodes count about as much."""
    size = np.abs(value).max(initial=0.0, where=np.isfinite(value))
    return (
        np.random.default_rng((seed, crc32(name.encode()))).normal(size=value.shape) / (1 + size) / np.sqrt(max(value.size, 1))
    )


def _moved(reference: Reference, along: Mapping[str, Array], step: float) -> Reference:
    return Reference(reference.graph, _along(reference.weights, along, step), reference.training)


def _along(arrays: Mapping[str, Array], along: Mapping[str, Array], step: float) -> dict[str, Array]:
    return {name: x + step * along[name] if name in along else x for name, x in arrays.items()}


def _smooth(middle: Trace, *ends: Trace) -> bool:
    """Whether no spike changes."""
    return all(np.array_equal(x, end.spikes[name]) for name, x in middle.spikes.items() for end in ends)
