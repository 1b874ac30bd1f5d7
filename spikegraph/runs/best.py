"""The best of several runs, by what each has measured without the test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeVar

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT, Real
from spikegraph.runs.summary import Metrics, Summary, improved

Judge = Literal["validation of the retraining", "validation of the search", "training loss"]

JUDGES: tuple[Judge, ...] = ("validation of the retraining", "validation of the search", "training loss")
"""What may decide, the best one first."""

LOSS = "loss"

T = TypeVar("T")


@dataclass(frozen=True, config=STRICT)
class Choice(Generic[T]):
    """The best run.

    Attributes:
        run: The run.
        by: What it was judged by.
        metric: The metric that was compared.
        value: Its value.
    """

    run: T
    by: Judge
    metric: str
    value: Real


def judged(summary: Summary) -> dict[Judge, Metrics]:
    """What a finished run can be judged by; the training loss is the mean over the last epoch."""
    retrained, searched = summary.retrain, summary.search
    loss = {} if retrained is None or LOSS not in retrained.losses else {LOSS: retrained.losses[LOSS]}
    found: dict[Judge, Metrics] = {
        "validation of the retraining": {} if retrained is None else retrained.validation,
        "validation of the search": {} if searched is None else searched.validation,
        "training loss": loss,
    }
    return {judge: metrics for judge, metrics in found.items() if metrics}


def best_of(runs: Sequence[tuple[T, Mapping[Judge, Metrics]]]) -> Choice[T] | None:
    """The best run by the validation (section 10.3 of the paper), or by the first judge that all runs have.

    Its first metric decides, as in a run; of equal values the first run's. The test set has no part in it, so that its
    result is fair.
    """
    able: list[Judge] = [judge for judge in JUDGES if all(judge in found for _, found in runs)]
    best: Choice[T] | None = None
    for run, found in runs if able else ():
        judge = able[0]
        metric, value = next(iter(found[judge].items()))
        if best is None or (metric == best.metric and improved(metric, value, best.value)):
            best = Choice(run, judge, metric, value)
    return best
