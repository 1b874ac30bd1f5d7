"""`class_weights = balanced` and `sampling = balanced`: what a run gets from the classes of its training set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from spikegraph.base.errors import DataError
from spikegraph.base.nearest import listed
from spikegraph.data.class_labels import class_counts, ignored_by, sample_classes
from spikegraph.dsl import ast
from spikegraph.dsl.layout import flat
from spikegraph.ir.outputs import loss_target
from spikegraph.runs.confusion import class_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from spikegraph.data.sets import DataSet, DataSets
    from spikegraph.dsl.spec import Run
    from spikegraph.program.program import Program


def with_balanced_weights(program: Program, data: DataSets, searched: DataSets, seed: int) -> Program:
    """The program with numbers in place of each `balanced` weight, which its text then has; a search has the data `searched`.

    Raises:
        DataError: A class that is to be weighed or sampled has no label in the training set, or a sample can't be read.
    """
    search = program.spec.search if program.genotype_text is None else None
    runs: tuple[tuple[Run | None, DataSets], ...] = ((program.spec.retrain, data), (search, searched))
    for run, sets in runs:
        if run is not None and run.sampling == "balanced":
            _require_each_class(run, sets, seed)
    found = [
        f"{run.kind}.loss={flat(_filled(_written(program, run), _weights(program, run, sets, seed)))}"
        for run, sets in runs
        if run is not None and any(loss.class_weights == "balanced" for loss in run.loss)
    ]
    return program.with_computed(found) if found else program


def balanced_weights(counts: NDArray[np.int64]) -> tuple[float, ...]:
    """The weight of each class with so many labels: all labels / (classes * labels of the class); no count is 0.

    The mean weight of all labels is 1 (King and Zeng, "Logistic regression in rare events data", Political Analysis 2001;
    scikit-learn's `compute_class_weight("balanced", ...)`).
    """
    return tuple(int(counts.sum()) / (len(counts) * int(count)) for count in counts)


def _weights(program: Program, run: Run, data: DataSets, seed: int) -> Iterator[tuple[float, ...]]:
    """The weights of each loss that asks for them, in order; that of a class that it ignores is 0."""
    train = _train(run, data, seed)
    for loss in run.loss:
        if loss.class_weights != "balanced":
            continue
        _, node = loss_target(program.space(run.kind), loss, data.declared.task_name)
        ignored = loss.options.get("ignore")
        counts = class_counts(train, node.value.channels, ignored)
        learnt = [k for k in range(len(counts)) if k != ignored]
        where = f"{loss.span.start}: `class_weights = balanced` needs labels"
        _require_counts(counts, learnt, run, data, where, "write the weights as a list")
        weights = dict(zip(learnt, balanced_weights(counts[learnt]), strict=True))
        yield tuple(weights.get(k, 0.0) for k in range(len(counts)))


def _train(run: Run, data: DataSets, seed: int) -> DataSet:
    return data.train if run.validate is None else data.held_out(run.validate, seed)[0]


def _require_each_class(run: Run, data: DataSets, seed: int) -> None:
    """Checks that an epoch can have as many samples of each class that the losses don't ignore."""
    counts = np.bincount(sample_classes(_train(run, data, seed)), minlength=len(data.about.classes))
    learnt = [k for k in range(len(counts)) if k not in ignored_by(run)]
    _require_counts(counts, learnt, run, data, f"{run.span.start}: `sampling = balanced` needs samples", "remove `sampling`")


def _require_counts(counts: NDArray[np.int64], classes: Sequence[int], run: Run, data: DataSets, where: str, fix: str) -> None:
    missing = [class_name(data.about.classes, k) for k in classes if not counts[k]]
    if missing:
        summary = f"{where} of each class, but the training set of `{run.dataset}` has none of {listed(missing, last='and')}"
        raise DataError(summary, help=f"add samples, or {fix}")


def _written(program: Program, run: Run) -> ast.Expr:
    """The losses of a run, with every default."""
    (node,) = (item for item in program.resolved.file.items if isinstance(item, ast.Run) and item.kind == run.kind)
    entries = (each for each in node.body if isinstance(each, ast.Entry) and isinstance(each.key, ast.Name))
    return next(entry.value for entry in entries if isinstance(entry.key, ast.Name) and entry.key.id == "loss")


def _filled(expr: ast.Expr, weights: Iterator[tuple[float, ...]]) -> ast.Expr:
    """A sum of losses with the next weights in place of each `balanced`."""
    match expr:
        case ast.Binary():
            return replace(expr, left=_filled(expr.left, weights), right=_filled(expr.right, weights))
        case ast.Call():
            return replace(expr, arguments=tuple(replace(a, value=_filled(a.value, weights)) for a in expr.arguments))
        case ast.Name("balanced"):
            return ast.Sequence(tuple(ast.Number(w, None, expr.span) for w in next(weights)), expr.span)
        case _:
            return expr
