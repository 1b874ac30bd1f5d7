"""What a module returns: values, and states of neurons."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from spikegraph.backends.torch.foreign.example import several
from spikegraph.foreign.errors import ForeignError
from spikegraph.foreign.layout import leading, worded
from spikegraph.foreign.state import State
from spikegraph.foreign.statements import LEADS, Complement, Own, Value

COMPLEMENT = "the language has 1 - x as a factor alone"


def check_result(given: Any) -> None:
    """Checks that a part of what a module returns is a value, or the state of a neuron.

    Raises:
        ForeignError: It is something else.
    """
    if isinstance(given, Value) and given.layout is not None:
        still = given.layout.with_(tuple(p for p in d if p.axis != "T") for d in given.layout.dimensions)
        order = still.in_order[1]
        if order != tuple(sorted(order)) or (
            not given.layout.holds(given.layout.dimensions[0], "N") and not any(leading(given.layout, lead) for lead in LEADS)
        ):
            words = " x ".join(map(worded, given.layout.dimensions))
            raise ForeignError(
                f"the module returns a tensor with the dimensions {words}", "return it as [N, C, ...] or [T, N, C, ...]"
            )
    if isinstance(given, Value) or list(states_of(given)):
        return
    if isinstance(given, Complement):
        raise ForeignError(f"the module returns 1 - x: {COMPLEMENT}", "multiply 1 - x by another value")
    if isinstance(given, Tensor | Own):
        raise ForeignError(
            "the module returns a tensor that its layers and functions don't compute from the inputs",
            "return what a layer returns; a state that a neuron keeps itself isn't read",
        )
    what = "a tuple or list inside another" if isinstance(given, tuple | list) else f"`{given}`, which isn't a tensor"
    raise ForeignError(f"the module returns {what}", "return a tensor, or a tuple of tensors")


def states_of(given: Any) -> Iterator[State]:
    """The states in what a module or layer returns."""
    if isinstance(given, State):
        yield given
    elif isinstance(given, tuple | list):
        for part in several(given):
            yield from states_of(part)
