"""Makes a model from a graph, after passes that make it faster."""

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.model import Model
from spikegraph.errors import PluginError
from spikegraph.ir.graph import Graph
from spikegraph.ir.legality import Stage
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

    Raises:
        PluginError: A plug-in adds an operation without a kernel.
    """
    for p in () if plain else FASTER:
        graph = p.apply(graph)
    missing = next((node for node in graph if node.op.name not in ("input", *KERNELS)), None)
    if missing is not None and graph.stage is Stage.LOWERED:
        summary = f"{missing.span.start}: the operation `{missing.op.name}` has no kernel for PyTorch"
        raise PluginError(summary, "register one with `kernel` in the plug-in that adds the operation")
    return Model(graph, bf16=bf16)
