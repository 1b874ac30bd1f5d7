"""The comparison with controls as a sentence, for the command line and the report."""

from spikegraph.runs.metric_names import name_and_unit, with_unit
from spikegraph.runs.summary import Controls


def controls_text(controls: Controls, own: float) -> str:
    """Percentile, gain and interval of a network among random architectures; `own` is its value of their metric."""
    metric = controls.metric
    name, unit = name_and_unit(metric)
    values = [value for value in controls.values if value is not None]
    diverged = len(controls.values) - len(values)
    if controls.percentile is None or controls.gain is None:
        return f"none of {len(controls.values)} random architectures could be trained"
    gain = f"gain over their mean {controls.gain:+.3g}{' ' + unit if unit else ''}"
    if controls.interval is not None:
        low, high = controls.interval
        gain += f" [{low:+.3g}, {high:+.3g}], 95 % interval"
    lost = f" ({diverged} of them diverged)" if diverged else ""
    of = f"{len(controls.values)} random architecture{'s' if len(controls.values) > 1 else ''}{lost}"
    mean = with_unit(metric, sum(values) / len(values))
    place = f"at percentile {controls.percentile:.0f} among {of}"
    return f"the network's {name}, {with_unit(metric, own)}, is {place}, whose mean is {mean}; {gain}"
