"""Reads architectures from genotype files, specs and run folders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from spikegraph.base.errors import NoArchitectureError, RunFolderError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.resolve import Resolved, resolve
from spikegraph.dsl.spec import Spec
from spikegraph.genotype.architecture import Architecture, Margins, of_spec
from spikegraph.genotype.decisions import chosen_by_alpha
from spikegraph.genotype.decode import Edge, cell_margins
from spikegraph.genotype.decode_path import path_margins
from spikegraph.genotype.decode_softmax import Matrix
from spikegraph.genotype.wire_margins import wire_margins
from spikegraph.ir.ops.choose import SOURCE
from spikegraph.runs.entries import EpochEntry
from spikegraph.runs.record import read_run


def read_architecture(path: Path, name: str | None = None) -> Architecture:
    """Reads the architecture in a genotype file, a spec with genotypes, or a run.

    Args:
        path: A `.sdhs` file or a run folder.
        name: Name for tables and legends; by default the name of the file or folder.

    Raises:
        SpecError: The file has errors.
        NoArchitectureError: The file or run has no architecture.
        RunFolderError: The folder is not a run folder, or a file in it is damaged.
    """
    name = name or path.stem
    if path.is_dir():
        return _of_run(path, name)
    architecture = of_spec(name, _checked(resolve(path)))
    if not architecture.cells and not architecture.paths:
        raise NoArchitectureError(f"{path} has no genotype or path", "give a genotype file, or a run with a finished search")
    return architecture


def _of_run(path: Path, name: str) -> Architecture:
    """Reads the architecture of a run, with definitions of candidates and margins of the search."""
    run = read_run(path)
    if run.genotype is None:
        spec = None if run.resolved is None else _checked(resolve(run.folder.resolved))
        searched = any(entry.phase == "search" for entry in run.entries)
        if spec is not None and spec.search is None and spec.retrain is not None and not searched:
            raise NoArchitectureError(f"the run {path} has no search, so it has no genotype", "`spikegraph show` compares runs")
        raise NoArchitectureError(f"the run {path} has no genotype yet", "its search writes one when it ends")
    declared = _checked(resolve(run.folder.resolved, genotype=run.folder.genotype))
    architecture = of_spec(name, declared)
    if unknown := [cell for cell in architecture.cells if cell not in declared.cells and cell not in declared.networks]:
        summary = f"has no cell `{unknown[0]}`, which the run's genotype is for"
        raise RunFolderError(summary, "restore the file, or start a new run in another folder", path=run.folder.resolved)
    if not run.search_epochs or not chosen_by_alpha(declared):
        return architecture
    try:
        return replace(architecture, margins=_margins(architecture, declared, run.search_epochs[-1]))
    except ValueError as error:
        raise RunFolderError(f"the journal does not fit the run's spec: {error}", path=run.folder.metrics) from error


def _checked(resolved: Resolved) -> Spec:
    """The spec; raises its errors."""
    if resolved.diagnostics.has_errors:
        raise SpecError(resolved.diagnostics)
    return resolved.spec


def _margins(architecture: Architecture, spec: Spec, epoch: EpochEntry) -> Margins:
    """The margins of an architecture's choices at the end of its search."""
    candidates: dict[tuple[str, str, str], float] = {}
    edges: dict[tuple[str, str, str], float | None] = {}
    for cell, alpha in epoch.alpha.items():
        if cell in architecture.cells:
            _cell(cell, architecture, spec, alpha, epoch.edges.get(cell), candidates, edges)
    for network in architecture.cells.keys() - spec.cells.keys():
        chosen = {place: edges_of[SOURCE] for place, edges_of in architecture.cells[network].items()}
        for place, margin in wire_margins(spec, network, chosen, epoch.alpha).items():
            candidates[network, place, SOURCE], edges[network, place, SOURCE] = margin, None
    moves = {
        trellis: tuple(path_margins(beta, architecture.paths[trellis]))
        for trellis, beta in epoch.beta.items()
        if trellis in architecture.paths
    }
    return Margins(candidates, edges, moves)


def _cell(
    name: str,
    architecture: Architecture,
    spec: Spec,
    alpha: Matrix,
    weights: Sequence[float] | None,
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
    inputs = len(cell.inputs)
    margins = cell_margins(alpha, chosen, cell.nodes, inputs, rank_without=without, edges=numbered, weights=weights)
    for (row, _), margin in zip(chosen, margins, strict=True):
        candidates[(name, *rows[row])] = margin.candidate
        edges[(name, *rows[row])] = margin.edge
