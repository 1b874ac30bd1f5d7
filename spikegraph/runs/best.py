"""The best of several runs, by what each has measured without the test set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeVar

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT, Real
from spikegraph.runs.metrics import Directions, direction
from spikegraph.runs.summary import Metrics, Summary

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


def best_of(runs: Sequence[tuple[T, Mapping[Judge, Metrics]]], directions: Directions) -> Choice[T] | None:
    """The best run by the validation (section 10.3 of the paper), or by the first judge that all runs have.

    Its first metric decides, as in a run; of equal values the first run's. The test set has no part in it, so that its
    result is fair.

    Args:
        runs: The runs, and what each can be judged by.
        directions: Whether higher is better, by metric, as the runs have stored it.

    Returns:
        The best run; None without a common judge, or if it isn't known whether more of the metric is better (`undecided`).
    """
    judge = _judge(runs)
    if judge is None or undecided(runs, directions) is not None:
        return None
    found = [(run, *next(iter(of[judge].items()))) for run, of in runs]
    first, metric, value = found[0]
    best = Choice(first, judge, metric, value)
    for run, name, other in found:
        if name == metric and (other > best.value if _higher(metric, directions) else other < best.value):
            best = Choice(run, judge, metric, other)
    return best


def undecided(runs: Sequence[tuple[T, Mapping[Judge, Metrics]]], directions: Directions) -> str | None:
    """The metric that would decide which of several runs is best, if it isn't known whether more of it is better."""
    judge = _judge(runs)
    metric = None if judge is None or len(runs) < 2 else next(iter(runs[0][1][judge]))
    return metric if metric is not None and _higher(metric, directions) is None else None


def _higher(metric: str, directions: Directions) -> bool | None:
    return False if metric == LOSS else direction(metric, directions)


def _judge(runs: Sequence[tuple[T, Mapping[Judge, Metrics]]]) -> Judge | None:
    return next((judge for judge in JUDGES if runs and all(judge in found for _, found in runs)), None)
