"""Sections of firing rates (Che et al., NeurIPS 2022, Fig. 5), parameters and energy by layer."""

from collections.abc import Mapping, Sequence

from spikegraph.analysis.energy import ENERGY_MODELS, unit_of
from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.report.figures import bar_figure
from spikegraph.backends.report.html_table import Cell, facts, table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.repeated import repeated
from spikegraph.backends.report.section import Section, absent, columns, nested
from spikegraph.backends.report.sections import energies
from spikegraph.backends.report.sections.crossover import crossover
from spikegraph.backends.report.sections.rasters import rasters
from spikegraph.charts.bars import Bars
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison
from spikegraph.passes.prune import Prune

Values = Mapping[str, float]

LEAD = (
    "Energies are those of an inference of one sample, or of a time step where samples differ in length, by the model that is"
    " named; `spikegraph energies` has their formulas."
    " The quantised ANN is the same network with a ReLU in place of each neuron, computed once."
)


def rates_section(runs: Sequence[Record]) -> Section:
    """The section of firing rates."""
    found = {r.label: rates_of(r) for r in runs}
    largest = max((1.0, *(rate for rates in found.values() for rate in rates.values())))
    parts = [bar_figure(c) for c in grouped("firing rate", "spikes per neuron and time step", found, largest=largest)]
    body = [el("div", *parts, class_="charts") if parts else None]
    body += [
        absent(f"The firing rates of {r.label} are not measured yet; the evaluation at the end of the run does that.")
        for r in runs
        if not found[r.label]
    ]
    body += [
        absent(f"{r.label} has no firing rate of {', '.join(names)}: an older version of spikegraph evaluated it.")
        for r in runs
        if found[r.label] and (names := unmeasured(r))
    ]
    lead = (
        "Mean firing rate of every neuron of the network on the test set, from 0 (never) to 1 (every time step), or to n for"
        " neurons with n levels; the next"
        " layer's additions are proportional to it. Neurons with shared weights, such as those of both views of a stereo pair,"
        " have a rate each."
    )
    drawn = [(r.label, part) for k, r in enumerate(runs) if found[r.label] and (part := rasters(r, k)) is not None]
    if drawn:
        body += [el("h3", "Spikes and membrane potentials for a sample"), nested(drawn, len(runs) > 1)]
    return Section("rates", "Firing rates", join(*body), lead)


def rates_of(run: Record) -> dict[str, float]:
    """Firing rate by neuron, in the network's order."""
    if isinstance(run.built, str):
        return dict(run.rates)
    return {n.name: run.rates[n.name] for n in run.built.plain if n.op.traits.fires and n.name in run.rates}


def unmeasured(run: Record) -> list[str]:
    """The neurons without a firing rate, but of those that only losses use, which no evaluation computes."""
    if isinstance(run.built, str):
        return []
    computed = Prune(losses=False).apply(run.built.plain)
    return [n.name for n in computed if n.op.traits.fires and n.name not in run.rates]


def costs_section(runs: Sequence[Record], comparison: Comparison | None = None) -> Section:
    """The section of parameters, operations and energy; several runs have a `comparison`."""
    found = {
        r.label: r.built
        if isinstance(r.built, str)
        else Statistics.evaluated(r.built.outline, r.built.plain, r.summary.evaluation, time=r.built.time_steps)
        for r in runs
    }
    known = {label: costs for label, costs in found.items() if isinstance(costs, Statistics)}
    parameters = {k: {x.name: float(x.parameters) for x in c.layers if x.parameters} for k, c in known.items()}
    measured = {label: costs for label, costs in known.items() if costs.measured}
    priced = energies.priced(runs, measured, repeated(comparison)) if measured else []
    several = len(priced) > 1
    shown = grouped("parameters", "trainable parameters", parameters)
    by_model = {name: energies.charts(priced, model) for name, model in ENERGY_MODELS.items()}
    shown += [chart for name in energies.SHOWN for chart in by_model[name]]
    rates = [(each.label, crossover(each)) for each in priced]
    others = [bar_figure(chart) for name, of in by_model.items() if name not in energies.SHOWN for chart in of]
    body = [
        *(_unmeasured(r) for r in runs if r.label in known and r.label not in measured),
        energies.comparison(priced) if priced else None,
        el("div", *map(bar_figure, shown), *(figure for _, figure in rates if not several), class_="charts") if shown else None,
        nested(rates, several) if several else None,
        el("details", el("summary", "Energy by other models"), el("div", *others, class_="charts")) if others else None,
    ]
    parts = [
        (label, absent(f"Unknown: {costs}.") if isinstance(costs, str) else _of_run(costs)) for label, costs in found.items()
    ]
    return Section("costs", "Parameters and energy", join(*body, columns(parts, len(runs) > 1)), LEAD, "Energy")


def _unmeasured(run: Record) -> Html:
    why = "an older version of spikegraph evaluated it, without all of them" if run.rates else "they are not measured yet"
    return absent(
        f"There is no chart of {run.label}'s energy and firing rates, since {why}.",
        "The evaluation at the end of a run measures them; the energy below is an upper bound.",
    )


def grouped(title: str, unit: str, found: Mapping[str, Values], largest: float | None = None) -> list[Bars]:
    """One chart if the layers of all runs have the same names, else one for each run; `largest` is the value of a full bar."""
    found = {label: values for label, values in found.items() if values}
    names = {tuple(values) for values in found.values()}
    order = list(found)
    if len(names) == 1:
        (layers_,) = names
        return [Bars(title, unit, {n: {label: found[label][n] for label in order} for n in layers_}, order, largest=largest)]
    return [
        Bars(f"{title}, {label}", unit, {n: {label: v} for n, v in values.items()}, [label], largest=largest)
        for label, values in found.items()
    ]


def _of_run(costs: Statistics) -> Html:
    unit, factor = unit_of(max((layer.millijoules for layer in costs.layers), default=0.0))
    of = ", ".join(f"{role} {count:,}" for role, count in costs.roles.items())
    energy = f"{unit} ({costs.model.name})"
    head = ["layer", "operation", "shape", "parameters", "input rate", "additions", "multiplications", energy]
    rows: list[list[Cell]] = []
    for layer in costs.layers:
        rate = layer.rate if costs.measured and layer.additions else None
        shape = " × ".join(map(str, layer.value.shape))
        rows.append(
            [
                layer.name,
                layer.op,
                shape,
                layer.parameters,
                rate,
                round(layer.fired),
                int(layer.multiplications),
                layer.millijoules * factor,
            ]
        )
    how = "Additions are those at the measured firing rates." if costs.measured else "Additions and energies are upper bounds."
    note = el("p", f"Additions, multiplications and energies are those of a time step. {how}", class_="note")
    return join(
        facts([("parameters", f"{costs.parameters:,} ({of})"), ("energy", f"{costs.energy}; one sample")]),
        el("details", el("summary", "All layers"), note, table(head, rows, label="layers with parameters and operations")),
    )
