"""Builds the report of runs: one self-contained HTML page."""

import time
from collections.abc import Sequence
from pathlib import Path

import spikegraph
from spikegraph.backends.report import palette
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections import (
    agreement,
    costs,
    curves,
    diagrams,
    examples,
    results,
    search,
    spec,
    summary,
    surrogates,
)
from spikegraph.charts.markup import Html, el, join

FOLDER = Path(__file__).parent
SCRIPTS = ("script.js", "zoom.js", "values.js", "save.js")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""Content security policy: the browser loads nothing."""


def report(runs: Sequence[Record], now: float | None = None) -> str:
    """The page of one run, or of several side by side.

    Args:
        runs: The runs, at least one; their labels must differ.
        now: Time shown on the page, in seconds since 1970; by default the current time.

    Raises:
        ValueError: `runs` is empty, or two have the same label.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    if len({r.label for r in runs}) < len(runs):
        raise ValueError("two runs have the same label")
    now = time.time() if now is None else now
    sections = [
        summary.section(runs, now),
        curves.section(runs),
        results.section(runs),
        diagrams.section(runs),
        search.section(runs),
        agreement.section(runs),
        surrogates.section(runs),
        costs.rates_section(runs),
        costs.costs_section(runs),
        examples.section(runs),
        spec.section(runs),
    ]
    title = f"Run {runs[0].label}" if len(runs) == 1 else f"Runs {', '.join(r.label for r in runs)}"
    links = [el("li", el("a", s.link or s.title, href=f"#{s.key}")) for s in sections]
    progress = None if all(r.complete for r in runs) else " Not all runs are complete; the page shows the results so far."
    head = join(
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="generator", content=f"spikegraph {spikegraph.__version__}"),
        el("title", title),
        el("link", rel="icon", href="data:,"),
        el("style", Html(palette.variables() + _file("style.css"))),
    )
    body = join(
        el("a", "Skip to content", href="#content", class_="skip"),
        el("header", el("h1", title), el("p", f"spikegraph report, written {summary.written(now)}.", progress, class_="note")),
        el("nav", el("ul", *links), aria_label="sections"),
        el("main", *(s.html() for s in sections), id="content"),
        el("script", Html("".join(map(_file, SCRIPTS)))),
    )
    return f"<!doctype html>\n{el('html', el('head', head), el('body', body), lang='en')}\n"


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
