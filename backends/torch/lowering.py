"""Makes a model from a graph."""

from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Graph


def lower(graph: Graph, *, bf16: bool = False) -> Model:
    """Makes the model of a lowered graph, with new random weights.

    Args:
        graph: A lowered graph; the passes at the end of a pipeline have chosen the form in which it runs.
        bf16: Run convolutions in bfloat16; membrane potentials stay in float32.
    """
    return Model(graph, bf16=bf16)
