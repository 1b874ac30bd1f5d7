"""Makes a model from a graph, after passes that make it faster."""

from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Graph
from spikegraph.passes.base import Pass
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.sparsify import Sparsify
from spikegraph.passes.widen import Widen

FASTER: tuple[Pass, ...] = (Widen(), Fuse(), Sparsify())
"""Passes that make a graph faster; they keep its function and the names of weights."""


def lower(graph: Graph, *, bf16: bool = False, plain: bool = False) -> Model:
    """Makes the model of a lowered graph, with new random weights.

    Args:
        graph: A lowered graph.
        bf16: Run convolutions in bfloat16; membrane potentials stay in float32.
        plain: Skip the passes in `FASTER`.
    """
    for p in () if plain else FASTER:
        graph = p.apply(graph)
    return Model(graph, bf16=bf16)
