"""Seeded weights and inputs of a graph."""

from math import prod, sqrt
from zlib import crc32

import numpy as np

from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind, Value
from spikegraph.meaning.call import Array
from spikegraph.meaning.weights import wanted

SAMPLES, STEPS = 3, 4
"""Samples and time steps of the inputs; an input that is the same at every step has the network's own number of steps."""


def drawn_weights(graph: Graph, seed: int = 0) -> dict[str, Array]:
    """Weights of all operations, by name: each depends on its name, its shape and the seed alone.

    Those of layers are as large as it takes for neurons to fire; the others are about their initial values.
    """
    found: dict[str, Array] = {}
    for node in graph:
        initial = {leaf: node.op.initial_of(leaf) for leaf in node.leaves}
        shapes = dict(wanted(node))
        shapes |= {name: parameter.shape for name, parameter in node.op.architecture(*node.operand_values).items()}
        for name, shape in shapes.items():
            leaf, _, tensor = name.rpartition(".")
            if name not in found or any(a < b for a, b in zip(found[name].shape, shape, strict=True)):
                found[name] = _weight(name, shape, initial.get(leaf, {}).get(tensor), seed)
    return found


def _weight(name: str, shape: tuple[int, ...], initial: float | None, seed: int) -> Array:
    tensor = name.rpartition(".")[2]
    x = np.asarray(_rng(name, seed).standard_normal(shape))
    if tensor in ("running_var", "running_rate"):
        return np.abs(x) + 0.5
    if initial is not None:
        return initial + 0.2 * x
    if tensor == "weight" and len(shape) > 1:
        return 2 * x / sqrt(prod(shape[1:]))
    return 0.5 * x + (tensor == "weight")


def drawn_inputs(graph: Graph, seed: int = 0) -> dict[str, Array]:
    """Inputs [T, N, C, *size], or [N, C, *size] where they are the same at every step."""
    steps = min([STEPS, *(n for node in graph if (n := node.op.longest()) is not None)])
    return {name: _input(name, node.value, steps, seed) for name, node in graph.inputs().items()}


def _input(name: str, value: Value, steps: int, seed: int) -> Array:
    x = np.asarray(_rng(name, seed).standard_normal((*((steps,) if value.steps else ()), SAMPLES, *value.shape)))
    match value.kind:
        case Kind.SPIKE:
            return np.where(x > 0, 1.0, 0.0)
        case Kind.COUNT | Kind.EVENTS:
            counts = np.rint(2 * x)
            return np.clip(np.abs(counts), 0, value.bound) if value.kind is Kind.COUNT else counts
        case _:
            return x


def _rng(name: str, seed: int) -> np.random.Generator:
    return np.random.default_rng((seed, crc32(name.encode())))
