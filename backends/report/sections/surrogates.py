"""The section of surrogates: b and gradient norms by epoch, and shapes (Che et al., NeurIPS 2022, Figs. 4 a, b and 8)."""

from collections.abc import Sequence

from spikegraph.analysis.dgs_curves import gradient_chart, temperature_chart
from spikegraph.backends.report.figures import line_figures
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent
from spikegraph.charts.axes import Point
from spikegraph.charts.format_number import number
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.markup import Html, el, join
from spikegraph.ir.graph import Graph
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.surrogates import SURROGATES

POINTS = 241
"""Number of points in a curve."""
SPAN = 1.5
"""Range drawn on each side of the threshold, in units of the membrane potential."""


def section(runs: Sequence[Record]) -> Section:
    """The section."""
    neurons = list(dict.fromkeys(n for r in runs for e in r.epochs("retrain") for n in e.temperatures))
    parts: list[Html | None] = []
    journals = {r.label: r.entries for r in runs}
    for neuron in neurons:
        found = [temperature_chart(journals, neuron), gradient_chart(journals, neuron)]
        shapes = searched_shapes(runs, neuron)
        found += [shapes] if shapes is not None else []
        parts += [el("h3", "neuron ", el("code", neuron)), line_figures(found), rounds(runs, neuron)]
    if not neurons:
        parts.append(_none(runs))
    shown = used_shapes(runs)
    if shown:
        parts += [el("h3", "Shapes of the surrogates"), line_figures(shown)]
    lead = (
        "A spike's derivative is zero almost everywhere; training replaces it by a surrogate, whose width depends on its"
        " temperature b. A round of the surrogate search may change b."
    )
    return Section("surrogates", "Surrogate gradients", join(*parts), lead, "Surrogates")


def _none(runs: Sequence[Record]) -> Html:
    declared = any(not isinstance(r.built, str) and r.built.spec.retrain is not None and r.built.spec.retrain.dgs for r in runs)
    if declared and not all(r.complete for r in runs):
        return absent("No epoch of the retraining is complete yet; b and the gradient norm are logged at the end of each.")
    return absent("No surrogate was searched.", "Add `dgs at NEURON { ... }` to the spec's `retrain` to search one.")


def rounds(runs: Sequence[Record], neuron: str) -> Html | None:
    """The results of all rounds, in a folded table."""
    rows: list[list[Cell]] = []
    for run in runs:
        for e in run.rounds.get(neuron, ()):
            means = [f"{a:.3g}" for a in e.alpha]
            norms = [f"{n:.3g}" for n in e.gradient_norm]
            tried = ", ".join(f"{b:g}" for b in e.candidates)
            rows.append([run.label, e.epoch, e.b_before, e.b, tried, ", ".join(means), ", ".join(norms)])
    if not rows:
        return None
    head = ["run", "epoch", "b before", "b", "candidates", "mean alpha of each", "gradient norm under each"]
    return el("details", el("summary", "All rounds"), table(head, rows, label=f"rounds of {neuron}"))


def searched_shapes(runs: Sequence[Record], neuron: str) -> Chart | None:
    """The shapes of a searched surrogate, initial and current."""
    lines: list[Line] = []
    for k, run in enumerate(runs):
        epochs = [e for e in run.epochs("retrain") if neuron in e.temperatures]
        model = None if isinstance(run.built, str) else neurons_of(run.built.plain).get(neuron)
        if not epochs or model is None:
            continue
        start, now = model.surrogate.b, epochs[-1].temperatures[neuron]
        if not lines:
            lines.append(Line(f"initial, b = {start:g}", shape(model, start), "muted", "4 3"))
        lines.append(Line(f"{run.label}, b = {now:g}", shape(model, now), colour(k), dash(k)))
    if not lines:
        return None
    return Chart(f"shape of the surrogate of {neuron}", "membrane potential u", "surrogate gradient dy/du", lines)


def used_shapes(runs: Sequence[Record]) -> list[Chart]:
    """A chart for each kind of surrogate in the networks, with a curve for each temperature and threshold in the spec.

    It has the number of neurons in one network: the smallest and the largest where networks differ.
    """
    found: dict[str, dict[tuple[float, float], list[list[Neuron]]]] = {}
    for run in runs:
        if not isinstance(run.built, str):
            own: dict[tuple[str, float, float], list[Neuron]] = {}
            for n in neurons_of(run.built.plain).values():
                own.setdefault((n.surrogate.name, n.surrogate.b, n.threshold), []).append(n)
            for (name, b, threshold), neurons in own.items():
                found.setdefault(name, {}).setdefault((b, threshold), []).append(neurons)
    charts: list[Chart] = []
    for name, of in found.items():
        thresholds = len({threshold for _, threshold in of}) > 1
        lines: list[Line] = []
        for k, ((b, threshold), networks) in enumerate(sorted(of.items(), key=lambda item: item[0])):
            low, high = (f(len(neurons) for neurons in networks) for f in (min, max))
            count = f"{low} neuron{'s' if low > 1 else ''}" if low == high else f"{low} to {high} neurons"
            label = f"b = {number(b)}, {f'threshold {number(threshold)}, ' if thresholds else ''}{count}"
            lines.append(Line(label, shape(networks[0][0], b), colour(k), dash(k)))
        charts.append(Chart(name, "membrane potential u", "surrogate gradient dy/du", lines))
    return charts


def neurons_of(graph: Graph) -> dict[str, Neuron]:
    """The spiking neurons by the name of their weights."""
    return {node.weights: neuron for node in graph if (neuron := node.op.neuron_of()) is not None}


def shape(neuron: Neuron, b: float, surrogate: str | None = None) -> list[Point]:
    """The derivative of a surrogate, by default the neuron's, with temperature `b`, around the neuron's threshold."""
    derivative = SURROGATES[surrogate or neuron.surrogate.name].derivative
    xs = [SPAN * (2 * k / (POINTS - 1) - 1) for k in range(POINTS)]
    return [(neuron.threshold + x, derivative(x, b)) for x in xs]
