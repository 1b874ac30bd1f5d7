"""Neurons, and ReLU."""

from spikegraph.backends.python.rule_table import Layer, Place, Tensor, rule
from spikegraph.ir.ops.activation import Graded, Lif, Neurons, Potential, Relu
from spikegraph.ir.ops.over_time import NeuronsOverTime


@rule(Relu)
def relu(place: Place[Relu]) -> Layer:
    """`nn.ReLU`."""
    return Layer("nn.ReLU()")


@rule(Lif, Neurons, Graded, Potential, NeuronsOverTime)
def neurons(place: Place[Lif | Neurons | Graded | Potential | NeuronsOverTime]) -> Layer:
    """The class of the neuron, with the numbers that differ between its uses."""
    text = place.neurons.made(place.node, in_loop=place.in_loop)
    names = place.neurons.attributes(place.node)
    tensors = {names[name]: Tensor(name) for name in place.op.weights(*place.node.operand_values) if name in names}
    loop = "{self}.step({x}, {state})" if place.neurons.remembers(place.node) else "{self}({x})"
    return Layer(text, tensors, in_loop=loop)
