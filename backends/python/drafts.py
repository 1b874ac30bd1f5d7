"""The class of a scope as text in which numbers are still open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from spikegraph.backends.python.rule_table import Expression, Layer, Tensor
from spikegraph.backends.python.scopes import Scope
from spikegraph.backends.python.units import Called
from spikegraph.ir.graph import Graph, Node

Place = tuple[str, Tensor]
"""The name of weights in the network, and the tensor of these."""


@dataclass
class Draft:
    """The class of a scope.

    Attributes:
        scope: The scope.
        arguments: The names of the arguments of `forward`.
        operands: The nodes that these are.
        results: The nodes whose values it returns.
        init: The attributes: name and text.
        forward: The lines of `forward`.
        weights: The network's tensor for each tensor, by the name in the module; those of inner scopes are in `inner`.
        inner: The scopes of attributes.
    """

    scope: Scope
    arguments: list[str] = field(default_factory=list[str])
    operands: list[str] = field(default_factory=list[str])
    results: list[str] = field(default_factory=list[str])
    init: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    forward: list[str] = field(default_factory=list[str])
    weights: dict[str, Place] = field(default_factory=dict[str, Place])
    inner: dict[str, Scope] = field(default_factory=dict[str, Scope])

    @property
    def text(self) -> str:
        """All of it, with numbers marked."""
        init = [f"{name} = {text}" for name, text in self.init]
        return "\n".join([" ".join(self.arguments), *init, "", *self.forward])


@dataclass(frozen=True)
class Context:
    """What all scopes of a network share.

    Attributes:
        graph: The plain graph.
        rule: How an operation is written, given whether it is in a loop.
        called: How a scope inside is called.
        help: The name of a helper, which is then part of the module.
        reserved: Names that attributes can't have.
    """

    graph: Graph
    rule: Callable[[Node, bool], Layer | tuple[Layer, ...] | Expression]
    called: Callable[[Scope], Called]
    help: Callable[[str], str]
    reserved: frozenset[str]
