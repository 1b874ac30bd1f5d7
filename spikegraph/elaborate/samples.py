"""Compares the inputs and losses of a run's network with the samples of its data set."""

from collections.abc import Iterator
from typing import Literal

from spikegraph.base.errors import DataError, OutputError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.schema.augmentations import AUGMENTATIONS
from spikegraph.dsl.schema.boxes import no_boxes
from spikegraph.dsl.schema.losses import TO
from spikegraph.dsl.schema.sample_type import AugmentError, InputType, SampleType
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Dataset, Run, Search, Spec
from spikegraph.dsl.values import CallValue
from spikegraph.elaborate.known_tasks import known_task, unknown_task
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.outputs import loss_form, loss_target
from spikegraph.ir.types import Kind
from spikegraph.plugins.registry import hinted
from spikegraph.tasks import TASKS


@record
class Misfit:
    """A part of a network that doesn't fit the samples: its place in the spec, what is wrong, and the fix."""

    span: Span
    summary: str
    help: str


def check_samples(run: Run, graph: Graph, spec: Spec, diagnostics: Diagnostics) -> None:
    """Adds an error for each input and loss that doesn't fit the run's data set, as far as the spec shows it."""
    dataset = spec.datasets.get(run.dataset)
    if dataset is None:
        return
    for summary, help in dataset.unreadable():
        diagnostics.error("SG0320", dataset.span, f"no training can read `{dataset.name}`: {summary}", help=help)
    if unknown_task(dataset.task_name):
        help = no_boxes(dataset.task_name) or hinted(
            did_you_mean(dataset.task_name, TASKS) or f"the tasks are {listed(TASKS, last='and')}", TASKS
        )
        diagnostics.error("SG0320", dataset.span, f"there is no task `{dataset.task_name}`", help=help)
        return
    unsuited = list(unsuited_task(run, dataset))
    for misfit in unsuited:
        diagnostics.error("SG0320", misfit.span, misfit.summary, help=misfit.help)
    if any(misfit.span == call.span for misfit in unsuited for call in dataset.augment):
        return  # what samples are without that step isn't known
    try:
        gives = dataset.given()
    except AugmentError as error:
        diagnostics.error("SG0320", error.span, str(error), help=error.help)
        return
    if gives is None:
        return
    own = dataset.own_validation
    if run.validate is not None and (run.validate == "data") != own:
        has, fix = ("its own validation part", "data") if own else ("no validation part of its own", "0.1")
        diagnostics.error("SG0320", run.span, f"`{run.dataset}` has {has}", help=f"write `validate = {fix}`")
    for misfit in misfits(run, graph, gives):
        diagnostics.error("SG0320", misfit.span, misfit.summary, help=misfit.help)


def unsuited_task(run: Run, dataset: Dataset) -> Iterator[Misfit]:
    """What the run and the data set ask for that targets of their task can't give."""
    if run.sampling == "balanced" and not _can(dataset, "one_class"):
        summary = f"`sampling = balanced` needs one class for each sample, but `{dataset.name}` has {_words(dataset.task_name)}"
        yield Misfit(run.span, summary, "remove it; `class_weights = balanced` weighs the classes in `cross_entropy`")
    if isinstance(run, Search) and run.objective and (score := _score(dataset)) not in (None, run.objective[0].name):
        summary = f"the score of `{dataset.name}`, which has {_words(dataset.task_name)}, is an {score}"
        yield Misfit(run.objective[0].span, summary, f"write `{score}` in place of `{run.objective[0].name}`")
    for call in dataset.augment:
        if not AUGMENTATIONS[call.name].mixes:
            yield from _lost(dataset, call)
            continue
        if not _can(dataset, "mixes"):
            summary = f"`{call.name}` mixes targets, but {_words(dataset.task_name)} can't be mixed, which `{dataset.name}` has"
            yield Misfit(call.span, summary, f"remove `{call.name}` from `augment`")


def _lost(dataset: Dataset, call: CallValue) -> Iterator[Misfit]:
    """Why targets on pixels can't follow an augmentation; tasks are asked only where they might not."""
    of, name = AUGMENTATIONS[call.name], dataset.task_name
    why = of.lost(**call.named)
    if (why is None and not of.mirrors) or (task := known_task(name)) is None or not task.pixels:
        return
    if of.mirrors and not task.mirrors:
        why = "what that does to their values isn't known"
    if why is not None:
        summary = f"`{call.name}` can't be applied to {_words(name)}, which `{dataset.name}` has: {why}"
        yield Misfit(call.span, summary, f"remove {'its `padding`' if call.named.get('padding') else 'it from `augment`'}")


def _can(dataset: Dataset, what: Literal["one_class", "mixes"]) -> bool:
    """Whether the task of a data set is known to allow something."""
    return bool(getattr(known_task(dataset.task_name), what, False))


def _score(dataset: Dataset) -> str | None:
    """What the score of a data set's task is called; None where it isn't known."""
    task = known_task(dataset.task_name)
    return None if task is None else task.score


def require_fit(run: Run, graph: Graph, gives: SampleType, source: str) -> None:
    """Compares a run's network with the samples that were read.

    Args:
        run: The run.
        graph: Its network.
        gives: The type of the samples.
        source: The origin of the data, in one line.

    Raises:
        DataError: They don't fit.
    """
    for misfit in misfits(run, graph, gives):
        raise DataError(f"{source}: {misfit.summary} ({misfit.span.start})", help=misfit.help)


def misfits(run: Run, graph: Graph, gives: SampleType) -> Iterator[Misfit]:
    """What doesn't fit the samples of the run's data set.

    Args:
        run: The run.
        graph: Its network, before or after the passes.
        gives: The type of the samples.
    """
    inputs = graph.inputs()
    if not inputs:
        return
    given = gives.inputs
    if len(inputs) != len(given) or (len(inputs) > 1 and set(inputs) != set(given)):
        node = next((n for name, n in inputs.items() if name not in given), next(iter(inputs.values())))
        summary = f"the network's inputs are {listed(inputs, last='and')}, but `{run.dataset}` has {listed(given, last='and')}"
        more = next((gives.possible[name] for name in inputs if name not in given and name in gives.possible), None)
        names = listed(given, last="and").replace("`", "")
        help = f"the network needs the input{'s' * (len(given) > 1)} {names}"
        yield Misfit(node.span, summary, help if more is None else f"write `{more}` in `{run.dataset}`")
        return
    for name, node in inputs.items():
        of = given[name] if len(inputs) > 1 else next(iter(given.values()))
        yield from _input(name, node, of, gives, run.dataset)
    for loss in (loss for loss in run.loss if loss.penalty is None):
        try:
            name, node = loss_target(graph, loss)
        except OutputError:
            continue  # an error of its own
        form = loss_form(node, loss, gives.task)
        if form.task not in (None, gives.task):
            words = _words(gives.task)
            summary = f"`{loss.name}` needs {_words(form.task)}, but `{run.dataset}` has {words}"
            task = known_task(gives.task)
            help = f"use a loss for {words}" if task is None else task.help
            if TO in loss.declared.parameters:
                truth = f"a data set with {_words(form.task)}"
                help += f"; `{loss.name}` needs {truth}, or `to = VALUE` for a value of the network to compare with"
            other = f"write `task = {form.task}` in `{run.dataset}` if it has {_words(form.task)}"
            yield Misfit(loss.span, summary, other if form.task in gives.other_tasks else help)
        elif form.classes is not None and gives.classes not in (None, node.value.channels):
            summary = f"`{name}` has the logits of {_counted(node.value.channels)}, but `{run.dataset}` has {gives.classes}"
            how = form.classes.format(gives.classes)
            yield Misfit(node.span, summary, f"make them {gives.classes}, such as with `{how}`")
        elif (
            form.shape is not None
            and len(form.shape) == len(gives.shape) == 3
            and None not in gives.shape[1:] != node.value.size
        ):
            height, width = gives.shape[1:]
            summary = f"`{name}` is {node.value}, but the targets of `{run.dataset}` are {height} x {width}"
            yield Misfit(node.span, summary, "resize it, for example with `resize(like = ...)`")
        elif gives.stepwise and form.task is not None and not node.value.steps:
            yield _without_steps(loss.span, name)
    if gives.stepwise and (task := known_task(gives.task)) is not None:
        try:
            node = task.node(graph)
        except OutputError:
            return  # an error of its own
        if not node.value.steps:
            yield _without_steps(node.span, next(name for name, of in graph.outputs.items() if of == node.name))


def _without_steps(span: Span, name: str) -> Misfit:
    """A value that isn't one of each step, whose targets are."""
    summary = f"each time step has a target, but `{name}` has one value for all steps"
    return Misfit(span, summary, f"end `{name}` without `mean(time)`")


def _words(task: str) -> str:
    """What the targets of a task are, in words."""
    found = known_task(task)
    return f"targets of `{task}`" if found is None else found.words


def _input(name: str, node: Node, of: InputType, gives: SampleType, dataset: str) -> Iterator[Misfit]:
    """What doesn't fit one input."""
    value, wanted = node.value, Kind(of.kind)
    known = of.shape or (None,) * len(value.shape)
    shape = [have if want is None else want for want, have in zip(known, (*value.shape, 1, 1), strict=False)]
    suits = value.kind in (wanted, Kind.REAL, *gives.suits)
    fix = f"write `{name} : {value.kind if suits else wanted}[{', '.join(map(str, shape))}]`"
    if not suits:
        summary = f"`{name}` is {value.kind}, but `{dataset}` has {gives.told(of)}"
        if gives.made_by and of not in gives.beside.values():
            summary, fix = f"{summary} behind `{gives.made_by}`", f"{fix}, or remove `{gives.made_by}` from `augment`"
            if of.kind == "real" and not AUGMENTATIONS.is_built_in(gives.made_by):
                fix += "; a plug-in whose step leaves 0, 1 and -1 as they are says so with `Augmentation(..., kind=None)`"
        yield Misfit(node.span, summary, fix)
    elif gives.image_step and len(value.shape) == 1:
        summary = f"`{name}` is {value}, but `{gives.image_step}` in `augment` of `{dataset}` is for images [C, H, W]"
        yield Misfit(node.span, summary, f"remove `{gives.image_step}` if the samples are vectors")
    elif of.shape and (
        len(value.shape) != len(of.shape)
        or any(want not in (None, have) for want, have in zip(of.shape, value.shape, strict=True))
    ):
        if of.shape[0] == 1 and value.channels > 1 and not gives.steps:
            fix += f", or repeat the grey channel with `augment = [repeat({value.channels}), ...]`"
        if of.shape[0] == 3 and value.channels == 1 and not gives.steps:
            fix += ", or make the images grey with `augment = [grey, ...]`"
        yield Misfit(node.span, f"`{name}` is {value}, but `{dataset}` has {gives.told(of)}", fix)
    if gives.steps and not value.steps:
        yield Misfit(node.span, f"`{dataset}` has its own time steps, so `time` can't be given", "remove `time`")
    if not gives.steps and value.steps:
        summary = f"the {'samples' if gives.for_steps else 'images'} of `{dataset}` have no time steps"
        help = "write `time = 6` in the network: each step then gets the same image"
        if gives.for_steps:
            help = f"write `{gives.for_steps}` in `{dataset}` if each of its samples has time steps, as [T, F]; or {help}"
        yield Misfit(node.span, summary, help)


def _counted(classes: int) -> str:
    return "1 class" if classes == 1 else f"{classes} classes"
