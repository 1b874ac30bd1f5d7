"""Architectures from files: genotypes, specs, and the folders of runs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.resolve import Resolved, resolve
from spikegraph.dsl.spec import Spec
from spikegraph.errors import NoArchitectureError
from spikegraph.genotype.architecture import Architecture, Sure, of_spec
from spikegraph.genotype.decode import Edge, cell_margins
from spikegraph.genotype.decode_path import path_margins
from spikegraph.genotype.decode_softmax import Matrix
from spikegraph.genotype.history import Epoch, search_epochs

MANIFEST, RESOLVED, GENOTYPE, JOURNAL = "manifest.json", "resolved.sdhs", "genotype.sdhs", "metrics.jsonl"
"""The files of a run's folder."""


def is_run(path: Path) -> bool:
    """Whether `path` is the folder of a run."""
    return (path / MANIFEST).is_file()


def read_architecture(path: Path, name: str | None = None) -> Architecture:
    """The architecture of a genotype file, of a spec that holds its own, or of a run that has one.

    Args:
        path: A `.sdhs` file, or a run's folder.
        name: For tables and legends; the file's or folder's name by default.

    Raises:
        SpecError: The file is wrong.
        NoArchitectureError: There is no architecture in it.
        HistoryError: The run's journal is no journal.
    """
    name = name or path.stem
    if path.is_dir():
        return _of_run(path, name)
    architecture = of_spec(name, _checked(resolve(path)))
    if not architecture.cells and not architecture.paths:
        raise NoArchitectureError(f"{path} holds no genotype and no path", "give a genotype file, or a run that has searched")
    return architecture


def _of_run(path: Path, name: str) -> Architecture:
    """The architecture of a run, with its candidates' definitions and its search's margins."""
    if not is_run(path):
        raise NoArchitectureError(f"{path} is not the folder of a run: it has no {MANIFEST}")
    genotype, spec = path / GENOTYPE, path / RESOLVED
    if not genotype.is_file():
        raise NoArchitectureError(f"the run {path} has no genotype yet", "its search writes one when it ends")
    declared = _checked(resolve(spec, genotype=genotype))
    architecture = of_spec(name, declared)
    epochs = search_epochs(path / JOURNAL)
    return architecture if not epochs else replace(architecture, sure=_sure(architecture, declared, epochs[-1]))


def _checked(resolved: Resolved) -> Spec:
    """The spec, where nothing is wrong with it."""
    if resolved.diagnostics.has_errors:
        raise SpecError(resolved.diagnostics)
    return resolved.spec


def _sure(architecture: Architecture, spec: Spec, epoch: Epoch) -> Sure:
    """The margins of an architecture's choices at the end of its search."""
    candidates: dict[tuple[str, str, str], float] = {}
    edges: dict[tuple[str, str, str], float | None] = {}
    for cell, alpha in epoch.ending("alpha").items():
        if cell in architecture.cells:
            _cell(cell, architecture, spec, alpha, candidates, edges)
    moves = {
        trellis: tuple(path_margins(beta, architecture.paths[trellis]))
        for trellis, beta in epoch.ending("beta").items()
        if trellis in architecture.paths
    }
    return Sure(candidates, edges, moves)


def _cell(
    name: str,
    architecture: Architecture,
    spec: Spec,
    alpha: Matrix,
    candidates: dict[tuple[str, str, str], float],
    edges: dict[tuple[str, str, str], float | None],
) -> None:
    """Adds the margins of one cell."""
    cell = spec.cells[name]
    order: Mapping[str, int] = {o: i for i, o in enumerate(architecture.candidates[name])}
    rows = [(node, source) for node, sources in cell.edges.items() for source in sources]
    chosen = [
        (k, order[architecture.cells[name][node][source]])
        for k, (node, source) in enumerate(rows)
        if source in architecture.cells[name][node]
    ]
    numbered = [Edge(list(cell.edges).index(node), source) for node, source in rows]
    without = [order[o] for o in cell.rank_without]
    margins = cell_margins(alpha, chosen, cell.nodes, len(cell.inputs), rank_without=without, edges=numbered)
    for (row, _), margin in zip(chosen, margins, strict=True):
        candidates[(name, *rows[row])] = margin.candidate
        edges[(name, *rows[row])] = margin.edge
