"""Diagrams of cells with every candidate, or with the chosen operations (Che et al., NeurIPS 2022, Fig. 1a)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.cell_view import CellView, Operation, draw_cell, indices, operation, skips
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample, pill
from spikegraph.backends.graphviz.theme import Line, Theme, width_of
from spikegraph.genotype.architecture import CellGenotype
from spikegraph.genotype.candidates import short_definition
from spikegraph.genotype.decode_softmax import Matrix, softmax
from spikegraph.ir.cellspec import CandidateSpec, CellSpec
from spikegraph.ir.types import Kind


def space(cell: CellSpec, theme: Theme, alpha: Matrix | None = None, kept: CellGenotype | None = None) -> CellView:
    """A cell with every candidate on every edge.

    Args:
        cell: The cell.
        theme: The colours.
        alpha: Logits [edges, candidates]; with them, widths and numbers of the edges show the probabilities.
        kept: The operations that decoding keeps; their boxes get a frame.
    """
    numbers = indices((), cell.candidates)
    probability = None if alpha is None else [softmax(r) for r in alpha]
    operations: list[Operation] = []
    for row, (node, source) in enumerate(cell.edge_list()):
        for column, c in enumerate(cell.candidates):
            share = None if probability is None else probability[row][column]
            text = c.name if share is None else f"{c.name} {share:.2f}"
            width = 1.3 if share is None else width_of(share)
            shown = operation(node, source, c.name, numbers[c.name], theme, skip=c.skip, text=text, width=width)
            chosen = kept is not None and kept.get(node, {}).get(source) == c.name
            operations.append(replace(shown, kept=True) if chosen else shown)
    return CellView(cell.name, cell.inputs, tuple(n for n, _ in cell.edges), tuple(operations))


def derived(
    name: str, genotype: CellGenotype, theme: Theme, inputs: Sequence[str] = (), candidates: Sequence[CandidateSpec] = ()
) -> CellView:
    """A cell with its chosen operations.

    Args:
        name: The cell's name.
        genotype: By node, its sources with their operations.
        theme: The colours.
        inputs: The cell's inputs in order; by default those that the genotype uses.
        candidates: The cell's candidates, if their definitions are known.
    """
    used = [o for terms in genotype.values() for o in terms.values()]
    numbers, identity = indices(used, candidates), skips(used, candidates)
    operations = tuple(
        operation(node, source, o, numbers[o], theme, skip=o in identity)
        for node, terms in genotype.items()
        for source, o in terms.items()
    )
    return CellView(name, tuple(inputs) or inputs_of(genotype), tuple(genotype), operations)


def inputs_of(genotype: CellGenotype) -> tuple[str, ...]:
    """The sources that aren't nodes, most distant cell first: `prev3`, `prev2`, `prev`."""
    found = {source for terms in genotype.values() for source in terms if source not in genotype}

    def distance(name: str) -> tuple[int, str]:
        digits = name.removeprefix("prev")
        return -(int(digits) if digits.isdecimal() else 1), name

    return tuple(sorted(found, key=distance))


def draw(
    views: Sequence[CellView],
    theme: Theme,
    candidates: Mapping[str, Sequence[CandidateSpec]],
    *,
    name: str,
    notes: Sequence[str] = (),
) -> Drawing:
    """Draws cells, with a legend of their candidates."""
    drawing = Drawing(name, theme, rankdir="LR", ranksep="0.32", nodesep="0.16", labelloc="b", labeljust="l")
    for view in reversed(views):  # dot stacks frames from bottom to top
        draw_cell(drawing, view, theme, title=len(views) > 1)
    drawing.set(label=legend(_entries(views, theme, candidates), theme, notes))
    return drawing


def _entries(views: Sequence[CellView], theme: Theme, candidates: Mapping[str, Sequence[CandidateSpec]]) -> list[Entry]:
    known = {c.name: c for specs in candidates.values() for c in specs}
    used = {o.name: o for v in views for o in v.operations}
    entries = [
        Entry(pill(name, o.line, o.fill, o.ink), short_definition(known[name]) if name in known else "operation of an edge")
        for name, o in sorted(used.items(), key=lambda item: list(known).index(item[0]) if item[0] in known else 99)
    ]
    if any(o.kept for v in views for o in v.operations):
        entries.append(Entry(box_sample(Line(theme.ink, 2), theme.ground), "kept by decoding"))
    return [
        *entries,
        Entry(line_sample(theme.wire(Kind.SPIKE)), "spikes"),
        Entry(box_sample(Line(theme.spike, 1.3), theme.cell), "node: sums its edges, then fires"),
    ]
