"""The local subgraph of a neuron: the weighted operations between other neurons or inputs and this neuron."""

from spikegraph.base.record import record
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.patterns import neurons


@record
class LocalSubgraph:
    """A neuron's node with its local subgraph.

    Attributes:
        neuron: Name of the neuron's node.
        current: Name of its operand, the last operation of the local subgraph.
        local: The operations from the first with weights up to `current`, in an executable order.
        sources: Their operands from outside: spikes of other neurons, inputs, or values computed from these without weights.
    """

    neuron: str
    current: str
    local: tuple[str, ...]
    sources: tuple[str, ...]


def local_subgraph(graph: Graph, neuron: Node) -> LocalSubgraph | None:
    """A neuron's local subgraph; None if no weights lie between other neurons or inputs and this neuron.

    It begins behind neurons, inputs and values of the step before; a layer with delays is a part of it. A neuron with several
    currents has none: which one candidates would replace isn't defined.
    """
    if len(neuron.operands) != 1:
        return None
    (current,) = neuron.operands
    seen: set[str] = set()
    open_ = [current]
    while open_:
        name = open_.pop()
        node = graph.node(name)
        if name not in seen and not (neurons(node) or node.op.traits.carries or node.op.traits.source):
            seen.add(name)
            open_ += node.operands
    local: dict[str, None] = {}
    for node in graph:
        if node.name in seen and (node.leaves or any(o in local for o in node.operands)):
            local[node.name] = None
    if not local:
        return None
    sources = {o: None for name in local for o in graph.node(name).operands if o not in local}
    return LocalSubgraph(neuron.name, current, tuple(local), tuple(sources))
