"""The types of all expressions of a network that may be wrong, for editors: what is at which place of the text."""

from collections.abc import Mapping

from spikegraph.dsl.ast import Expr
from spikegraph.dsl.declarations import Broken
from spikegraph.dsl.diagnostics import Diagnostics, StoppedError
from spikegraph.dsl.spec import Run, Spec
from spikegraph.elaborate.build import network_context
from spikegraph.elaborate.loop_types import carried_types
from spikegraph.elaborate.recurrence import Delays
from spikegraph.elaborate.size import check_size
from spikegraph.elaborate.typed_builder import TypedNetworkBuilder, Types


def types_of(spec: Spec, network: str, bindings: Mapping[str, Expr], broken: Broken, run: Run | None) -> Types:
    """The types of the expressions of a network whose params are bound, as far as the text is sound."""
    silent, net = Diagnostics(), spec.networks[network]
    try:
        context = network_context(spec, network, bindings, silent, broken, run)
        if not check_size(net, context):
            return {}
        builder = TypedNetworkBuilder(net, context)
        builder.build()
        if builder.delays.unknown:
            builder = TypedNetworkBuilder(net, context, Delays(carried_types(net, context).types))
            builder.build()
    except StoppedError:
        return {}
    return builder.types
