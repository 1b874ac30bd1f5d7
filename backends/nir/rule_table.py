"""The table of what operations are in NIR, which the modules with rules fill."""

from collections.abc import Callable

from spikegraph.backends.nir.wires import Wires
from spikegraph.backends.nir.writer import Writer
from spikegraph.ir.graph import Node

Rule = Callable[[Writer, Node, tuple[Wires, ...]], Wires]
"""Adds the nodes of an operation on its operands; raises `RefusedError` where there are none."""

RULES: dict[str, Rule] = {}
"""The rules by the operation's name."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Decorator that makes a function the rule of operations."""

    def add(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return add
