"""The chart of layers' firing rates beside the rate at which a network and its quantised ANN would need as much energy."""

from collections.abc import Callable
from math import inf

from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.report.figures import bar_figure
from spikegraph.backends.report.section import absent
from spikegraph.backends.report.sections.energies import Priced, mean_of
from spikegraph.charts.bars import Bars
from spikegraph.charts.markup import Html
from spikegraph.runs.spread import Spread

TITLE = "firing rates and equal energies"

ALL = "all layers, weighted by their additions"
"""The mean rate, which is that of the lines."""


def crossover(found: Priced) -> Html:
    """The chart, with a line for each model by which both can need as much; or why there is none."""
    whose = found.label or "this network"
    rates = _rates(found)
    if not rates:
        return absent(f"No firing rate of {whose} is beside one of equal energy: no layer adds for spikes.")
    if all(beside.equal is None for of in found.beside.values() for beside in of):
        return absent(f"No firing rate of {whose} is beside one of equal energy: no model prices a quantised ANN of it.")
    label, largest = found.label or "firing rate", max(1.0, *(of.mean for of in rates.values()))
    marks = _marks(found, largest)
    chart = Bars(
        f"{TITLE}, {found.label}" if found.label else TITLE,
        "spikes that arrive, of those that could: n per number and time step for counts up to n",
        {name: {label: of.mean} for name, of in rates.items()},
        [label],
        note="a line is the mean rate at which the network and its ANN need as much, if all rates change alike"
        if marks
        else "by every model one of both needs less at every rate, so there is no line",
        largest=largest,
        deviations={name: {label: of.deviation} for name, of in rates.items() if of.deviation},
        marks=marks,
    )
    return bar_figure(chart)


def _rates(found: Priced) -> dict[str, Spread]:
    def of(value: Callable[[Statistics], float]) -> Spread:
        return mean_of([value(network) for network in found.networks])

    rates = {ALL: of(lambda network: network.rate)}
    for k, layer in enumerate(found.networks[0].layers):
        if layer.additions:
            rates[layer.name] = of(lambda network, k=k: network.layers[k].rate)
    return rates if len(rates) > 1 else {}


def _marks(found: Priced, largest: float) -> dict[str, float]:
    """The rates of equal energies in the chart, with their models."""
    marks: dict[str, float] = {}
    for model, of in found.beside.items():
        equal = [beside.equal for beside in of if beside.equal is not None]
        if len(equal) == len(of) and 0 < max(equal) < inf and (at := mean_of(equal)).mean < largest:
            marks[f"equal by {model}: {100 * at.mean:.3g}{f' ± {100 * at.deviation:.2g}' if at.deviation else ''} %"] = at.mean
    return marks
