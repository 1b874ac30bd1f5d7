"""Why a module computes otherwise than the network that was written for it, where this can be found out."""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import cast

from torch import Tensor, nn

from spikegraph.backends.torch.foreign.checks import check_hooks, keeps, what_changes
from spikegraph.backends.torch.foreign.convert import is_leaf
from spikegraph.backends.torch.foreign.example import fresh, taken, whole_copy
from spikegraph.backends.torch.foreign.trace import trace
from spikegraph.foreign.errors import ForeignError

MOST_STATES = 4
"""So many states are tried in every order."""


def cause(
    module: nn.Module, inputs: Sequence[Tensor], returned: int, agrees: Callable[[tuple[int, ...]], bool]
) -> ForeignError | None:
    """The error that names why a module differs from its network; None if this isn't known.

    Args:
        module: The module.
        inputs: The example.
        returned: How many states of neurons it returns.
        agrees: Whether it is equal to the network if it gets the states in this order.
    """
    module, inputs = whole_copy(module).float(), [x.float() for x in inputs]  # some libraries' neurons need float32
    for name, part in cast("Iterator[tuple[str, nn.Module]]", module.named_modules()):
        try:
            check_hooks(name, part)
        except ForeignError as error:
            return error
    if module.training and _code(module, inputs, training=True) != _code(module, inputs, training=False):
        return ForeignError(
            "the module's code computes otherwise in training than in evaluation",
            "call `module.eval()` first, or use layers that do this themselves, such as Dropout",
        )
    try:
        changed = what_changes(module, inputs)
    except ForeignError:  # it can't be called in float32
        changed = []
    if changed:
        name, own, part = changed[0]
        return keeps(name, own, type(part))
    arguments = taken(module, len(inputs))
    if 0 < returned < arguments:
        count = "the state of one neuron" if returned == 1 else f"the states of {returned} neurons"
        return ForeignError(
            f"the module returns {count}, but `forward` takes {arguments} arguments besides the inputs",
            "take and return the same states in the same order, or let layers keep them, as with init_hidden=True",
        )
    if returned <= MOST_STATES and any(agrees(order) for order in list(permutations(range(returned)))[1:]):
        return ForeignError(
            "the module takes its states in another order than it returns them", "return them in the order of the arguments"
        )
    return None


def _code(module: nn.Module, inputs: Sequence[Tensor], *, training: bool) -> list[tuple[str, str]]:
    """The layers and functions that a module's code calls."""
    try:
        return [(node.op, str(node.target)) for node in trace(fresh(module).train(training), inputs, is_leaf).graph.nodes]
    except ForeignError:
        return []
