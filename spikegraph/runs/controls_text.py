"""The comparison with controls as a sentence, for the command line and the report."""

from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.runs.summary import Controls


def controls_text(controls: Controls, own: float) -> str:
    """Percentile, gains and intervals of a network among random architectures, and what that is evidence of.

    `own` is the network's value of their metric.
    """
    metric = controls.metric
    name, unit = name_and_unit(metric)
    values = [value for value in controls.values if value is not None]
    diverged = len(controls.values) - len(values)
    if controls.percentile is None or controls.gain is None:
        return f"none of {len(controls.values)} random architectures could be trained"
    gain = f"gain over their mean {_gain(controls.gain, controls.interval, unit)}"
    lost = f" ({diverged} of them diverged)" if diverged else ""
    of = f"{len(controls.values)} random architecture{'s' if len(controls.values) > 1 else ''}{lost}"
    mean = with_unit(metric, sum(values) / len(values))
    place = f"at percentile {controls.percentile:.0f} among {of}"
    text = f"the network's {name}, {with_unit(metric, own)}, is {place}, whose mean is {mean}; {gain}"
    return "; ".join([text, *_against_the_best(controls, unit)])


def asked_text(controls: Controls) -> str:
    """How many controls were asked for, while they aren't compared: `5 random architectures`."""
    if not controls.asked:
        return "as many random architectures as the search's cost buys"
    return f"{controls.asked} random architecture{'s' if controls.asked > 1 else ''}"


def incomparable_text(controls: Controls) -> str:
    """Why those of a complete run aren't compared."""
    return f"{asked_text(controls)} can't be compared: the network has no metric on the test set that is a finite number"


def _gain(gain: float, interval: tuple[float, float] | None, unit: str) -> str:
    text = f"{gain:+.3g}{' ' + unit if unit else ''}"
    if interval is None:
        return text
    low, high = interval
    return f"{text} [{low:+.3g}, {high:+.3g}], 95 % interval"


def _against_the_best(controls: Controls, unit: str) -> list[str]:
    """The comparison with random search, which keeps one of the controls; nothing in runs of older versions."""
    if controls.best is None or controls.best_gain is None:
        return []
    value = controls.values[controls.best - 1]
    assert value is not None
    found = [
        f"gain over the one that random search keeps, by its {controls.chosen_by} number {controls.best} with "
        f"{with_unit(controls.metric, value)}, {_gain(controls.best_gain, controls.best_interval, unit)}",
        _evidence(controls.best_interval),
    ]
    if controls.test_deviation is not None:
        found.append(
            f"drawing the test set alone gives the network's value a standard deviation of {controls.test_deviation:.2g}"
        )
    cost = controls.search_trainings
    if cost is not None and len(controls.values) < int(cost + 1e-6):
        found.append(f"the search cost {cost:.3g} trainings, the random architectures only {len(controls.values)}")
    return found


def _evidence(interval: tuple[float, float] | None) -> str:
    if interval is not None and interval[0] > 0:
        return "evidence that the search is better than random search with so many trainings"
    if interval is not None and interval[1] < 0:
        return "evidence that random search with so many trainings is better"
    return "no evidence that the search is better than random search with so many trainings"
