"""Makes a model from a graph."""

import torch

from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.parameters import join_memory
from spikegraph.base.errors import PluginError
from spikegraph.ir.graph import Graph
from spikegraph.ir.stage import Stage


def lower(
    graph: Graph, *, bf16: bool = False, low: torch.dtype | None = None, plain: Graph | None = None, space: Graph | None = None
) -> Model:
    """Makes the model of a lowered graph, with new random weights.

    Args:
        graph: A lowered graph; the passes at the end of a pipeline have chosen the form in which it runs.
        bf16: Run convolutions in bfloat16; membrane potentials stay in float32.
        low: Run them in this type, bfloat16 or float16.
        plain: The graph before the passes that make it faster; needed for hooks on all modules, and for their descriptions.
        space: The graph of what the spec says; needed for `model.genotype()`.

    Raises:
        PluginError: A plug-in adds an operation without a kernel.
    """
    missing = next((node for node in graph if not node.op.traits.source and node.op.name not in KERNELS), None)
    if missing is not None and graph.stage is Stage.LOWERED:
        summary = f"{missing.span.start}: the operation `{missing.op.name}` has no kernel for PyTorch"
        raise PluginError(summary, "register one with `kernel` in the plug-in that adds the operation")
    model = Model(graph, low=torch.bfloat16 if bf16 else low, plain=plain, space=space)
    join_memory(model, graph)
    return model
