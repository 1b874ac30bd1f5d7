"""The section of genotypes, with a comparison of several runs."""

from collections.abc import Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.render import render
from spikegraph.backends.report.embedded_diagram import light_and_dark, zoomable
from spikegraph.backends.report.html_table import Cell, table
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, folded
from spikegraph.base.errors import RenderError
from spikegraph.charts.markup import Html, el, join
from spikegraph.genotype.agreement import Agreement, agree
from spikegraph.genotype.architecture import Architecture
from spikegraph.genotype.diff import diff
from spikegraph.program.networks import architecture_of

_NOTHING = "This run has no genotype: its spec leaves nothing to search."


def section(runs: Sequence[Record]) -> Section:
    """The section."""
    several = len(runs) > 1
    texts = [(r.label, _text(r)) for r in runs]
    parts = [*(_agreement(runs) if several else ()), folded(texts, several)]
    return Section("genotype", "Genotypes and their agreement" if several else "Genotype", join(*parts), link="Genotype")


def _text(run: Record) -> Html:
    if run.genotype is None:
        return absent("No genotype yet: it is written at the end of the search." if run.searches else _NOTHING)
    return el("pre", run.genotype, tabindex="0", aria_label=f"genotype of {run.label}", role="region")


def _agreement(runs: Sequence[Record]) -> list[Html]:
    found = [replace(architecture_of(r.path, r.label), name=r.label) for r in runs if r.architecture is not None and r.genotype]
    if len(found) < 2:
        searches = any(run.searches for run in runs)
        return [absent("A comparison needs at least two runs with genotypes.")] if searches else []
    if not comparable(found):
        return [absent("These runs have no cell and no trellis in common, so their genotypes can't be compared.")]
    agreement = agree(found)
    return [_distances(agreement), _votes(agreement), _levels(agreement), _diagram(found, agreement)]


def comparable(found: Sequence[Architecture]) -> bool:
    """True if all architectures have a cell or trellis in common."""
    names = [{*a.cells, *a.paths} for a in found]
    return bool(names[0].intersection(*names))


def _distances(agreement: Agreement) -> Html:
    names = [a.name for a in agreement.architectures]
    rows: list[list[Cell]] = [[n, *row] for n, row in zip(names, agreement.distances, strict=True)]
    title = el("h3", f"Choices that differ, of {agreement.choices}")
    return join(title, table(["", *names], rows, label="choices that differ between two runs"))


def _votes(agreement: Agreement) -> Html:
    names = [a.name for a in agreement.architectures]
    rows: list[list[Cell]] = [
        [v.cell, v.node, str(v.kept), f"{len(v.of)} of {len(names)}", *_marks(v.of, len(names))] for v in agreement.votes
    ]
    if not rows:
        return join()
    head = ["cell", "node", "edge", "kept by", *names]
    return join(el("h3", "Edges"), table(head, rows, label="edges that each run keeps"))


def _levels(agreement: Agreement) -> Html:
    names = [a.name for a in agreement.architectures]
    rows: list[list[Cell]] = [
        [v.trellis, str(v.layer), str(v.level), f"{len(v.of)} of {len(names)}", *_marks(v.of, len(names))]
        for v in agreement.levels
    ]
    if not rows:
        return join()
    head = ["trellis", "layer", "level", "chosen by", *names]
    return join(el("h3", "Levels"), table(head, rows, label="levels of each run's path"))


def _marks(of: Sequence[int], count: int) -> list[str]:
    return ["✓" if k in of else "–" for k in range(count)]


def _diagram(found: Sequence[Architecture], agreement: Agreement) -> Html:
    subject = diff(*found) if len(found) == 2 else agreement
    title = "differences" if len(found) == 2 else "agreement of the runs"
    try:
        return zoomable(light_and_dark(lambda dark: render(subject, dark=dark), title), title)
    except RenderError as error:
        return absent(f"No diagram: {error.summary}.", error.help)
