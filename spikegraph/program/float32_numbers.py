"""Numbers of neurons that are too small for float32, in which exported networks compute."""

from collections.abc import Iterator

from spikegraph.ir.graph import Graph, Node
from spikegraph.program.refusals import Refusal

LEAST = 2.0**-126
"""The smallest normal number of float32; smaller ones are 0 on many devices."""


def beyond_float32(graph: Graph) -> tuple[Refusal, ...]:
    """The neurons with a number that is too small, such as a threshold of 1e-300, which would be 0."""
    return tuple(refusal for node in graph for refusal in _of(node))


def _of(node: Node) -> Iterator[Refusal]:
    neuron = node.op.any_neuron()
    if neuron is None:
        return
    numbers = {"threshold": neuron.threshold, "decay": neuron.decay} | {each.name: each.value for each in neuron.constants}
    for name, value in numbers.items():
        if 0 < abs(value) < LEAST:
            summary = f"`{name} = {value:g}` of a neuron is too small for float32"
            yield Refusal(node.name, node.span, summary, f"write a number of at least {LEAST:.3g}", declared=True)
