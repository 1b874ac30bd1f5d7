"""Finds the output of a network that is evaluated."""

from spikegraph.dsl.nearest import listed
from spikegraph.errors import TrainError
from spikegraph.ir.graph import Graph, Node


def disparity_node(graph: Graph) -> Node:
    """The node of the output that is a disparity, [T, N, 1, H, W] in pixels.

    Raises:
        TrainError: No output is a disparity, or several are.
    """
    found = [node for name in graph.outputs.values() if (node := graph.node(name)).op.traits.gives == "disparity"]
    if len(found) != 1:
        raise TrainError(
            f"{len(found)} of the outputs {listed(graph.outputs)} of `{graph.name}` are disparities; exactly one is needed",
            "declare one output that ends in `subpixel`",
        )
    return found[0]


def logits_node(graph: Graph) -> Node:
    """The node of the output that is logits without time steps, [N, K].

    Raises:
        TrainError: No output is logits, or several are.
    """
    found = [node for name in graph.outputs.values() if not (node := graph.node(name)).value.size and not node.value.steps]
    if len(found) != 1:
        raise TrainError(
            f"{len(found)} of the outputs {listed(graph.outputs)} of `{graph.name}` are logits; exactly one is needed",
            "declare one output that ends in `mean(time)`",
        )
    return found[0]
