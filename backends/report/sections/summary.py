"""The summary section: the verdict, the state of each run and its metrics, so short that the curves are on the first screen."""

import time
from collections.abc import Sequence
from datetime import timedelta

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent
from spikegraph.backends.report.sections import verdict
from spikegraph.base.metric_names import name_and_unit, with_unit
from spikegraph.charts.legend import chip
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import Comparison


def section(runs: Sequence[Record], now: float, comparison: Comparison | None = None) -> Section:
    """The section; `now` is in seconds since 1970, and several runs have a `comparison`."""
    first = None if comparison is None else verdict.of_runs(comparison)
    lines = [el("li", *_line(k, r, now, alone=len(runs) == 1)) for k, r in enumerate(runs)]
    missing = [
        absent(f"{r.label} is not evaluated yet. Run `spikegraph report` again after its end to add the metrics.")
        for r in runs
        if not r.metrics
    ]
    return Section("summary", "Summary", join(first, el("ul", *lines, class_="states"), *missing))


def _line(number: int, run: Record, now: float, *, alone: bool) -> list[Html | None]:
    """The line of a run; that of a single one begins with its verdict."""
    about = join(chip(number), el("b", run.label), " ", state(run, now), headline(run))
    return [verdict.of_run(run), about] if alone else [about, verdict.of_run(run, sure=False)]


def state(run: Record, now: float) -> Html:
    """The run's state, why it ended, and the time since the last journal entry of a run that isn't complete."""
    found = run.state
    last = "no journal entry yet" if run.modified is None else f"last journal entry {clock(max(0.0, now - run.modified))} ago"
    text = found.name + (f": {found.reason}" if found.reason else "")
    return el("span", text if run.complete else f"{text}; {last}", class_="state done" if run.complete else "state open")


def headline(run: Record) -> Html | None:
    """The run's metrics on the test set."""
    found = [el("span", f"{name_and_unit(metric)[0]} ", el("b", with_unit(metric, v))) for metric, v in run.metrics.items()]
    return el("span", *found, class_="headline") if found else None


def clock(seconds: float) -> str:
    """A duration: `42 s`, `3 min 5 s`, `2 h 4 min`, `3 days 1 h`."""
    whole = timedelta(seconds=round(seconds))
    minutes, rest = divmod(whole.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if whole.days:
        return f"{whole.days} day{'s' if whole.days > 1 else ''} {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def written(now: float) -> str:
    """The date and time in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
