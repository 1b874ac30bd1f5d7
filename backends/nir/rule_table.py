"""The registry of what operations are in NIR."""

from collections.abc import Callable

from spikegraph.backends.nir.wires import Wires
from spikegraph.backends.nir.writer import Writer
from spikegraph.ir.graph import Node
from spikegraph.plugins.registry import Registry

Rule = Callable[[Writer, Node, tuple[Wires, ...]], Wires]
"""Adds the nodes of an operation on its operands and returns its value; raises `RefusedError` where NIR has no such nodes."""

RULES: Registry[Rule] = Registry("NIR rule", "spikegraph.nir", package="spikegraph.backends.nir.rules")
"""The rules by the operation's name. An operation without a rule is refused."""


def rule(*names: str, replace: bool = False) -> Callable[[Rule], Rule]:
    """Decorator that makes a function the rule of operations.

    Args:
        names: The operations.
        replace: Replace the rules that they have.

    Raises:
        RegistrationError: An operation has a rule, and `replace` is false.
    """

    def add(function: Rule) -> Rule:
        for name in names:
            RULES.register(name, function, replace=replace)
        return function

    return add
