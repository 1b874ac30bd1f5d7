"""Which operations of a network can't run one time step at a time, or samples of different lengths in one batch."""

from spikegraph.ir.arithmetic import Constants, Sum
from spikegraph.ir.graph import Graph, Node

AT_ONCE = "needs all time steps at once"
MEAN = "takes a mean over time, which is known after the last step"
JOINED = "makes one value of all time steps"
STATISTICS = "takes its statistics over all time steps"


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


def of_all_steps(graph: Graph, *, training: bool) -> list[tuple[Node, str]]:
    """The operations that join time steps without knowing which are a sample's own, each with how, in the order of the graph.

    Operations that go through the steps in order aren't among them: what stands behind a sample's end changes nothing before.
    """
    found: list[tuple[Node, str]] = []
    for node in graph:
        timed, traits = any(value.steps for value in node.operand_values), node.op.traits
        if traits.own_steps or not timed:
            continue
        if traits.over_time:
            found.append((node, AT_ONCE))
        elif averages(graph, node) or not (node.value.steps or isinstance(node.op.arithmetic(*node.operand_values), Constants)):
            found.append((node, JOINED))
        elif training and traits.statistics:
            found.append((node, STATISTICS))
    return found


def averages(graph: Graph, node: Node) -> bool:
    """Whether an operation's result is one over all time steps."""
    found = node.op.arithmetic(*(graph.node(o).value for o in node.operands))
    return isinstance(found, Sum) and found.over_time
