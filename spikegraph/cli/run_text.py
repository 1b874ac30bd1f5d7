"""A run as text, whether complete, in progress or killed."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikegraph.cli.text_table import fields, table

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord


def results(run: "RunRecord") -> str:
    """The metrics as a table with a row for each method; before the evaluation, a sentence."""
    methods = run.summary.methods()
    return methods_table(methods) if methods else "not evaluated yet\n"


def phases(run: "RunRecord") -> str:
    """The progress of each phase, one line each."""
    from spikegraph.runs.entries import EpochEntry, StepEntry  # noqa: PLC0415 (slow to import)

    last, rows = run.last, list[tuple[str, str]]()
    for phase, done in (("search", run.summary.search), ("retrain", run.summary.retrain)):
        at = last.get(phase)
        if done is not None:
            text = f"done: {count(done.epochs, 'epoch')}, {count(done.steps, 'step')} in {clock(done.seconds)}"
            rows.append((phase, text + losses(done.losses)))
        elif isinstance(at, StepEntry | EpochEntry):
            rows.append((phase, f"epoch {at.epoch}, step {at.step}{losses(at.losses)}"))
    return fields(rows) if rows else "no training step yet\n"


def surrogates(run: "RunRecord") -> str:
    """The temperatures of each searched surrogate in order, one line each; empty if none was searched."""
    rows: list[tuple[str, str]] = []
    for neuron, rounds in run.rounds.items():
        text = " -> ".join(number(b) for b in (rounds[0].b_before, *(r.b for r in rounds)))
        rows.append((neuron, f"b {text} in {count(len(rounds), 'round')} of the surrogate search"))
    return fields(rows) if rows else ""


def state(run: "RunRecord") -> str:
    """The run's state: complete, not started, or the time since the last journal entry."""
    if run.complete:
        return "complete"
    if run.modified is None:
        return "not started"
    return f"not complete; last journal entry {clock(max(0.0, time.time() - run.modified))} ago"


def methods_table(methods: Mapping[str, Mapping[str, float]]) -> str:
    """A table with a row for each method and a column for each metric."""
    metrics = list(dict.fromkeys(m for found in methods.values() for m in found))
    rows = [[name, *(number(found[m]) if m in found else "" for m in metrics)] for name, found in methods.items()]
    return table([["method", *metrics], *rows], right=range(1, len(metrics) + 1))


def losses(values: Mapping[str, float]) -> str:
    """Losses such as `, loss 1.23`."""
    return "".join(f", {name} {number(value)}" for name, value in values.items())


def count(number: int, word: str) -> str:
    """A count with its noun: `1 step`, `2 steps`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def number(value: float) -> str:
    """A number with four significant digits."""
    return f"{value:.4g}"


def clock(seconds: float) -> str:
    """A duration: `42 s`, `3 min 5 s`, `2 h 4 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
