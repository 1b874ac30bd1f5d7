"""Limits of graphs, far above every network that can be trained: they keep a small spec from taking much time or memory."""

from collections.abc import Mapping

from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value

MOST_OPERATIONS = 250_000
"""Operations of a graph."""

MOST_NUMBERS = 10**10
"""Numbers of a value at one time step of one sample, and of the weights of one layer."""

LARGEST_BOUND = 10**12
"""Largest bound of a count."""

BEYOND = "SG0218"
"""The code of what is beyond a limit."""


def check_value(op: str, value: Value) -> None:
    """Checks that a value isn't too large.

    Raises:
        TypeRuleError: It is.
    """
    if _numbers(value.shape) > MOST_NUMBERS:
        help = f"a value has at most {MOST_NUMBERS:,} numbers at each time step; use fewer channels, or smaller sizes"
        raise TypeRuleError(f"the result of `{op}` is too large: {value}", help, BEYOND)
    if value.bound > LARGEST_BOUND:
        help = f"a sum of spikes counts up to {LARGEST_BOUND:,}"
        raise TypeRuleError(f"the result of `{op}` counts up to more than {LARGEST_BOUND:,} spikes", help, BEYOND)


def check_weights(op: str, leaves: Mapping[str, Mapping[str, tuple[int, ...]]]) -> None:
    """Checks that trainable tensors aren't too large, from their shapes.

    Raises:
        TypeRuleError: They are.
    """
    for tensors in leaves.values():
        for name, shape in tensors.items():
            if _numbers(shape) > MOST_NUMBERS:
                help = f"weights of a layer have at most {MOST_NUMBERS:,} numbers; use fewer channels, or a smaller kernel"
                raise TypeRuleError(f"the {name} of `{op}` is too large: {list(shape)}", help, BEYOND)


def _numbers(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count
