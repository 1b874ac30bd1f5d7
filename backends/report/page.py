"""Builds the report of runs: one self-contained HTML page."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from spikegraph.backends.report import palette
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section
from spikegraph.backends.report.sections import (
    agreement,
    all_curves,
    costs,
    curves,
    diagrams,
    examples,
    front,
    overview,
    results,
    search,
    spec,
    speed,
    summary,
    surrogates,
    votes,
)
from spikegraph.backends.report.sections import runs as table
from spikegraph.base.errors import RunFolderError
from spikegraph.base.version import __version__
from spikegraph.charts.markup import Html, el, join
from spikegraph.overview.comparison import compare
from spikegraph.overview.curves import NOTHING, Curves, read_curves
from spikegraph.overview.genotypes import agreements
from spikegraph.overview.listed import Listed, listed_runs

FOLDER = Path(__file__).parent
SCRIPTS = ("script.js", "zoom.js", "values.js", "axes.js", "pick.js", "save.js", "table.js")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""Content security policy: the browser loads nothing."""


def report(runs: Sequence[Record], now: float | None = None, *, reload: float | None = None) -> str:
    """The page of one run, or of several side by side.

    Args:
        runs: The runs, at least one; their labels must differ.
        now: Time shown on the page, in seconds since 1970; by default the current time.
        reload: Seconds after which the page loads itself again; by default never.

    Raises:
        ValueError: `runs` is empty, or two have the same label.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    if len({r.label for r in runs}) < len(runs):
        raise ValueError("two runs have the same label")
    now = time.time() if now is None else now
    several = len(runs) > 1
    comparison = compare(listed_runs([(r, r.state) for r in runs])) if several else None
    sections = [
        summary.section(runs, now, comparison),
        *(() if comparison is None else (table.section(comparison, [r.label for r in runs]),)),
        curves.section(runs, comparison),
        results.section(runs, comparison),
        diagrams.section(runs),
        search.section(runs),
        *((found,) if (found := front.section(runs)) is not None else ()),
        agreement.section(runs),
        surrogates.section(runs),
        costs.rates_section(runs),
        costs.costs_section(runs, comparison),
        examples.section(runs),
        speed.section(runs),
        spec.section(runs),
    ]
    title = f"Runs {', '.join(r.label for r in runs)}" if several else f"Run {runs[0].label}"
    return document(title, sections, now, whole=all(r.complete for r in runs), reload=reload)


def report_many(
    runs: Sequence[Listed],
    labels: Sequence[str],
    title: str,
    now: float | None = None,
    *,
    reload: float | None = None,
    damaged: Callable[[str], None] = lambda _: None,
) -> str:
    """The page of many runs: a table, the curves of all runs on one axis, and the agreement of their genotypes.

    Args:
        runs: The runs, at least one.
        labels: A name for each run.
        title: The page's title.
        now: As for `report`.
        reload: As for `report`.
        damaged: Is told which journals and genotypes can't be read; the page lacks them.
    """
    now = time.time() if now is None else now
    comparison = compare(runs)
    sections = [
        overview.section(comparison, labels),
        table.section(comparison, labels),
        all_curves.section(comparison, [_curves(run, damaged) for run in runs]),
        votes.section(agreements(runs, damaged)),
    ]
    return document(title, sections, now, whole=all(run.finished for run in runs), reload=reload)


def _curves(run: Listed, damaged: Callable[[str], None]) -> Curves:
    try:
        return read_curves(run)
    except RunFolderError as error:
        damaged(error.message)
        return NOTHING


def document(title: str, sections: Sequence[Section], now: float, *, whole: bool, reload: float | None) -> str:
    """A page of sections.

    Args:
        title: The page's title.
        sections: The sections.
        now: Time shown on the page, in seconds since 1970.
        whole: All runs are complete.
        reload: Seconds after which the page loads itself again; None for never.
    """
    links = [el("li", el("a", s.link or s.title, href=f"#{s.key}")) for s in sections]
    progress = None if whole else " Not all runs are complete; the page shows the results so far."
    again = None if reload is None else f" Some run goes on: the page loads its newer version every {reload:g} seconds."
    head = join(
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="generator", content=f"spikegraph {__version__}"),
        el("title", title),
        el("link", rel="icon", href="data:,"),
        el("style", Html(palette.variables() + _file("style.css"))),
    )
    note = el("p", f"spikegraph report, written {summary.written(now)}.", progress, again, class_="note")
    body = join(
        el("a", "Skip to content", href="#content", class_="skip"),
        el("header", el("h1", title), note),
        el("nav", el("ul", *links), aria_label="sections"),
        el("main", *(s.html() for s in sections), id="content"),
        el("script", Html("".join(map(_file, SCRIPTS)))),
    )
    return f"<!doctype html>\n{el('html', el('head', head), el('body', body), lang='en', data_reload=reload)}\n"


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
