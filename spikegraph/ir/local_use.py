"""A neuron's local subgraph: the weights between it and the values that it takes from elsewhere."""

from dataclasses import dataclass

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.activation import Lif, Potential
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.wide import WideLif
from spikegraph.ir.ops.wiring import Input

BOUNDARY = (Lif, WideLif, NormLif, Potential, Input)
"""Operations where a local subgraph ends: their results come from elsewhere."""


@dataclass(frozen=True)
class Use:
    """A neuron's node with its local subgraph.

    Attributes:
        neuron: The node.
        current: Its operand, the last operation of the local subgraph.
        local: The operations from the first with weights up to `current`, in an order in which they can run.
        sources: Their operands from elsewhere: spikes of other neurons, inputs, or values made of these without weights.
    """

    neuron: str
    current: str
    local: tuple[str, ...]
    sources: tuple[str, ...]


def local_use(graph: Graph, neuron: Node) -> Use | None:
    """A neuron's local subgraph; None where no weights lie between it and other neurons or inputs."""
    (current,) = neuron.operands
    seen: set[str] = set()
    open_ = [current]
    while open_:
        name = open_.pop()
        if name not in seen and not isinstance(graph.node(name).op, BOUNDARY):
            seen.add(name)
            open_ += graph.node(name).operands
    local: dict[str, None] = {}
    for node in graph:
        if node.name in seen and (weights_of(graph, node) or any(o in local for o in node.operands)):
            local[node.name] = None
    if not local:
        return None
    sources = {o: None for name in local for o in graph.node(name).operands if o not in local}
    return Use(neuron.name, current, tuple(local), tuple(sources))


def weights_of(graph: Graph, node: Node) -> tuple[str, ...]:
    """The names under which an operation's trainable tensors are kept."""
    return tuple(node.op.leaves(node.weights, *graph.values(node)))
