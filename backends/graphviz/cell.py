"""Diagrams of cells with every candidate, or with the chosen operations (Che et al., NeurIPS 2022, Fig. 1a)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from spikegraph.backends.graphviz.cell_view import SPIKES, CellView, Edge, concatenation, draw_cell, looks
from spikegraph.backends.graphviz.choice_rows import draw_rows, on_wires
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample, pill
from spikegraph.backends.graphviz.operation_label import Operation, operation
from spikegraph.backends.graphviz.placement import GIVEN
from spikegraph.backends.graphviz.theme import Line, Look, Theme, later
from spikegraph.genotype.architecture import CellGenotype
from spikegraph.genotype.candidates import short_definition
from spikegraph.genotype.decode_softmax import Matrix, softmax
from spikegraph.ir.cellspec import CandidateSpec, CellSpec
from spikegraph.ir.types import Kind, Value


def space(
    cell: CellSpec,
    theme: Theme,
    alpha: Matrix | None = None,
    kept: CellGenotype | None = None,
    looked: Mapping[str, Look] | None = None,
) -> CellView:
    """A cell with every candidate on every edge.

    Args:
        cell: The cell.
        theme: The colours.
        alpha: Logits [edges, candidates]; with them, each candidate has a bar of its probability.
        kept: The operations that decoding keeps; their boxes get a frame.
        looked: How the operations of all cells in the drawing are drawn; by default only this cell is in it.
    """
    looked = looked or looks((), cell.candidates)
    edges: list[Edge] = []
    for row, (node, source) in enumerate(cell.edge_list()):
        chosen = "" if kept is None else kept.get(node, {}).get(source, "")
        shares = [None] * len(cell.candidates) if alpha is None else softmax(alpha[row])
        operations = tuple(
            operation(c.name, looked[c.name], theme, share=share, kept=c.name == chosen)
            for c, share in zip(cell.candidates, shares, strict=True)
        )
        edges.append(Edge(source, node, open_edge(theme), operations, kept=bool(chosen)))
    return roles(CellView(cell.name, cell.inputs, tuple(n for n, _ in cell.edges), tuple(edges)), cell)


def open_edge(theme: Theme) -> Line:
    """The line of an edge with several candidates."""
    return Line(theme.muted, 1.2)


def derived(
    name: str, genotype: CellGenotype, theme: Theme, inputs: Sequence[str] = (), looked: Mapping[str, Look] | None = None
) -> CellView:
    """A cell with its chosen operations.

    Args:
        name: The cell's name.
        genotype: By node, its sources with their operations.
        theme: The colours.
        inputs: The cell's inputs in order; by default those that the genotype uses.
        looked: How the operations of all cells in the drawing are drawn; by default only this cell is in it.
    """
    looked = looked or looks(used_in([genotype]))
    edges = tuple(
        Edge(source, node, theme.candidate(looked[o]), (operation(o, looked[o], theme),))
        for node, terms in genotype.items()
        for source, o in terms.items()
    )
    return CellView(name, tuple(inputs) or inputs_of(genotype), nodes_of(genotype), edges)


def used_in(genotypes: Iterable[CellGenotype]) -> list[str]:
    """The operations of cells."""
    return [operation for genotype in genotypes for terms in genotype.values() for operation in terms.values()]


def definitions(cells: Iterable[Mapping[str, CandidateSpec]]) -> list[CandidateSpec]:
    """The candidates of several cells, each of its definitions once."""
    found: list[CandidateSpec] = []
    for candidates in cells:
        found += [c for c in candidates.values() if c not in found]
    return found


def meaning(name: str, known: Iterable[CandidateSpec]) -> str:
    """The definition of an operation, or those that cells have of one name."""
    found = dict.fromkeys(short_definition(c) for c in known if c.name == name and c.stages)
    return " or ".join(found) or "operation of an edge"


def roles(view: CellView, cell: CellSpec) -> CellView:
    """The view with what the cell's output is, and with the neuron of its nodes."""
    if cell.neuron is None:
        return replace(view, last=cell.output == "last", neuron=None, kind=Kind.REAL)
    kind = cell.neuron.result(Value(Kind.REAL, 1, ())).kind
    return replace(view, last=cell.output == "last", neuron=cell.neuron.model, kind=kind)


def inputs_of(genotype: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The sources that aren't nodes, most distant cell first: `prev3`, `prev2`, `prev`."""
    found = {source for terms in genotype.values() for source in terms if source not in genotype}

    def distance(name: str) -> tuple[int, str]:
        digits = name.removeprefix("prev")
        return -(int(digits) if digits.isdecimal() else 1), name

    return tuple(sorted(found, key=distance))


def nodes_of(genotype: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The nodes, each after its sources and otherwise by name and number, whatever their order in the genotype."""
    waiting, found = sorted(genotype, key=_natural), list[str]()
    while waiting:
        ready = next((n for n in waiting if not any(s in waiting for s in genotype[n] if s != n)), waiting[0])
        waiting.remove(ready)
        found.append(ready)
    return tuple(found)


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts n2 before n10."""
    return [(int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]


def draw(
    views: Sequence[CellView],
    theme: Theme,
    candidates: Mapping[str, Sequence[CandidateSpec]],
    *,
    name: str,
    notes: Sequence[str] = (),
) -> Drawing:
    """Draws cells, with a legend of their candidates."""
    drawing = Drawing(name, theme, **GIVEN)
    stack(drawing, views, theme, title=len(views) > 1)
    drawing.set(label=legend(_entries(views, theme, candidates), theme, notes))
    return drawing


def stack(drawing: Drawing, views: Sequence[CellView], theme: Theme, *, title: bool, top: float = 0) -> None:
    """Draws cells and the choices of networks below each other."""
    for view in views:
        draw_one = draw_rows if on_wires(view) else draw_cell
        top = draw_one(drawing, view, theme, top=top, title=title) + 2 * theme.size


def node_entries(views: Sequence[CellView], theme: Theme) -> list[Entry]:
    """The entries for inputs, nodes and the concatenation, if there is a cell."""
    view = next((view for view in views if not on_wires(view)), None)
    if view is None:
        return []
    border = theme.muted if view.quiet else theme.spike
    then = "" if view.neuron is None else ", then fires" if view.kind in SPIKES else f", then {view.neuron} without spikes"
    return [
        Entry(box_sample(Line(theme.muted, 1), theme.panel), "input, output" if view.last else "input, concatenation"),
        Entry(box_sample(Line(border, 1.3), theme.cell), f"node: sums its edges{then}"),
        Entry(line_sample(concatenation(view, theme)), "to the output" if view.last else "to the concatenation"),
        *([Entry(line_sample(later(theme)), "to the next time step")] if view.carried else []),
    ]


def _entries(views: Sequence[CellView], theme: Theme, candidates: Mapping[str, Sequence[CandidateSpec]]) -> list[Entry]:
    known = definitions({c.name: c for c in specs} for specs in candidates.values())
    names = [c.name for c in known]
    shown: list[Operation] = [o for v in views for e in v.edges for o in e.operations]
    used = {o.name: o for o in shown}
    several = any(len(e.operations) > 1 for v in views for e in v.edges)
    wires = all(map(on_wires, views))
    order = sorted(used.values(), key=lambda o: (names.index(o.name) if o.name in names else len(names), o.name))
    entries = [Entry(pill(o.name, None if several else o.line, o, theme), meaning(o.name, known)) for o in order if not wires]
    if several:
        frame = box_sample(Line(theme.ink, 1), theme.ground)
        entries.append(
            Entry(frame, "one of these branches")
            if wires
            else Entry(line_sample(open_edge(theme)), "edge with every candidate")
        )
    if any(o.share is not None for o in shown):
        entries.append(Entry(box_sample(Line(theme.panel, 1), theme.panel), "bar of a probability (alpha), up to 1"))
        entries.append(Entry(line_sample(Line(theme.ink, 1), upright=True), "chance: equal probabilities"))
    if any(o.kept for o in shown):
        entries.append(Entry(box_sample(Line(theme.ink, 2), theme.ground), "kept by decoding"))
    return [*entries, *node_entries(views, theme)]
