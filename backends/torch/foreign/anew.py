"""Neurons that a module gives a state of zeros at each call: it computes one time step, and remembers nothing."""

from torch import fx, nn

from spikegraph.backends.torch.foreign.example import taken
from spikegraph.backends.torch.foreign.intercepted import makes_constant
from spikegraph.backends.torch.foreign.reading import Reading
from spikegraph.backends.torch.foreign.trace import VALUE, path_in_root
from spikegraph.foreign.of_classes import family_of


def begin_anew(module: nn.Module, reading: Reading, inputs: int) -> dict[fx.Node, set[fx.Node]]:
    """The calls of all neurons of libraries with their zeros, if each of them begins so; none if one may remember something."""
    several = reading.axis is not None or reading.repeated or reading.step.folding.time is not None
    if several or reading.states is not None or taken(module, inputs) > 0:
        return {}
    calls = [node for node in reading.step.nodes if node.op == "call_module"]
    neurons = [node for node in calls if family_of(module.get_submodule(path_in_root(str(node.target)))) is not None]
    zeros = {node: {given for given in node.all_input_nodes if _zeros(given)} for node in neurons}
    return zeros if all(len(found) == len(node.all_input_nodes) - 1 > 0 for node, found in zeros.items()) else {}


def _zeros(node: fx.Node) -> bool:
    """Whether a node is a tensor of zeros that the module's code makes."""
    return makes_constant(node) and not node.meta[VALUE].any()
