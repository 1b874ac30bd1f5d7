"""The section of the curves of many runs: each run a thin line, with the median and the band of most runs."""

from collections.abc import Mapping, Sequence
from itertools import count

from spikegraph.backends.report import clocks
from spikegraph.backends.report.bundle_figure import bundle_figure
from spikegraph.backends.report.repeated import grouped
from spikegraph.backends.report.section import Section, absent
from spikegraph.backends.report.sections.curves import AXES
from spikegraph.backends.report.sections.results import better
from spikegraph.base.metric_names import name_and_unit
from spikegraph.charts.bundle import Bundle, Group
from spikegraph.charts.lines import MID_EPOCH
from spikegraph.charts.look import colour, dash
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison
from spikegraph.overview.curves import CurveName, Curves, Point, names, quantile, quantiles, thinned
from spikegraph.runs.metrics import Directions

MOST_CURVES, MOST_POINTS = 1000, 24_000
"""Most thin lines in a chart, and most points of all of them, which limit the size of the page."""

FEW = 10
"""Least thin lines of a group that has as many runs, however many the others have."""

USUAL = 0.01
"""The share of values on each side that may be beyond the y axis: those of runs that went wrong would squeeze all others."""

LEAD = (
    "Thin lines are runs: losses are means over epochs, drawn at mid-epoch, metrics are measured at the end of an epoch. Thick"
    " lines are medians, bands hold the 80 % of the runs in the middle; both end where fewer than half of the runs have a"
    " value. Only the runs that the table shows are drawn."
)

Found = Sequence[Mapping[CurveName, Sequence[Point]]]


def section(comparison: Comparison, curves: Sequence[Curves]) -> Section:
    """The section; `curves` are those of the comparison's runs."""
    groups = grouped(comparison)
    keys = {f"g{k}": numbers for k, numbers in enumerate(groups.values())}
    found = [of.found for of in curves]
    charts: dict[str, list[Html]] = {}
    for name in names(found):
        charts.setdefault(name.phase, []).append(bundle_figure(bundle(name, groups, found, comparison.directions), name.phase))
    if not charts:
        return Section("curves", "Curves", absent("No epoch is complete yet."))
    parts: list[Html] = []
    for phase, figures in charts.items():
        written = clocks.of_many(curves, phase, keys)
        parts += [el("h3", phase.capitalize()), el("div", *figures, class_="charts bundles", data_clocks=written)]
    return Section("curves", "Curves", join(AXES, *parts, el("p", LEAD, class_="note")))


def drawn(groups: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """The runs of each of a few groups that are drawn as thin lines: all, or every second, third, ... of groups with many."""
    thinner = ([own[:: max(1, min(every, len(own) // FEW))] for own in groups] for every in count(1))
    return next(found for found in thinner if sum(map(len, found)) <= MOST_CURVES)


def bundle(name: CurveName, groups: Mapping[str, Sequence[int]], curves: Found, directions: Directions) -> Bundle:
    """The chart of a loss or a metric."""
    of_each = [[k for k in numbers if name in curves[k]] for numbers in groups.values()]
    having, shown = [k for own in of_each for k in own], drawn(of_each)
    lines = sum(map(len, shown))
    most = max(2, MOST_POINTS // lines)
    found: list[Group] = []
    for number, (label, own, some) in enumerate(zip(groups, of_each, shown, strict=True)):
        if own:
            q = quantiles(curves[k][name] for k in own)
            thin = [(k, thinned(curves[k][name], most)) for k in some]
            text = f"{label} ({len(own):,} {'run' if len(own) == 1 else 'runs'})"
            found.append(Group(text, colour(number), dash(number), thin, q.low, q.median, q.high, f"g{number}", len(own)))
    values = sorted(y for k in having for _, y in curves[k][name])
    y_range = (values[0], values[-1])
    beyond = ""
    if len(having) >= 1 / USUAL:
        y_range = (quantile(values, USUAL), quantile(values, 1 - USUAL))
        beyond = "values beyond the axis are drawn at its edge"
    title, unit = name_and_unit(name.name)
    y = f"{title} ({unit})" if unit else title
    some = f"{lines:,} of {len(having):,} runs are drawn, all count" if lines < len(having) else ""
    about = f"validation set; {better(name.name, directions)}" if name.measured else ""
    note = "; ".join(part for part in (about, some, beyond) if part)
    return Bundle(title, "epoch", y, found, y_range, note, 0.0 if name.measured else MID_EPOCH)
