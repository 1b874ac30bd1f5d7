"""The backend's one function: from a graph, an architecture or a comparison to a diagram."""

from collections.abc import Mapping, Sequence
from typing import Literal

from spikegraph.backends.graphviz import agreement, cell, diff, network, ops, trellis
from spikegraph.backends.graphviz.cells import CellView
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.theme import Theme, theme
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.errors import NotThereError
from spikegraph.genotype.agreement import Agreement
from spikegraph.genotype.architecture import Architecture, CellGenotype
from spikegraph.genotype.decode_softmax import Cube, Matrix
from spikegraph.genotype.diff import Difference
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.graph import Graph
from spikegraph.ir.legality import Stage
from spikegraph.ir.ops.composite import Cell, Trellis

Level = Literal["network", "trellis", "cell", "ops"]
Subject = Graph | Architecture | Difference | Agreement


def render(
    subject: Subject,
    level: Level | None = None,
    *,
    outline: Graph | None = None,
    lowered: Graph | None = None,
    genotypes: Mapping[str, CellGenotype] | None = None,
    paths: Mapping[str, Sequence[int]] | None = None,
    alpha: Mapping[str, Matrix] | None = None,
    beta: Mapping[str, Cube] | None = None,
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
) -> Drawing:
    """The diagram of a subject; `.source` is its DOT text, `.write(path)` makes a picture of it.

    Args:
        subject: A graph, an architecture, or a comparison of architectures, which has one level only.
        level: What is drawn. By default `ops` of a lowered graph, `network` of another, `cell` of an architecture with cells.
        outline: Of `ops`: the graph with one node for a layer, which says what the layers are.
        lowered: Of `network`: what it is lowered to, so that places that aren't spike-based are known to the operation.
        genotypes: Of `cell` and a graph of stage `space`: the edges that are kept, to be marked among all.
        paths: Of `trellis` and a graph: the chosen paths by trellis.
        alpha: Of `cell`: per cell [edges, candidates], before the softmax.
        beta: Of `trellis`: per trellis [layers, levels, 3], before the softmax.
        expand: Of `ops`: the layers, cells or blocks whose operations are shown; `all` opens every one.
        only: Of `cell` and `trellis`: the names of those that are drawn.
        dark: Whether the ground is dark.

    Raises:
        NotThereError: The subject has nothing of this level, or of a name that is asked for.
    """
    colours = theme(dark=dark)
    match subject:
        case Difference():
            return diff.draw(subject, colours)
        case Agreement():
            return agreement.draw(subject, colours)
        case Architecture():
            return _architecture(subject, level, only, colours)
        case Graph():
            level = level or ("ops" if subject.stage is Stage.LOWERED else "network")
    match level:
        case "network":
            return network.draw(subject, colours, lowered)
        case "ops":
            return ops.draw(subject, colours, expand, outline)
        case "cell":
            return _cells(subject, genotypes or {}, alpha or {}, only, colours)
        case "trellis":
            return _trellises(subject, paths or {}, beta or {}, only, colours)


def _cells(
    graph: Graph, genotypes: Mapping[str, CellGenotype], alpha: Mapping[str, Matrix], only: Sequence[str], colours: Theme
) -> Drawing:
    """The cells of a graph: open at stage `space`, with what is kept of them marked, else as they are chosen."""
    found: dict[str, CellSpec] = {}
    chosen: dict[str, CellGenotype] = dict(genotypes)
    for node in graph:
        if isinstance(node.op, Cell | Trellis):
            found.setdefault(node.op.cell.name, node.op.cell)
        if isinstance(node.op, Cell) and node.op.genotype is not None:
            nodes: dict[str, dict[str, str]] = {}
            for c in node.op.genotype:
                nodes.setdefault(c.node, {})[c.source] = c.operation
            chosen.setdefault(node.op.cell.name, nodes)
    views: list[CellView] = []
    for name in _wanted(list(found), only, "cell", graph.name):
        spec = found[name]
        if name in chosen and graph.stage is not Stage.SPACE:
            views.append(cell.derived(name, chosen[name], colours, spec.inputs, spec.candidates))
        else:
            views.append(cell.space(spec, colours, alpha.get(name), chosen.get(name)))
    weighed = any(name in alpha and not (name in chosen and graph.stage is not Stage.SPACE) for name in found)
    notes = ["The width of an edge, and the number on it, are its probability (alpha)."] if weighed else []
    return cell.draw(views, colours, {n: found[n].candidates for n in found}, name=graph.name, notes=notes)


def _trellises(
    graph: Graph, paths: Mapping[str, Sequence[int]], beta: Mapping[str, Cube], only: Sequence[str], colours: Theme
) -> Drawing:
    """The trellises of a graph of stage `space`."""
    found = trellis.of_graph(graph)
    views = [
        trellis.of_space(*found[name], colours, paths.get(name, ()), beta.get(name))
        for name in _wanted(list(found), only, "trellis", graph.name)
    ]
    return trellis.draw(views, colours, name=graph.name, betas=any(name in beta for name in found))


def _architecture(subject: Architecture, level: Level | None, only: Sequence[str], colours: Theme) -> Drawing:
    """Cells or paths of a genotype file; what a network is takes a spec."""
    level = level or ("cell" if subject.cells else "trellis")
    if level == "cell":
        names = _wanted(list(subject.cells), only, "cell", subject.name)
        known = {name: [*subject.candidates.get(name, {}).values()] for name in names}
        views = [cell.derived(name, subject.cells[name], colours, (), known[name]) for name in names]
        return cell.draw(views, colours, known, name=subject.name)
    if level == "trellis":
        shown = [
            trellis.view(name, len(path), max(path) + 1, colours, path)
            for name, path in ((n, subject.paths[n]) for n in _wanted(list(subject.paths), only, "trellis", subject.name))
        ]
        return trellis.draw(shown, colours, name=subject.name, betas=False)
    raise NotThereError(
        f"{subject.name} holds genotypes and paths only, so it has no diagram of level `{level}`",
        "give the spec, and this file with --genotype",
    )


def _wanted(names: list[str], only: Sequence[str], what: str, where: str) -> list[str]:
    """The names in `only`, or all.

    Raises:
        NotThereError: There is none, or one isn't there.
    """
    if not names:
        raise NotThereError(f"{where} has no {what}", "choose another --level")
    for name in only:
        if name not in names:
            raise NotThereError(f"{where} has no {what} `{name}`", did_you_mean(name, names) or f"it has {listed(names)}")
    return [n for n in names if not only or n in only]
