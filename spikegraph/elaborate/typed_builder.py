"""Builds the graph of a network, and keeps the types of all its expressions."""

from collections.abc import Mapping

from typing_extensions import override

from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Network
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.layers import UNKNOWN, Wired, ends
from spikegraph.elaborate.network import NetworkBuilder
from spikegraph.elaborate.recurrence import Delays
from spikegraph.elaborate.scope import Scope
from spikegraph.ir.opdef import Op
from spikegraph.ir.path import Path
from spikegraph.ir.types import Value

Types = Mapping[Span, tuple[Value, ...]]
"""For the place of an expression the types that it has, one for each use of its block that gives another one."""


class TypedNetworkBuilder(NetworkBuilder):
    """Builds the graph of a network, and keeps the type of each expression."""

    def __init__(self, network: Network, context: Context, delays: Delays | None = None) -> None:
        super().__init__(network, context, delays)
        self._types: dict[Span, dict[Value, None]] = {i.span: {} for i in network.inputs}

    @property
    def types(self) -> Types:
        """The types of the expressions, as far as the network is built."""
        return {span: tuple(values) for span, values in self._types.items()}

    @override
    def value(self, expr: Expr, scope: Scope, base: Path) -> Wired:
        return self._noted(expr.span, super().value(expr, scope, base))

    @override
    def apply(self, expr: Name | Call, piped: tuple[Wired, ...], scope: Scope, base: Path, *, last: bool) -> Wired:
        return self._noted(expr.span, super().apply(expr, piped, scope, base, last=last))

    @override
    def add(self, path: Path, op: Op, operands: tuple[str, ...], span: Span) -> str | None:
        name = super().add(path, op, operands, span)
        if span in self._types:
            self._noted(span, name)
        return name

    def _noted(self, span: Span, wired: Wired) -> Wired:
        node = ends(wired)
        if node is not None and node != UNKNOWN:
            self._types.setdefault(span, {})[self.graph.node(node).value] = None
        return wired
