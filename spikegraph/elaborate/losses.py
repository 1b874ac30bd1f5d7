"""Checks a run's losses against the outputs and wires of its network."""

from spikegraph.base.errors import OutputError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.schema.penalties import ALL, EmptyPlaceError
from spikegraph.dsl.spec import Loss, Run, Search, Spec
from spikegraph.elaborate.known_tasks import known_task, unknown_task
from spikegraph.elaborate.places import has_place, places_of
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.outputs import loss_target, output_of


def check_losses(run: Run, graph: Graph, spec: Spec, diagnostics: Diagnostics) -> None:
    """Adds an error for each loss whose output or wire is missing or has the wrong type, and for a lack of one to evaluate."""
    dataset = spec.datasets.get(run.dataset)
    task = None if dataset is None else dataset.task_name
    judged = tuple(loss for loss in run.loss if loss.penalty is None)
    if not judged:
        summary = "a loss needs a term that is computed from an output, besides penalties"
        diagnostics.error("SG0316", run.loss[0].span, summary, help="such as `cross_entropy(logits) + 0.1 * energy`")
        return
    if task is not None and all(loss.to is not None for loss in judged) and not unknown_task(task):
        try:
            _evaluated(graph, task)
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


def _evaluated(graph: Graph, task: str) -> Node:
    """The node that a task compares with the targets.

    Raises:
        OutputError: No output fits, or several do.
    """
    known = known_task(task)
    return output_of(graph, task) if known is None else known.node(graph)


def check_penalties(run: Run, plain: Graph, space: Graph | None, diagnostics: Diagnostics) -> None:
    """Adds an error for each penalty that can't be computed of its network.

    Args:
        run: The search or the retraining.
        plain: The lowered graph, before the passes that make it faster.
        space: What the spec says of the network, where a genotype decided what is left of it. If nothing is left at a
            penalty's places, the penalty is 0, and there is a warning.
        diagnostics: Gets the errors.
    """
    supernet = not isinstance(run, Search) or METHODS[run.method.name].supernet
    for loss in run.loss if supernet else ():  # else only what is retrained pays
        if loss.penalty is None:
            continue
        try:
            loss.penalty.check(loss, plain)
        except OutputError as error:
            empty = isinstance(error, EmptyPlaceError) and ALL not in (loss.places or ())
            if space is not None and empty and not missing_places(loss, space):
                help = "name another place, or leave the penalty out"
                diagnostics.warning("SG0316", loss.span, f"with this genotype {error.summary}", help=help)
            else:
                diagnostics.error("SG0316", loss.span, error.summary, help=error.help)


def check_penalty_places(run: Run, space: Graph, diagnostics: Diagnostics) -> None:
    """Adds an error for each place of a penalty that the network has with no genotype; `space` is what the spec says of it."""
    for loss in (loss for loss in run.loss if loss.penalty is not None):
        for place in missing_places(loss, space):
            known = places_of(space)
            help = did_you_mean(place, known) or f"its places are {listed(known)}, or `{ALL}`"
            diagnostics.error("SG0316", loss.span, f"the network has no place `{place}`", help=help)


def missing_places(loss: Loss, space: Graph) -> list[str]:
    """The places of a penalty that a network has with no genotype."""
    return [place for place in loss.places or () if place != ALL and not has_place(space, place)]
