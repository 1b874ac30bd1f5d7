"""Charts of trainings and searches: temperatures, errors and gradients, snapshots, surrogates (Figs. 4 a, 4 b, 7 and 8)."""

from collections.abc import Callable, Mapping, Sequence

from spikegraph.analysis.dgs_curves import Entries, error_chart, gradient_chart, temperature_chart
from spikegraph.analysis.search_progress import Progress
from spikegraph.backends.report.paper.piece import Piece, charts
from spikegraph.backends.report.paper.refusal import lacks
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.curves import measured
from spikegraph.backends.report.sections.results import directions_in
from spikegraph.backends.report.sections.surrogates import neurons_of, shape
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.ir.neuron import Neuron

SHOWN = ("dspike", "triangle", "superspike", "arctan")
"""The surrogates of Eqs. 14 to 17."""

PAPER = ("one_pixel_accuracy_percent", "mean_depth_error_cm")
"""The metrics that the paper shows of a search (Fig. 7), where runs have them."""

SEARCH_B = "add `dgs at NEURON { ... }` to the spec's `retrain`, and train again"
OfNeuron = Callable[[Mapping[str, Entries], str], Chart]


def temperatures(runs: Sequence[Record]) -> list[Piece]:
    """The temperature of each searched surrogate over the epochs (Fig. 4 a)."""
    return [charts(_of_neurons("4a", runs, temperature_chart))]


def training(runs: Sequence[Record]) -> list[Piece]:
    """The one-pixel error on the validation set and the gradient of the weights before a neuron, over the epochs (Fig. 4 b)."""
    error = error_chart(_journals(runs))
    if error is None:
        help = "give a run of a stereo spec whose `retrain` has `validate = data` or `validate = 0.1`"
        raise lacks("4b", runs[0], "the one-pixel error after each epoch", help)
    return [charts([error, *_of_neurons("4b", runs, gradient_chart)])]


def progress(runs: Sequence[Record]) -> list[Piece]:
    """The metrics of retrained snapshots over the epochs of a search, and the best of several runs (Fig. 7)."""
    for run in runs:
        if not run.snapshots:
            what, keep = "retrained snapshots of the search", "add `snapshots = 3` to the spec's `search` and train again"
            ready = f"run `spikegraph search-progress {run.path}`"
            raise lacks("7", run, what, ready if run.folder.snapshot_epochs() else f"{keep}, then {ready}")
    found = {run.label: run.snapshots for run in runs}
    if len(runs) > 1:
        together = Progress(found, directions_in(runs))
        found[together.best_name] = {epoch: together.best(epoch) for epoch in together.epochs}
    chosen = {
        label: {e: {m: m_of[m] for m in PAPER if m in m_of} or m_of for e, m_of in of.items()} for label, of in found.items()
    }
    return [charts(measured(chosen, "epoch of the search", directions_in(runs)))]


def surrogates(runs: Sequence[Record]) -> list[Piece]:
    """The surrogates of Eqs. 14 to 17, and others that the runs use, at the temperatures of the runs' neurons (Fig. 8)."""
    found: dict[str, Neuron] = {}
    reached = set[float]()
    for run in runs:
        if isinstance(run.built, str):
            raise lacks("8", run, f"a network, but {run.built}", "give a run of this version, or `spikegraph upgrade` it")
        neurons = neurons_of(run.built.plain)
        found |= {neuron.surrogate.name: neuron for neuron in neurons.values() if neuron.spikes}
        reached |= {neuron.surrogate.b for neuron in neurons.values() if neuron.spikes}
        reached |= {b for epoch in run.epochs("retrain")[-1:] for b in epoch.temperatures.values()}
    if not found:
        raise lacks("8", runs[0], "a spiking neuron with a surrogate", "give a run of a network that spikes")
    any_neuron = next(iter(found.values()))
    names = [*SHOWN, *(name for name in found if name not in SHOWN)]
    return [charts([_shapes(name, found.get(name, any_neuron), sorted(reached)) for name in names])]


def _shapes(name: str, neuron: Neuron, reached: Sequence[float]) -> Chart:
    """A surrogate at several temperatures, around the threshold of a neuron."""
    lines = [Line(f"b = {b:g}", shape(neuron, b, name), colour(k), dash(k)) for k, b in enumerate(reached)]
    title = name if len(lines) > 1 else f"{name}, {lines[0].label}"
    return Chart(title, "membrane potential u", "dy/du", lines)


def _of_neurons(name: str, runs: Sequence[Record], chart: OfNeuron) -> list[Chart]:
    """A chart for each neuron whose surrogate was searched."""
    neurons = list(dict.fromkeys(n for run in runs for epoch in run.epochs("retrain") for n in epoch.temperatures))
    if not neurons:
        raise lacks(name, runs[0], "a searched surrogate", SEARCH_B)
    return [chart(_journals(runs), neuron) for neuron in neurons]


def _journals(runs: Sequence[Record]) -> Mapping[str, Entries]:
    return {run.label: run.entries for run in runs}
