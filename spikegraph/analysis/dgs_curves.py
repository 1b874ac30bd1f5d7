"""The temperatures of searched surrogates as charts: Fig. 4 a and b of the paper, from the journals of runs."""

from collections.abc import Mapping, Sequence

from spikegraph.analysis.chart import Curve, Panel
from spikegraph.runs.entries import DgsEntry, Entry, EpochEntry

Entries = Sequence[Entry]
"""The lines of a run's journal."""


def temperature_panel(runs: Mapping[str, Entries], neuron: str) -> Panel:
    """The temperature b of a neuron's surrogate over the epochs, a curve for each run that instruments it (Fig. 4a).

    Args:
        runs: By label, the journals.
        neuron: Without what tells its uses apart: `features.stem0`.

    Raises:
        ValueError: No run instruments it.
    """
    curves: list[Curve] = []
    for label, entries in runs.items():
        epochs = [e for e in _epochs(entries) if neuron in e.temperatures]
        if epochs:
            rounds = [e for e in entries if isinstance(e, DgsEntry) and e.neuron == neuron]
            start = rounds[0].b_before if rounds else epochs[0].temperatures[neuron]
            points = [(0.0, start), *((float(e.epoch), e.temperatures[neuron]) for e in epochs)]
            curves.append(Curve(label, points))
    if not curves:
        raise ValueError(f"no run has `dgs at` the neuron {neuron}")
    return Panel(f"surrogate of {neuron}", "epoch", "temperature b", curves, steps=True)


def gradient_panel(runs: Mapping[str, Entries], neuron: str) -> Panel:
    """The norm of the gradient of the weights before a neuron, a mean over each epoch's steps (Fig. 4b, right).

    A run without rounds has this curve too, where its spec has `dgs at` the neuron and an interval beyond its epochs.

    Raises:
        ValueError: No run instruments the neuron.
    """
    curves = [
        Curve(label, [(float(e.epoch), e.gradient_norms[neuron]) for e in epochs])
        for label, entries in runs.items()
        if (epochs := [e for e in _epochs(entries) if neuron in e.gradient_norms])
    ]
    if not curves:
        raise ValueError(f"no run has `dgs at` the neuron {neuron}")
    return Panel(f"weights of {neuron}", "epoch", "norm of the gradient", curves)


def _epochs(entries: Entries) -> list[EpochEntry]:
    return [e for e in entries if isinstance(e, EpochEntry) and e.phase == "retrain"]
