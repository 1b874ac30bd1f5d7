"""The registry of what operations are in NIR."""

from collections.abc import Callable
from typing import Any

from spikegraph.backends.nir.wires import Wires
from spikegraph.backends.nir.writer import Writer
from spikegraph.ir.graph import Node
from spikegraph.ir.opdef import AnyOp
from spikegraph.ir.plug_ins import registering
from spikegraph.plugins.kinds import FUNCTION
from spikegraph.plugins.registry import Registry

RuleOf = Callable[[Writer, Node[AnyOp], tuple[Wires, ...]], Wires]
"""Adds the nodes of an operation on its operands and returns its value; raises `RefusedError` where NIR has no such nodes."""

Rule = RuleOf[Any]
"""The rule of an operation that the registry knows."""

RULES: Registry[Rule] = Registry(
    "NIR rule", "spikegraph.nir", package="spikegraph.backends.nir.rules", kind=FUNCTION, needed=False
)
"""The rules by the operation's name. An operation without a rule is refused."""


def rule(*operations: type[AnyOp], replace: bool = False) -> Callable[[RuleOf[AnyOp]], RuleOf[AnyOp]]:
    """Decorator that makes a function the rule of operations.

    Args:
        operations: The operations' classes.
        replace: Replace the rules that they have.

    Raises:
        RegistrationError: An operation has a rule, and `replace` is false; or one isn't the class of an operation.
    """
    return registering(RULES, operations, "rule", replace=replace)
