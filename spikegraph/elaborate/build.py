"""Builds the graph of a network of a checked spec."""

from collections.abc import Collection, Mapping

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate import declared_cells, declared_neurons
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
    loss_wires: Collection[str] = (),
) -> Graph:
    """Builds the graph of `network` at stage `space`, with its params bound by `bindings`.

    Adds errors to `diagnostics` and omits invalid parts, so the graph is complete only if there are no errors. Declarations
    in `broken` already have errors and get no others. `loss_wires` are the wires that losses use; those that are not
    outputs become taps of the graph.
    """
    check_names(spec, diagnostics)
    declared = declared_neurons.declared(spec, diagnostics)
    base = Context(spec, diagnostics, broken, declared, declared_cells.declared(spec, declared, diagnostics), {})
    net = spec.networks[network]
    context = Context(spec, diagnostics, broken, declared, base.cells, numbers(net, bindings, base))
    return NetworkBuilder(net, context).build(loss_wires)
