"""The entry point of the backend: draws a graph, an architecture or a comparison."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from spikegraph.backends.graphviz import agreement, cell, diff, network, ops, trellis
from spikegraph.backends.graphviz.cell_view import CellView, looks
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.theme import Theme, theme
from spikegraph.backends.graphviz.units import ALL
from spikegraph.base.arguments import one_of
from spikegraph.base.errors import NotThereError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.surface import argument
from spikegraph.genotype.agreement import Agreement
from spikegraph.genotype.architecture import Architecture, CellGenotype
from spikegraph.genotype.decode_softmax import Cube, Matrix
from spikegraph.genotype.diff import Difference
from spikegraph.genotype.wire_choices import by_searched_cell, wires_of
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.graph import Graph
from spikegraph.ir.stage import Stage

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
    expand: Sequence[str] | None = None,
    only: Sequence[str] = (),
    dark: bool = False,
    paper: bool = False,
    note: str = "",
) -> Drawing:
    """Draws a subject; the result's `.source` is DOT text, and `.write(path)` saves a picture.

    Args:
        subject: A graph, an architecture, or a comparison of architectures, which ignores `level`.
        level: What to draw; by default `ops` for a lowered graph, `network` for another, `cell` for an architecture with cells.
        outline: For `ops`: the graph with one node per layer, which defines the layers.
        lowered: For `network`: the lowered graph, which shows which layers aren't spike-based.
        genotypes: For `cell` and a graph of stage `space`: the kept edges, to be marked.
        paths: For `trellis` and a graph: the chosen path of each trellis.
        alpha: For `cell`: logits [edges, candidates] of each cell.
        beta: For `trellis`: logits [layers, levels, 3] of each trellis.
        expand: Names of what is opened: for `network` blocks, repetitions, chains and lines of layers, for `ops` layers, cells
            and blocks; `all` opens everything. By default everything of a `network`, and nothing of `ops`.
        only: For `cell` and `trellis`: the names of those to draw; all by default.
        dark: Draw for a dark background.
        paper: Draw for a column of a paper, 252 points wide.
        note: A sentence below the drawing of a graph.

    Raises:
        NotThereError: The subject has no such level, or a name is unknown.
        ArgumentError: There is no such level.
    """
    if level is not None:
        one_of("level", level, get_args(Level))
    colours, notes = theme(dark=dark, paper=paper), [note] if note else []
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
            return network.draw(subject, colours, lowered, (ALL,) if expand is None else expand, notes)
        case "ops":
            return ops.draw(subject, colours, expand or (), outline, notes)
        case "cell":
            return _cells(subject, genotypes or {}, alpha or {}, only, colours, notes)
        case "trellis":
            return _trellises(subject, paths or {}, beta or {}, only, colours, notes)


def _cells(
    graph: Graph,
    genotypes: Mapping[str, CellGenotype],
    alpha: Mapping[str, Matrix],
    only: Sequence[str],
    colours: Theme,
    notes: Sequence[str],
) -> Drawing:
    """Draws the cells of a graph: every candidate at stage `space`, with kept edges marked; else the chosen operations."""
    found: dict[str, CellSpec] = {}
    chosen = by_searched_cell(genotypes)
    for node in graph:
        spec = node.op.searched()
        if spec is None:
            continue
        found.setdefault(spec.name, spec)
        nodes: dict[str, dict[str, str]] = {}
        for c in node.op.chosen() or ():
            nodes.setdefault(c.node, {})[c.source] = c.operation
        if nodes:
            chosen.setdefault(spec.name, nodes)
    wires = {} if graph.stage is Stage.SPACE else wires_of(graph.name, chosen)
    views: list[CellView] = []
    known = cell.definitions({c.name: c for c in spec.candidates} for spec in found.values())
    looked = looks(cell.used_in([*chosen.values(), *wires.values()]), known)
    for name in _wanted([*found, *wires], only, "cell", graph.name):
        if name in wires:
            views.append(cell.derived(name, wires[name], colours, looked=looked))
            continue
        spec = found[name]
        if name in chosen and graph.stage is not Stage.SPACE:
            views.append(cell.roles(cell.derived(name, chosen[name], colours, spec.inputs, looked), spec))
        else:
            views.append(cell.space(spec, colours, alpha.get(name), chosen.get(name), looked))
    return cell.draw(views, colours, {n: found[n].candidates for n in found}, name=graph.name, notes=notes)


def _trellises(
    graph: Graph,
    paths: Mapping[str, Sequence[int]],
    beta: Mapping[str, Cube],
    only: Sequence[str],
    colours: Theme,
    notes: Sequence[str],
) -> Drawing:
    """Draws the trellises of a graph of stage `space`."""
    found = trellis.of_graph(graph)
    views = [
        trellis.of_space(graph, *found[name], colours, paths.get(name, ()), beta.get(name))
        for name in _wanted(list(found), only, "trellis", graph.name)
    ]
    relative = "Fractions are resolutions relative to the network's input."
    betas = any(name in beta for name in found)
    return trellis.draw(views, colours, name=graph.name, betas=betas, notes=[*notes, relative])


def _architecture(subject: Architecture, level: Level | None, only: Sequence[str], colours: Theme) -> Drawing:
    """Draws the cells or paths of a genotype file; other levels need a spec."""
    level = level or ("cell" if subject.cells else "trellis")
    if level == "cell":
        names = _wanted(sorted(subject.cells), only, "cell", subject.name)
        known = {name: [*subject.candidates.get(name, {}).values()] for name in names}
        every = cell.definitions({c.name: c for c in of} for of in known.values())
        looked = looks(cell.used_in(subject.cells[name] for name in names), every)
        views = [cell.derived(name, subject.cells[name], colours, (), looked) for name in names]
        return cell.draw(views, colours, known, name=subject.name)
    if level == "trellis":
        shown = [
            trellis.view(name, len(path), max(path) + 1, colours, path, notes=trellis.relative(max(path) + 1))
            for name, path in ((n, subject.paths[n]) for n in _wanted(sorted(subject.paths), only, "trellis", subject.name))
        ]
        note = "Fractions are resolutions relative to the trellis's input."
        return trellis.draw(shown, colours, name=subject.name, betas=False, notes=[note])
    raise NotThereError(
        f"{subject.name} has only genotypes and paths, so level `{level}` can't be drawn",
        f"give the spec, and this file as {argument('genotype')}",
    )


def _wanted(names: list[str], only: Sequence[str], what: str, where: str) -> list[str]:
    """The names in `only`, or all names.

    Raises:
        NotThereError: There are no names, or one in `only` is unknown.
    """
    if not names:
        raise NotThereError(f"{where} has no {what}", f"choose another {argument('level')}")
    for name in only:
        if name not in names:
            raise NotThereError(f"{where} has no {what} `{name}`", did_you_mean(name, names) or f"it has {listed(names)}")
    return [n for n in names if not only or n in only]
