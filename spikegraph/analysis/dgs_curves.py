"""Charts of searched surrogates from the journals of runs (Che et al., NeurIPS 2022, Fig. 4 a and b)."""

from collections.abc import Mapping, Sequence

from spikegraph.charts.lines import MID_EPOCH, Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.runs.entries import DgsEntry, Entry, EpochEntry

Entries = Sequence[Entry]
"""The lines of a run's journal."""


ACCURACY = "one_pixel_accuracy_percent"


def temperature_chart(runs: Mapping[str, Entries], neuron: str) -> Chart:
    """The temperature b of a neuron's surrogate over the epochs, with a curve for each run with `dgs at` it (Fig. 4a).

    Args:
        runs: Journals by label.
        neuron: Name of its weights, such as `features.stem0`.

    Raises:
        ValueError: No run has `dgs at` the neuron.
    """
    lines: list[Line] = []
    for k, (label, entries) in enumerate(runs.items()):
        epochs = [e for e in _epochs(entries) if neuron in e.temperatures]
        if epochs:
            searches = [e for e in entries if isinstance(e, DgsEntry) and e.neuron == neuron]
            start = searches[0].b_before if searches else epochs[0].temperatures[neuron]
            points = [(0.0, start), *((float(e.epoch), e.temperatures[neuron]) for e in epochs)]
            lines.append(Line(label, points, colour(k), dash(k), dots=True))
    if not lines:
        raise ValueError(f"no run has `dgs at` the neuron {neuron}")
    return Chart(f"surrogate of {neuron}", "epoch", "temperature b", lines, steps=True, whole=True)


def gradient_chart(runs: Mapping[str, Entries], neuron: str) -> Chart:
    """The norm of the gradient of the weights before a neuron (Fig. 4b, right): means over epochs, drawn at mid-epoch.

    For a run without a search, set `dgs at` the neuron with an interval longer than the run.

    Raises:
        ValueError: No run has `dgs at` the neuron.
    """
    lines: list[Line] = []
    for k, (label, entries) in enumerate(runs.items()):
        points = [(float(e.epoch), e.gradient_norms[neuron]) for e in _epochs(entries) if neuron in e.gradient_norms]
        if points:
            lines.append(Line(label, points, colour(k), dash(k), dots=True, shift=MID_EPOCH))
    if not lines:
        raise ValueError(f"no run has `dgs at` the neuron {neuron}")
    return Chart(f"weights of {neuron}", "epoch", "norm of the gradient", lines, whole=True, from_zero=True)


def error_chart(runs: Mapping[str, Entries]) -> Chart | None:
    """The one-pixel error in percent on the validation set after each epoch (Fig. 4b, left); None without a validation."""
    lines: list[Line] = []
    for k, (label, entries) in enumerate(runs.items()):
        points = [(float(e.epoch), 100 - e.metrics[ACCURACY]) for e in _epochs(entries) if ACCURACY in e.metrics]
        if points:
            lines.append(Line(label, points, colour(k), dash(k), dots=True))
    return Chart("validation", "epoch", "one-pixel error (%)", lines, whole=True) if lines else None


def _epochs(entries: Entries) -> list[EpochEntry]:
    return [e for e in entries if isinstance(e, EpochEntry) and e.phase == "retrain"]
