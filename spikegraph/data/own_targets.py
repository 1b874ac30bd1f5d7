"""Targets of arrays as a plug-in's task takes them, one by one, like those that are given in Python."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.array_files import whole
from spikegraph.data.named_arrays import told
from spikegraph.data.own_layout import Layout
from spikegraph.tasks.task import Task


def targets_of(task: Task, layout: Layout, *, timed: bool) -> tuple[NDArray[Any], Layout]:
    """The targets of a part in one array, and its layout, which says whether each time step has one.

    Args:
        task: What they are.
        layout: The arrays: targets [N, ...], or those of all steps of sequences that differ in length [sum of T, ...].
        timed: Whether the inputs have time steps.

    Raises:
        DataError: The task refuses one, they differ in shape, or aren't as many as the time steps.
    """
    head, bounds, flat = layout.targets, layout.bounds, layout.stepwise
    values = whole(head)
    rows = [values[first:end] for first, end in bounds] if flat and bounds is not None else values
    steps = [timed * layout.inputs.shape[1]] * layout.count if bounds is None else np.diff(bounds)[:, 0].tolist()
    found: list[NDArray[Any]] = []
    for k, row in enumerate(rows):
        try:
            found.append(task.checked(row))
        except ValueError as error:
            summary = f"{told(head)}: the target of sample {k} isn't one of `{task.name}`"
            raise DataError(summary, head.path, str(error)) from error
    each = task.each_step(found[0])
    if bounds is not None and each != flat:
        summary = f"{told(head)} has the shape {list(head.shape)}, but `{task.name}` has {_counted(each)}"
        raise DataError(summary, head.path, f"give [{sum(steps) if each else layout.count}, ...]")
    for k, (target, most) in enumerate(zip(found, steps, strict=True)):
        if each and (len(target) > most or (flat and len(target) < most)):
            summary = f"{told(head)}: sample {k} has {len(target)} targets, but {most or 'no'} time steps"
            raise DataError(summary, head.path, "give one for each step, or for the last steps")
    if len({target.shape[flat:] for target in found}) > 1:
        raise DataError(f"{told(head)}: the targets of `{task.name}` differ in shape", head.path, "give all of them one shape")
    return np.concatenate(found) if flat else np.stack(found), replace(layout, stepwise=each)


def _counted(each: bool) -> str:
    return "a target for each time step" if each else "one target for each sample"
