"""Builds the graph of a network of a checked spec."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from spikegraph.base.record import record
from spikegraph.dsl.ast import Expr
from spikegraph.dsl.declarations import Broken
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Retrain, Run, Spec
from spikegraph.elaborate import declared_cells, declared_neurons
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.hidden_names import warn_of_hidden_names
from spikegraph.elaborate.loop_types import check_steps, with_loops
from spikegraph.elaborate.param_words import check_words
from spikegraph.elaborate.params import bound
from spikegraph.elaborate.reserved_names import check_names
from spikegraph.elaborate.size import check_size
from spikegraph.elaborate.typed_builder import TypedNetworkBuilder, Types
from spikegraph.ir.graph import Graph

NONE_BROKEN = Broken()


@record
class Elaborated:
    """The graph of a network, the types of the expressions in its text, and the nodes of the wires that may become taps."""

    graph: Graph
    types: Types
    wires: Mapping[str, str]

    def tapped(self, wires: Collection[str]) -> "Elaborated | None":
        """As if losses used these wires; None where that must be elaborated, since a wire has no one node or has an error."""
        if not self.wires.keys() >= {*wires}:
            return None
        taps = {name: node for name, node in self.wires.items() if name in wires}
        return replace(self, graph=replace(self.graph, taps=taps))


def declarations(spec: Spec, diagnostics: Diagnostics, broken: Broken = NONE_BROKEN) -> Context:
    """A context with the neurons and cells of a spec."""
    context = Context(spec, diagnostics, broken, declared_neurons.declared(spec, diagnostics))
    return replace(context, cells=declared_cells.declared(context))


def elaborate(
    spec: Spec,
    network: str,
    bindings: Mapping[str, Expr],
    diagnostics: Diagnostics,
    broken: Broken = NONE_BROKEN,
    loss_wires: Collection[str] = (),
    run: Run | None = None,
) -> Elaborated | None:
    """Builds the graph of `network` at stage `space`, with its params bound by `bindings`; None after an error.

    Adds errors to `diagnostics`. Declarations in `broken` already have errors and get no others. `loss_wires` are the wires
    that losses use; those that are not outputs become taps of the graph. `run` is the run that the graph is for, if there is
    one.
    """
    check_names(spec, diagnostics)
    check_words(spec, diagnostics)
    warn_of_hidden_names(spec, diagnostics)
    net, context = spec.networks[network], network_context(spec, network, bindings, diagnostics, broken, run)
    if not check_size(net, context):
        return None
    builder = TypedNetworkBuilder(net, context)
    before = diagnostics.reports
    graph = builder.build(loss_wires)
    if diagnostics.reports == before and builder.delays.unknown:
        builder, _ = with_loops(net, context, loss_wires)
    elif diagnostics.reports == before:
        builder.complete &= check_steps(graph, diagnostics)
    return Elaborated(builder.graph, builder.types, builder.wires) if builder.complete else None


def network_context(
    spec: Spec, network: str, bindings: Mapping[str, Expr], diagnostics: Diagnostics, broken: Broken, run: Run | None
) -> Context:
    """The context of a network whose params are bound, as `elaborate` needs it."""
    base, net = declarations(spec, diagnostics, broken), spec.networks[network]
    stated = any(
        r is not None and (r.stems_stated if isinstance(r, Retrain) else r.stems != "relu") for r in (spec.retrain, spec.search)
    )
    fields = {"stems": stems_of(spec, run), "stems_stated": stated, "neuron": net.neuron, "first": net.first}
    return replace(bound(net, bindings, base, base), **fields)


def stems_of(spec: Spec, run: Run | None) -> str | None:
    """The neuron of stems that name none: that of the run, or of the other runs; any in a run whose stems are ReLU."""
    runs = [r for r in (run, spec.retrain, spec.search) if r is not None]
    fallback = list(spec.neurons)[:1] if run is not None and run.stems == "relu" else []
    return next(iter([*(r.stems for r in runs if r.stems != "relu"), *fallback]), None)
