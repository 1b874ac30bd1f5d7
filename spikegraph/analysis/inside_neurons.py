"""What the neurons of a deployed network compute at each time step, by model."""

from dataclasses import dataclass
from math import prod

from spikegraph.analysis.flow import arithmetic_of
from spikegraph.ir.arithmetic import NeuronUpdate
from spikegraph.ir.graph import Graph
from spikegraph.ir.updates import Update


@dataclass(frozen=True)
class NeuronCosts:
    """The neurons of one model.

    Attributes:
        model: Name of the neuron model, or of the operation.
        neurons: Number of neurons.
        update: Their additions, multiplications and comparisons at each time step; None for those of a plug-in.
    """

    model: str
    neurons: int
    update: Update | None


def neuron_costs(graph: Graph) -> tuple[NeuronCosts, ...]:
    """The neurons of a graph of plain operations by model, in the order of its nodes."""
    found: dict[tuple[str, bool], NeuronCosts] = {}
    for node in graph:
        if not (isinstance(arithmetic_of(node), NeuronUpdate) or node.op.traits.fires):
            continue
        count, update = prod(node.value.shape), node.op.update()
        key = (node.op.model, update is None)
        before = found.get(key, NeuronCosts(node.op.model, 0, None if update is None else Update()))
        total = None if update is None or before.update is None else before.update + update.times(count)
        found[key] = NeuronCosts(node.op.model, before.neurons + count, total)
    return tuple(found.values())
