"""Which operations of a network can't run one time step at a time, or samples of different lengths in one batch."""

from collections.abc import Mapping
from typing import get_args

from spikegraph.ir.arithmetic import OverTime
from spikegraph.ir.graph import Graph, Node

AT_ONCE = "needs all time steps at once"
KNOWN_LATER: Mapping[OverTime, str] = {
    what: f"takes a {what} over time, which is known after the last step" for what in get_args(OverTime)
}
AT_THE_END = {reason: f"take the {what} at the end" for what, reason in KNOWN_LATER.items()}
"""How to change an operation that takes what is known later, by the reason."""
JOINED = "makes one value of all time steps"
STATISTICS = "takes its statistics over all time steps"


def not_stepwise(graph: Graph) -> list[tuple[Node, str]]:
    """The operations that need later time steps, each with the reason, in the order of the graph.

    A mean over time is that of the steps so far in a stream, so what follows is right after the last step, unless it has a
    value for each step: those before would be others than in a whole sequence, and neurons would remember them. So it is with
    maxima and sums.
    """
    found: list[tuple[Node, str]] = []
    reduced: dict[str, OverTime] = {}
    for node in graph:
        what: OverTime | None = over_steps(node) or next((reduced[o] for o in node.operands if o in reduced), None)
        if what is not None:
            reduced[node.name] = what
    for node in graph:
        if node.op.traits.over_time:
            found.append((node, AT_ONCE))
        elif node.value.steps:
            taken: list[OverTime] = [
                reduced[o] for o in graph.sources(node.name) if o in reduced and not graph.node(o).value.steps
            ]
            found += [(node, KNOWN_LATER[what]) for what in taken[:1]]
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
        elif over_steps(node) or not (node.value.steps or _of_sizes(node)):
            found.append((node, JOINED))
        elif training and traits.statistics:
            found.append((node, STATISTICS))
    return found


def _of_sizes(node: Node) -> bool:
    """Whether an operation uses the sizes of its operands alone."""
    found = node.arithmetic
    return found is not None and found.of == ()


def over_steps(node: Node) -> OverTime | None:
    """What an operation's result is over all time steps, if it is one of them."""
    found = node.arithmetic
    return found.over_time if found is not None else None
