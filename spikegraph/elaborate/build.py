"""From a checked spec to the graph of one of its networks."""

from collections.abc import Collection, Mapping

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate import cells, neurons
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.network import NetworkBuilder, numbers
from spikegraph.elaborate.reserved_names import check_names
from spikegraph.ir.graph import Graph


def elaborate(
    spec: Spec,
    network: str,
    bindings: Mapping[str, Expr],
    diagnostics: Diagnostics,
    broken: frozenset[str] = frozenset(),
    judged: Collection[str] = (),
) -> Graph:
    """The graph of `network`, its params bound by `bindings`, at the stage `space`.

    Errors are added to `diagnostics`, with what is unsound left out; the graph is whole only if there are none. Nothing is
    said of the declarations in `broken`, which were complained about already. Wires in `judged` are what losses take; those
    that are no outputs become the graph's taps.
    """
    check_names(spec, diagnostics)
    declared = neurons.declared(spec, diagnostics)
    base = Context(spec, diagnostics, broken, declared, cells.declared(spec, declared, diagnostics), {})
    net = spec.networks[network]
    context = Context(spec, diagnostics, broken, declared, base.cells, numbers(net, bindings, base))
    return NetworkBuilder(net, context).build(judged)
