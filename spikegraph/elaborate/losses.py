"""Checks a run's losses against the outputs and wires of its network."""

from spikegraph.base.errors import OutputError
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Run, Spec
from spikegraph.ir.graph import Graph
from spikegraph.ir.outputs import logits_node, loss_target, output_of


def check_losses(run: Run, graph: Graph, spec: Spec, diagnostics: Diagnostics) -> None:
    """Adds an error for each loss whose output or wire is missing or has the wrong type, and for a lack of one to evaluate."""
    dataset = spec.datasets.get(run.dataset)
    task = None if dataset is None else dataset.task_name
    judged = tuple(loss for loss in run.loss if loss.penalty is None)
    if not judged:
        summary = "a loss needs a term that is computed from an output, besides penalties"
        diagnostics.error("SG0316", run.loss[0].span, summary, help="such as `cross_entropy(logits) + 0.1 * energy`")
        return
    if task is not None and all(loss.to is not None for loss in judged):
        try:
            logits_node(graph) if task == "class" else output_of(graph, task)
        except OutputError as error:
            summary = f"no loss needs the targets of `{run.dataset}`, but the evaluation does: {error.summary}"
            diagnostics.error("SG0316", judged[0].span, summary, help=error.help)
    for loss in judged:
        try:
            name, node = loss_target(graph, loss, task)
        except OutputError as error:
            diagnostics.error("SG0316", loss.span, error.summary, help=error.help)
            continue
        weights, classes = loss.class_weights, node.value.channels
        if isinstance(weights, tuple) and len(weights) != classes:
            summary = f"`class_weights` is a list of {len(weights)}, but the number of classes of `{name}` is {classes}"
            diagnostics.error("SG0316", loss.span, summary, help="write one for each class, in their order, or `balanced`")


def check_penalties(run: Run, plain: Graph, diagnostics: Diagnostics) -> None:
    """Adds an error for each penalty that can't be computed of the lowered graph, before the passes that make it faster."""
    for loss in run.loss:
        if loss.penalty is not None:
            try:
                loss.penalty.check(loss, plain)
            except OutputError as error:
                diagnostics.error("SG0316", loss.span, error.summary, help=error.help)
