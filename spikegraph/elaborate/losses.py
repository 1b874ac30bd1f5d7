"""Checks a run's losses against the outputs and wires of its network."""

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.spec import Loss, Run
from spikegraph.ir.graph import Graph, Node

DISPARITY = "subpixel"
"""The operation whose output is a disparity."""


def check_losses(run: Run, graph: Graph, diagnostics: Diagnostics, broken: frozenset[str]) -> None:
    """Adds an error for each loss whose output or wire is missing or has the wrong type."""
    if not graph.outputs or run.network in broken:
        return
    for loss in run.loss:
        _check(loss, graph, diagnostics)


def _check(loss: Loss, graph: Graph, diagnostics: Diagnostics) -> None:
    outputs = graph.outputs
    if loss.of is None and len(outputs) > 1:
        help = f"write `{loss.name}(OUTPUT)`; the outputs are {listed(outputs, last='and')}"
        diagnostics.error("SG0316", loss.span, f"`{loss.name}` must name its output", help=help)
        return
    name = loss.of if loss.of is not None else next(iter(outputs))
    named = {**outputs, **graph.taps}
    if name not in named:
        help = did_you_mean(name, outputs) or f"the outputs are {listed(outputs, last='and')}"
        diagnostics.error("SG0316", loss.span, f"the network has no output `{name}`", help=help)
        return
    node, takes = graph.node(named[name]), LOSSES[loss.name].takes
    if takes == "disparity" and node.op.traits.gives != takes:
        help = f"end the output with `{DISPARITY}(...)`"
        summary = f"`{loss.name}` needs an output of `{DISPARITY}`, not of `{node.op.name}`"
        diagnostics.error("SG0316", loss.span, summary, help=help)
    if takes == "logits" and node.value.size:
        help = "put `pool -> linear(...)` before it"
        diagnostics.error("SG0316", loss.span, f"`{loss.name}` needs logits [classes], not {node.value}", help=help)
    elif takes == "logits" and not any(_measurable(graph.node(n)) for n in outputs.values()):
        summary = f"no output has logits without time steps, so the accuracy can't be measured: `{name}` is {node.value}"
        diagnostics.error("SG0316", loss.span, summary, help="end the output with `mean(time)`")


def _measurable(node: Node) -> bool:
    """True if a node's value can be the logits of a classifier: [classes], once for all time steps."""
    return not node.value.size and not node.value.steps
