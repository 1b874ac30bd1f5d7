"""Elaboration of a network's inputs."""

from spikegraph.dsl.evaluate import whole
from spikegraph.dsl.schema.network import MOST_STEPS
from spikegraph.dsl.spec import Network, NetworkInput
from spikegraph.elaborate.context import Context
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.types import Kind


def input_operation(of: NetworkInput, network: Network, context: Context) -> Input | None:
    """The operation of an input, with its type; None after an error."""
    diagnostics = context.diagnostics
    dims = [whole(d, context.values, diagnostics) for d in of.dims]
    sizes = [d for d in dims if d is not None]
    if len(sizes) < len(dims):
        return None
    if any(d < 1 for d in sizes):
        diagnostics.error("SG0304", of.span, f"the sizes of `{of.name}` must be at least 1")
        return None
    if len(sizes) > 4:
        help = "a value has at most 3: `real[channels, depth, height, width]`"
        diagnostics.error("SG0223", of.span, f"`{of.name}` has {len(sizes) - 1} spatial axes", help=help)
        return None
    return Input(kind=Kind(of.kind), channels=sizes[0], size=tuple(sizes[1:]), steps=network.time is None)


def steps_of(network: Network, context: Context) -> int | None:
    """The time steps of a static input: a number, or an expression over the network's params; None without any."""
    if network.time is None or isinstance(network.time, int):
        return network.time
    steps = whole(network.time, context.values, context.diagnostics)
    if steps is not None and not 1 <= steps <= MOST_STEPS:
        summary = f"`time` is {steps}, but must be at least 1 and at most {MOST_STEPS}"
        context.diagnostics.error("SG0208", network.time.span, summary)
        return 1
    return steps
