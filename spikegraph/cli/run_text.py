"""A run as text, whether complete, in progress or killed."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikegraph.base.terminal import columns, lines_of
from spikegraph.cli.text_table import fields, fits, table

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord
    from spikegraph.runs.spread import Spread
    from spikegraph.runs.state import State


def results(run: "RunRecord") -> str:
    """The metrics as a table with a row for each method; before the evaluation, a sentence."""
    methods = run.summary.methods()
    return methods_table(methods) if methods else "not evaluated yet\n"


def phases(run: "RunRecord") -> str:
    """The progress of each phase, one line each; losses are means over the latest epoch, as in the log of the training."""
    from spikegraph.runs.losses import latest  # noqa: PLC0415 (slow to import)

    rows = [] if run.unsearched is None else [("search", f"none: {run.unsearched}")]
    for phase, done in (("search", run.summary.search), ("retrain", run.summary.retrain)):
        if done is not None:
            text = f"done: {count(done.epochs, 'epoch')}, {count(done.steps, 'step')} in {clock(done.seconds)}"
            rows.append((phase, text + losses(done.losses, "the last epoch")))
        elif (at := latest(run.entries, phase)) is not None:
            of = "this epoch" if at.whole else "this epoch so far"
            rows.append((phase, f"epoch {at.epoch}, step {at.step}{losses(at.losses, of)}"))
    return fields(rows) if rows else "no training step yet\n"


def surrogates(run: "RunRecord") -> str:
    """The temperatures of each searched surrogate in order, one line each; empty if none was searched."""
    rows: list[tuple[str, str]] = []
    for neuron, rounds in run.rounds.items():
        text = " -> ".join(number(b) for b in (rounds[0].b_before, *(r.b for r in rounds)))
        rows.append((neuron, f"b {text} in {count(len(rounds), 'round')} of the surrogate search"))
    return fields(rows) if rows else ""


def state(run: "RunRecord", found: "State") -> str:
    """The run's state, why it ended, and the time since the last journal entry of a run that isn't complete."""
    if found.name == "finished":
        return found.name
    who = f" ({found.owner})" if found.name == "running" and found.owner is not None else ""
    why = f": {found.reason}" if found.reason else who
    ago = None if run.modified is None else clock(max(0.0, time.time() - run.modified))
    last = "no journal entry yet" if ago is None else f"last journal entry {ago} ago"
    return f"{found.name}{why}; {last}"


def methods_table(methods: Mapping[str, Mapping[str, float]]) -> str:
    """A table with a row for each method and a column for each metric; the other way round if that is too wide."""
    metrics = list(dict.fromkeys(m for found in methods.values() for m in found))
    rows = [[name, *(number(found[m]) if m in found else "" for m in metrics)] for name, found in methods.items()]
    whole = [["method", *metrics], *rows]
    if not fits(whole):
        whole = [["metric", *methods], *([m, *(row[1 + k] for row in rows)] for k, m in enumerate(metrics))]
    return table(whole, right=range(1, len(whole[0])), drop=range(len(whole[0]) - 1, 1, -1))


def genotype_text(text: str) -> str:
    """A genotype file; its comments are wrapped on a terminal."""
    width = columns(sys.stdout)
    if width is None:
        return text
    lines = [
        part
        for line in text.split("\n")
        for part in ([f"# {rest}" for rest in lines_of(line[2:], width - 2)] if line.startswith("# ") else [line])
    ]
    return "\n".join(lines)


def losses(values: Mapping[str, float], of: str) -> str:
    """Mean losses such as `, mean of the last epoch: loss 1.23`."""
    shown = ", ".join(f"{name.replace('_', ' ')} {number(value)}" for name, value in values.items())
    return f", mean of {of}: {shown}" if shown else ""


def count(number: int, word: str) -> str:
    """A count with its noun: `1 step`, `2 steps`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def number(value: float) -> str:
    """A number with four significant digits."""
    return f"{value:.4g}"


def spread_text(spread: "Spread | None") -> str:
    """Mean and standard deviation: `91.2 ± 0.4`; empty without a spread."""
    from spikegraph.charts.format_number import with_deviation  # noqa: PLC0415 (only for several runs)

    return "" if spread is None else with_deviation(spread.mean, spread.deviation)


def clock(seconds: float) -> str:
    """A duration: `42 s`, `3 min 5 s`, `2 h 4 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
