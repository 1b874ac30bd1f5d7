"""What is brought into order before time steps are looked for.

Tensors of the module come first, and calls that code makes for a shape alone, as `layer(x[0]).shape` does, and makes again for
the numbers, are left out.
"""

from collections import Counter

from torch import fx
from torch.fx.node import map_arg

from spikegraph.backends.torch.foreign.function_names import function_name, in_place
from spikegraph.backends.torch.foreign.trace import Traced
from spikegraph.foreign.of_classes import family_of


def own_tensors_first(graph: fx.Graph) -> None:
    """Puts the module's tensors in front of all else, so that the step of a loop that names them first is like the others."""
    first = next(node for node in graph.nodes if node.op != "placeholder")
    for node in list(graph.nodes):
        if node.op == "get_attr" and node is not first:
            first.prepend(node)


def without_repeated(traced: Traced) -> None:
    """Leaves out nodes whose result nobody takes and that are computed again from the same.

    A step's last node may be without a user too, such as a potential that the next step would take; it isn't repeated.
    """
    numbers: dict[object, int] = {}
    number = dict[fx.Node, int]()
    for node in traced.graph.nodes:
        given = map_arg((node.args, node.kwargs), lambda n: number[n])
        number[node] = numbers.setdefault((node.op, node.target, repr(given)), len(numbers))
    times = Counter(number.values())
    for node in reversed(list(traced.graph.nodes)):
        if not node.users and times[number[node]] > 1 and _only_computes(node, traced):
            times[number[node]] -= 1
            traced.graph.erase_node(node)


def _only_computes(node: fx.Node, traced: Traced) -> bool:
    """Whether a node changes nothing: neither a tensor nor a layer."""
    if node.op == "call_module":
        layer = traced.root.get_submodule(str(node.target))
        return family_of(layer) is None and next(layer.buffers(), None) is None
    return node.op in ("call_function", "call_method") and not in_place(node, function_name(node))
