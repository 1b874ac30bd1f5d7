"""The verdict on runs, before everything else: the first metric with a 95 % interval, compared with the baselines."""

from collections.abc import Mapping, Sequence

from spikegraph.analysis.intervals import Interval, of_mean
from spikegraph.analysis.verdict import interval_of, verdict_of
from spikegraph.backends.report.repeated import settings_text
from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.charts.format_number import number, with_deviation
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison, Point
from spikegraph.runs.metrics import direction, unknown_direction
from spikegraph.runs.record import RunRecord
from spikegraph.runs.summary import Metrics

MOST = 6
"""Most combinations of settings with a verdict of their own; the table of means has all."""


def of_run(run: RunRecord, *, sure: bool = True) -> Html | None:
    """The comparison of a run's network with the baselines, and how sure its metric is; None before both are measured."""
    found = verdict_of(run)
    if found is None:
        return None
    sentence = f"{found.sentence[0].upper()}{found.sentence[1:]}."
    css = "verdict" if found.unbeaten or not found.beaten else "verdict better"
    return el("span", sentence, el("span", _sure(run, found.metric), class_="note") if sure else None, class_=css)


def _sure(run: RunRecord, metric: str) -> str:
    """The interval that the finite test set leaves, and the baselines in it."""
    evaluation = run.summary.evaluation
    interval = None if evaluation is None else interval_of(metric, evaluation.metrics[metric], evaluation.samples)
    if evaluation is None or interval is None:
        return "One run has no interval of this metric; several seeds have one."
    low, high = interval
    text = f"95 % interval {low:.3g} to {high:.3g} %, for drawing {evaluation.samples:,} test samples; seeds differ on top."
    return text + _inside(metric, interval, run.summary.baselines)


def _inside(metric: str, interval: Interval, baselines: Mapping[str, Metrics]) -> str:
    low, high = interval
    names = [name for name, of in baselines.items() if metric in of and low <= of[metric] <= high]
    return f" It includes {' and '.join(names)}: that difference may be chance." if names else ""


def of_runs(comparison: Comparison) -> Html | None:
    """A line for each combination of settings, the best one first; None before two runs of one are finished."""
    metric = next((m for m in comparison.metrics if any(_repeated(p, m) for p in comparison.points)), None)
    if metric is None:
        return None
    higher = direction(metric.rpartition(".")[2], comparison.directions)
    sign = 0 if higher is None else -1 if higher else 1  # they stay as they are if it isn't known
    points = sorted((p for p in comparison.points if metric in p.spreads), key=lambda p: sign * p.spreads[metric].mean)
    specs = len({point.spec for point in points}) > 1
    lines = [el("li", *_line(point, metric, higher, alone=len(points) == 1, named=specs)) for point in points[:MOST]]
    more = f"{len(points) - MOST:,} more combinations of settings are in the table of means." if len(points) > MOST else None
    first = "Best settings first, by the mean of their runs."
    first = f"No settings are called best: {unknown_direction(metric)}." if higher is None else first
    order = None if len(points) == 1 or specs else el("p", first, class_="note")
    return join(order, el("ul", *lines, class_="states verdicts"), el("p", more, class_="note") if more else None)


def _repeated(point: Point, metric: str) -> bool:
    return metric in point.spreads and point.spreads[metric].count > 1


def _line(point: Point, metric: str, higher: bool | None, *, alone: bool, named: bool) -> Sequence[str | None]:
    found = point.spreads[metric]
    name, unit = name_and_unit(metric)
    settings = settings_text(point, named=named)
    mean = f"{with_deviation(found.mean, found.deviation)} {unit}".rstrip()
    runs = f"{found.count} run{'s' if found.count > 1 else ''}"
    values = [run.run.metrics[metric] for run in point.runs if run.finished and metric in run.run.metrics]
    interval = of_mean(values) if len(values) == found.count and found.smallest < found.largest else None
    sure = None if interval is None else f"; 95 % interval of the mean {number(interval[0])} to {number(interval[1])} {unit}"
    shared = _shared([run.run.summary.baselines for run in point.runs if run.finished])
    head = None if alone and not point.settings else el("b", f"{settings}: ")
    return [
        head,
        f"{name} ",
        el("b", mean),
        f" over {runs}{(sure or '').rstrip()}. ",
        None if interval is None or higher is None else _against(metric, 1 if higher else -1, found.mean, interval, shared),
    ]


def _shared(baselines: Sequence[Mapping[str, Metrics]]) -> dict[str, Metrics]:
    """The baselines that are the same in all runs."""
    first, *others = baselines
    return {name: of for name, of in first.items() if all(other.get(name) == of for other in others)}


def _against(metric: str, sign: int, mean: float, interval: Interval, baselines: Mapping[str, Metrics]) -> Html | None:
    """What the interval says of each baseline; the sign is -1 where lower is better."""
    low, high = interval
    worse, inside, better = list[str](), list[str](), list[str]()
    for name, of in baselines.items():
        if metric in of:
            kind = inside if low <= of[metric] <= high else worse if sign * (mean - of[metric]) > 0 else better
            kind.append(f"{name} ({with_unit(metric, of[metric])})")
    said = [
        f"better than {' and '.join(worse)}" if worse else "",
        f"no evidence of a difference from {' and '.join(inside)}" if inside else "",
        f"worse than {' and '.join(better)}" if better else "",
    ]
    text = "; ".join(part for part in said if part)
    return (
        el("span", f"{text[0].upper()}{text[1:]}.", class_="verdict better" if worse and not better else "verdict")
        if text
        else None
    )
