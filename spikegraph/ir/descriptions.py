"""Short descriptions of operations and networks, for lists of modules."""

from spikegraph.ir.graph import Graph, Node


def description(node: Node) -> str:
    """The operation, the channels of its weights, and its value: `conv 3x3, 12 -> 24: real[24, 87, 116]`."""
    text = node.op.describe(node.value, node.notes).replace(" × ", "x")
    weight = next((shapes.get("weight", ()) for shapes in node.leaves.values()), ())
    channels = f", {weight[1]} -> {weight[0]}" if len(weight) > 1 else ""
    return f"{text}{channels}: {node.value}"


def signature(graph: Graph) -> str:
    """The network with its inputs and outputs: `net: image real[3, 32, 32] -> logits real[10]`."""
    sides = (graph.inputs(), {name: graph.node(node) for name, node in graph.outputs.items()})
    return f"{graph.name}: " + " -> ".join(", ".join(f"{name} {node.value}" for name, node in side.items()) for side in sides)
