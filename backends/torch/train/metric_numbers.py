"""The numbers that the metrics of a task must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from spikegraph.base.errors import TrainError
from spikegraph.plugins.returned import described, of_type, returned_by
from spikegraph.runs.json_file import BOUND
from spikegraph.runs.metrics import METRICS

if TYPE_CHECKING:
    from spikegraph.tasks.scores import Scores


def numbers_of(metrics: object, scores: Scores, left_out: Callable[[str], object] | None) -> dict[str, float]:
    """The metrics of scores by name, as finite numbers.

    Args:
        metrics: What `metrics` of the scores has returned.
        scores: The scores.
        left_out: Called with what is wrong with a metric that is no finite number, which is left out; None for an error.

    Raises:
        TypeError: A metric is no number.
        ValueError: It is NaN or infinite.
        TrainError: No metric has this name.
    """
    function, found = scores.metrics, dict[str, float]()
    of: Mapping[str, Any] = of_type(Mapping, metrics, function, f"`metrics` of `{type(scores).__name__}`")  # pyright: ignore[reportUnknownVariableType]
    for name, value in of.items():
        if name not in METRICS:
            raise TrainError(f"no metric is called `{name}`", "register it with `METRICS` in the plug-in")
        if isinstance(value, bool) or not isinstance(value, Real):
            raise returned_by(function, TypeError(f"the metric `{name}` is {described(value)}, not a number"))
        if abs(number := float(value)) <= BOUND:
            found[name] = number
            continue
        wrong = f"the metric `{name}` is {number:g}, not a finite number"
        if left_out is None:
            raise returned_by(function, ValueError(wrong))
        left_out(wrong)
    return found
