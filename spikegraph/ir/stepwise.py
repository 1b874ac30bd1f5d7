"""Which operations of a network can't run one time step at a time."""

from spikegraph.ir.arithmetic import Sum
from spikegraph.ir.graph import Graph, Node

AT_ONCE = "needs all time steps at once"
MEAN = "takes a mean over time, which is known after the last step"


def not_stepwise(graph: Graph) -> list[tuple[Node, str]]:
    """The operations that need later time steps, each with the reason, in the order of the graph.

    A mean over time is that of the steps so far in a stream, so what follows is right after the last step, unless it has a
    value for each step: those before would be others than in a whole sequence, and neurons would remember them.
    """
    means = {node.name for node in graph if averages(graph, node)}
    averaged = graph.descendants(means)
    found: list[tuple[Node, str]] = []
    for node in graph:
        if node.op.traits.over_time:
            found.append((node, AT_ONCE))
        elif node.value.steps and any(o in averaged and not graph.node(o).value.steps for o in graph.sources(node.name)):
            found.append((node, MEAN))
    return found


def averages(graph: Graph, node: Node) -> bool:
    """Whether an operation's result is one over all time steps."""
    found = node.op.arithmetic(*(graph.node(o).value for o in node.operands))
    return isinstance(found, Sum) and found.over_time
