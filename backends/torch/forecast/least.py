"""The least that a step reads and writes, whoever computes it: by norms, sums and neurons as one operation, and by the update.

Convolutions and products aren't counted, nor is what isn't between a convolution and a neuron: pooling, concatenation, sums of
spikes, and gradients of values with several consumers. So no program is below this limit, and few can reach it.
"""

from collections.abc import Sequence
from math import prod

from spikegraph.ir.graph import Graph
from spikegraph.ir.node import Node
from spikegraph.ir.traits import CurrentTerm

Terms = Sequence[tuple[float, bool]]
"""Of each term of a current, its share of the time steps (1 / T if it is the same at all), and whether it has a norm."""


def least_numbers(terms: Terms, *, training: bool = True, batch: bool = True) -> float:
    """How many numbers are read and written for each neuron and time step, at least.

    Forward, terms are read and the result is written, and before that, terms with a norm are read for its statistics. Backward,
    the result's gradient and terms are read, and gradients are written: one for each term with a norm, one for all others. With
    statistics of the batch, gradients depend on sums over all samples and steps, so what is read is read twice.

    Args:
        terms: The terms.
        training: Whether there is a backward pass.
        batch: Whether norms use the statistics of the batch; else running ones.
    """
    read, normed = sum(share for share, _ in terms), sum(share for share, has in terms if has)
    statistics = batch and training and normed > 0
    forward = read + 1 + normed * statistics
    if not training:
        return forward
    return forward + (1 + read) * (1 + statistics) + normed + max((share for share, has in terms if not has), default=0)


def neuron_bytes(graph: Graph, samples: int, steps: int, *, number: int = 4, training: bool = True, batch: bool = True) -> int:
    """The bytes of all neurons of a graph.

    Args:
        graph: The graph in the form that runs, where norms and sums are joined with neurons.
        samples: Samples of a batch.
        steps: Time steps.
        number: Bytes of a number: 4 for float32, 2 for bfloat16.
        training: Whether there is a backward pass.
        batch: Whether norms use the statistics of the batch.
    """
    total = 0.0
    for node in graph:
        if node.op.traits.fires:
            each = least_numbers(_terms(graph, node, steps), training=training, batch=batch)
            total += each * prod(node.value.shape) * samples * steps * number
    return int(total)


def update_bytes(weights: int, states: int) -> int:
    """The bytes of a fused optimizer: weights, gradients and states are read, weights and states written.

    Args:
        weights: Bytes of the weights, which are those of their gradients.
        states: Bytes of the numbers that the optimizer keeps.
    """
    return 3 * weights + 2 * states


def _terms(graph: Graph, node: Node, steps: int) -> Terms:
    values = graph.values(node)
    joined: Sequence[CurrentTerm] = getattr(node.op, "terms", ()) or [CurrentTerm()] * len(values)
    return [(1.0 if x.steps else 1 / steps, bool(term.norms)) for x, term in zip(values, joined, strict=True)]
