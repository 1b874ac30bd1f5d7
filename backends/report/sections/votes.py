"""The section of the genotypes of many runs: how far they agree, choice by choice."""

from collections.abc import Sequence

from spikegraph.backends.graphviz.render import render
from spikegraph.backends.report.embedded_diagram import light_and_dark, zoomable
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.section import Section, absent
from spikegraph.base.errors import RenderError
from spikegraph.charts.format_number import number
from spikegraph.charts.markup import Html, el, join
from spikegraph.genotype.comparison_text import consensus_text
from spikegraph.overview.genotypes import Agreeing

MOST_GROUPS = 4
"""Most groups of comparable runs that are shown."""


def section(agreements: Sequence[Agreeing]) -> Section:
    """The section."""
    title = "Agreement of the genotypes"
    if not agreements:
        return Section("genotype", title, absent("A comparison needs at least two runs with genotypes."), link="Genotypes")
    parts = [_group(agreeing, number) for number, agreeing in enumerate(agreements[:MOST_GROUPS])]
    left = len(agreements) - MOST_GROUPS
    if left > 0:
        parts.append(el("p", f"{left:,} more groups of runs whose cells are declared alike.", class_="note"))
    return Section("genotype", title, join(*parts), link="Genotypes")


def _group(agreeing: Agreeing, place: int) -> Html:
    agreement, of = agreeing.agreement, len(agreeing.runs)
    text = (
        f"{of:,} runs have {agreeing.distinct:,} different genotypes, the most frequent one is in {agreeing.common:,} of them. "
        f"On average {number(agreeing.mean_difference)} of {agreement.choices} choices differ from the consensus."
    )
    parts = [el("p", text), _diagram(agreeing, place)]
    edges: list[list[Cell]] = [
        [v.cell, v.node, str(v.kept), len(v.of), f"{len(v.of) / of:.1%}", _bar(len(v.of) / of)] for v in agreement.votes
    ]
    if edges:
        head = ["cell", "node", "edge", "kept by", "share", ""]
        parts += [el("h3", "Edges"), table(head, edges, label="edges and the number of runs that keep them")]
    levels: list[list[Cell]] = [
        [v.trellis, str(v.layer), str(v.level), len(v.of), f"{len(v.of) / of:.1%}", _bar(len(v.of) / of)]
        for v in agreement.levels
    ]
    if levels:
        head = ["trellis", "layer", "level", "chosen by", "share", ""]
        parts += [el("h3", "Levels"), table(head, levels, label="levels and the number of runs that choose them")]
    text = el("pre", consensus_text(agreement), tabindex="0", role="region", aria_label="consensus")
    return join(*parts, el("details", el("summary", "The consensus as a genotype file"), text))


def _bar(share: float) -> Html:
    return el("span", class_="share", style=f"--share:{share:.3f}", aria_hidden="true")


def _diagram(agreeing: Agreeing, place: int) -> Html:
    title = "agreement of the runs" if place == 0 else f"agreement of group {place + 1}"
    try:
        return zoomable(light_and_dark(lambda dark: render(agreeing.agreement, dark=dark), title), title)
    except RenderError as error:
        return absent(f"No diagram: {error.summary}.", error.help)
