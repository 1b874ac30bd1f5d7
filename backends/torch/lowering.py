"""A graph as a model: first in the form that runs fastest, then as a module."""

from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Graph
from spikegraph.passes.base import Pass
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.sparsify import Sparsify
from spikegraph.passes.widen import Widen

FASTER: tuple[Pass, ...] = (Widen(), Fuse(), Sparsify())
"""What doesn't change the function, nor the names of weights, but the operations that it takes."""


def lower(graph: Graph, *, bf16: bool = False, plain: bool = False) -> Model:
    """The model of a lowered graph, with fresh weights.

    Args:
        graph: As a pipeline left it.
        bf16: Whether convolutions run in bfloat16; membranes stay in float32.
        plain: Operation by operation as the graph has them, without `FASTER`.
    """
    for p in () if plain else FASTER:
        graph = p.apply(graph)
    return Model(graph, bf16=bf16)
