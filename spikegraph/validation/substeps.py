"""Whether layers that take counts in sub-steps compute what they do of the counts at once."""

from collections.abc import Mapping

import numpy as np

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.substeps import substeps_of
from spikegraph.meaning.call import Array, Call, Recorded
from spikegraph.meaning.interpreter import Trace, reference_for
from spikegraph.validation.compared import Difference, differing


def wrong_substep(graph: Graph, tensors: Mapping[str, Array], found: Trace) -> Difference | None:
    """The first sub-step of a layer after which it has computed something else; None if there is none.

    A layer f takes a count x as the binary spikes b_k = [x >= k], k = 1, 2, ..., n: after k sub-steps it has computed
    f(b_1) + ... + f(b_k) - (k - 1) f(0), which must be f(min(x, k)); and no spike may be left after the last one.

    Args:
        graph: A graph of simple operations.
        tensors: Its weights by name.
        found: Its run.
    """
    for node in graph:
        steps = substeps_of(node)
        if steps is not None and node.name in found.values:
            x = found.values[node.operands[0]]
            difference = _wrong(node, steps, tensors, x if node.operand_values[0].steps else x[None])
            if difference is not None:
                return difference
    return None


def _wrong(node: Node, steps: int, tensors: Mapping[str, Array], x: Array) -> Difference | None:
    compute = reference_for(node)

    def f(x: Array) -> Array:
        return compute(Call(node, tensors, len(x), 0, False, {}, Recorded()), x)

    total = silent = f(np.zeros_like(x))
    for k in range(1, max(steps, int(np.ceil(x.max(initial=0)))) + 1):
        total = total + f((x >= k).astype(x.dtype)) - silent if k <= steps else total
        wanted = f(np.minimum(x, k))
        place = differing(wanted, total)
        if place is not None:
            lacks = "" if k <= steps else ", which is missing"
            of = f"sub-step {k} of {steps}{lacks}, of the layer `{node.name}`"
            return Difference(of, node.name, place, float(wanted[place]), float(total[place]))
    return None
