"""The types of all expressions of a network, for editors: what is at which place of the text."""

from collections.abc import Mapping

from typing_extensions import override

from spikegraph.dsl.ast import Call, Expr, Name
from spikegraph.dsl.declarations import Broken
from spikegraph.dsl.diagnostics import Diagnostics, StoppedError
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Network, Run, Spec
from spikegraph.elaborate.build import network_context
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.layers import Wired, ends
from spikegraph.elaborate.loop_types import carried_types
from spikegraph.elaborate.network import NetworkBuilder
from spikegraph.elaborate.recurrence import UNKNOWN, Delays
from spikegraph.elaborate.scope import Scope
from spikegraph.elaborate.size import check_size
from spikegraph.ir.opdef import Op
from spikegraph.ir.path import Path
from spikegraph.ir.types import Value

Types = Mapping[Span, tuple[Value, ...]]
"""For the place of an expression the types that it has, one for each use of its block that gives another one."""


def types_of(spec: Spec, network: str, bindings: Mapping[str, Expr], broken: Broken, run: Run | None) -> Types:
    """The types of the expressions of a network whose params are bound, as far as the text is sound."""
    silent = Diagnostics()
    try:
        context = network_context(spec, network, bindings, silent, broken, run)
        if not check_size(spec.networks[network], context):
            return {}
        builder = _built(spec.networks[network], context, Delays())
        if builder.delays.unknown:
            builder = _built(spec.networks[network], context, Delays(carried_types(spec.networks[network], context).types))
    except StoppedError:
        return {}
    return {span: tuple(values) for span, values in builder.types.items()}


def _built(network: Network, context: Context, delays: Delays) -> "_TypedNetworkBuilder":
    builder = _TypedNetworkBuilder(network, context, delays)
    builder.build()
    return builder


class _TypedNetworkBuilder(NetworkBuilder):
    """Builds the graph of a network, and keeps the type of each expression."""

    def __init__(self, network: Network, context: Context, delays: Delays) -> None:
        super().__init__(network, context, delays)
        self.types: dict[Span, dict[Value, None]] = {i.span: {} for i in network.inputs}

    @override
    def value(self, expr: Expr, scope: Scope, base: Path) -> Wired:
        return self._noted(expr.span, super().value(expr, scope, base))

    @override
    def apply(self, expr: Name | Call, piped: tuple[Wired, ...], scope: Scope, base: Path, *, last: bool) -> Wired:
        return self._noted(expr.span, super().apply(expr, piped, scope, base, last=last))

    @override
    def add(self, path: Path, op: Op, operands: tuple[str, ...], span: Span) -> str | None:
        name = super().add(path, op, operands, span)
        if span in self.types:
            self._noted(span, name)
        return name

    def _noted(self, span: Span, wired: Wired) -> Wired:
        node = ends(wired)
        if node is not None and node != UNKNOWN:
            self.types.setdefault(span, {})[self.graph.node(node).value] = None
        return wired
