"""Finds the nodes that losses and metrics read."""

from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.spec import Loss
from spikegraph.errors import OutputError
from spikegraph.ir.graph import Graph, Node


def loss_target(graph: Graph, loss: Loss) -> tuple[str, Node]:
    """The name and node of the output or wire that a loss is computed from.

    Raises:
        OutputError: It is missing, ambiguous or has the wrong type, or there is no such loss.
    """
    outputs = graph.outputs
    if loss.name not in LOSSES:
        raise OutputError(f"there is no loss `{loss.name}`", f"the losses are {listed(LOSSES, last='and')}")
    if loss.of is None and len(outputs) != 1:
        help = f"write `{loss.name}(OUTPUT)`; the outputs are {listed(outputs, last='and')}"
        raise OutputError(f"`{loss.name}` must name its output", help)
    name = loss.of if loss.of is not None else next(iter(outputs))
    named = {**outputs, **graph.taps}
    if name not in named:
        help = did_you_mean(name, outputs) or f"the outputs are {listed(outputs, last='and')}"
        raise OutputError(f"the network has no output `{name}`", help)
    node, takes = graph.node(named[name]), LOSSES[loss.name].takes
    if takes == "disparity" and not _is_disparity(node):
        summary = f"`{loss.name}` needs an output of `subpixel`, not of `{node.op.name}`"
        raise OutputError(summary, "end the output with `subpixel(...)`")
    if takes == "logits" and node.value.size:
        raise OutputError(f"`{loss.name}` needs logits [classes], not {node.value}", "put `pool -> linear(...)` before it")
    if takes == "logits" and not any(_is_logits(graph.node(n)) for n in outputs.values()):
        summary = f"no output has logits without time steps, so the accuracy can't be measured: `{name}` is {node.value}"
        raise OutputError(summary, "end the output with `mean(time)`")
    return name, node


def disparity_node(graph: Graph) -> Node:
    """The node of the output that is a disparity, [T, N, 1, H, W] in pixels.

    Raises:
        OutputError: No output is a disparity, or several are.
    """
    return _only(graph, [node for node in _outputs(graph) if _is_disparity(node)], "a disparity", "subpixel")


def logits_node(graph: Graph) -> Node:
    """The node of the output that is logits without time steps, [N, K].

    Raises:
        OutputError: No output is logits, or several are.
    """
    return _only(graph, [node for node in _outputs(graph) if _is_logits(node)], "logits", "mean(time)")


def _outputs(graph: Graph) -> list[Node]:
    return [graph.node(name) for name in graph.outputs.values()]


def _is_disparity(node: Node) -> bool:
    return node.op.traits.gives == "disparity"


def _is_logits(node: Node) -> bool:
    """True if a node's value can be the logits of a classifier: [classes], once for all time steps."""
    return not node.value.size and not node.value.steps


def _only(graph: Graph, found: list[Node], what: str, end: str) -> Node:
    if len(found) != 1:
        summary = f"exactly one output must be {what}, but {len(found)} of {listed(graph.outputs, last='and')} are"
        raise OutputError(summary, f"declare one output that ends in `{end}`")
    return found[0]
