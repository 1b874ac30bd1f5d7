"""Limits of graphs, far above every network that can be trained: they keep a small spec from taking much time or memory."""

from collections.abc import Mapping

from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value

MOST_OPERATIONS = 200_000
"""Operations of a graph."""

MOST_NUMBERS = 10**10
"""Numbers of a value at one time step of one sample, and of the weights of one layer."""

LARGEST_BOUND = 10**12
"""Largest bound of a count."""

Tensors = Mapping[str, tuple[int, ...]]
"""Shapes of the trainable tensors of one operation by their names."""

Leaves = Mapping[str, Tensors]
"""Shapes of trainable tensors by the names of the weights that they belong to."""

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


def check_weights(op: str, leaves: Leaves) -> None:
    """Checks that trainable tensors aren't too large, from their shapes.

    Raises:
        TypeRuleError: They are.
    """
    for tensors in leaves.values():
        for name, shape in tensors.items():
            if _numbers(shape) > MOST_NUMBERS:
                help = f"weights of a layer have at most {MOST_NUMBERS:,} numbers; use fewer channels, or a smaller kernel"
                raise TypeRuleError(f"the {name} of `{op}` is too large: {list(shape)}", help, BEYOND)


def check_shared(op: str, leaves: Leaves, shared: dict[str, Tensors], *, fewer: bool = False) -> None:
    """Checks that weights have the tensors of earlier uses, which are in `shared`; adds those that are new.

    Args:
        op: The operation.
        leaves: The shapes of its tensors, with those of running statistics.
        shared: Those of earlier uses.
        fewer: Whether a later use may have fewer of them, as neurons do some of whose numbers are learned in another use.

    Raises:
        TypeRuleError: They have other shapes, or there are others.
    """
    for name, tensors in leaves.items():
        first = shared.setdefault(name, tensors)
        for tensor in tensors if fewer else {**tensors, **first}:
            here, there = tensors.get(tensor), first.get(tensor)
            if here == there:
                continue
            if here is None or there is None:
                has, other = ("no", "one") if here is None else ("a", "none")
                summary = f"`{op}` has {has} {tensor} in this use, but {other} in another that shares it"
                help = "write `weights = own` in the block, or give its uses the same parameters"
            else:
                summary = f"the {tensor} of `{op}` is {list(here)} in this use, but {list(there)} in another that shares it"
                help = "write `weights = own` in the block, or give its uses values of one shape"
            raise TypeRuleError(summary, help, "SG0302")


def _numbers(shape: tuple[int, ...]) -> int:
    count = 1
    for n in shape:
        count *= n
    return count
