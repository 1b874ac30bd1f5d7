"""Checks a retraining by a genotype that its search may find, so that a long search doesn't end in an error of the spec."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.resolve import Resolved
from spikegraph.dsl.spec import Spec
from spikegraph.elaborate.build import Elaborated
from spikegraph.genotype.searched import NOWHERE, decoded, genotype_of
from spikegraph.genotype.searched_params import param_cells
from spikegraph.genotype.wire_choices import joined, split
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.graph import Graph
from spikegraph.program import phases
from spikegraph.program.elaborated import Use, space, uses


def check_decided(resolved: Resolved, spaces: Mapping[Use, Elaborated | None]) -> None:
    """Adds the errors of a retraining's penalties and frozen weights, which only a decided network shows.

    Args:
        resolved: A sound spec.
        spaces: The graphs of what it says, by the uses of its network.
    """
    spec, run = resolved.spec, resolved.spec.retrain
    if spec.search is None or run is None or spec.genotypes or spec.paths or resolved.broken:
        return
    if not run.freeze and all(loss.penalty is None for loss in run.loss):
        return
    searched = [found for use in uses(spec, "search") if (found := spaces.get(use)) is not None]
    found = Diagnostics()
    for use in (use for use in uses(spec, "retrain") if use.kind == "retrain" and searched):
        decided = Resolved(_decided(spec, searched[0].graph), resolved.file, found, resolved.broken)
        made = space(decided, use)
        if made is not None:
            phases.build(decided, use, "retrain", made.graph, None, None, wanted=True)
    for wrong in (d for d in found if d.severity == "error" and d.span.file != NOWHERE.file):
        summary = f"with what the search may find, {wrong.summary}"
        resolved.diagnostics.error(wrong.code, wrong.span, summary, help=wrong.help, labels=wrong.labels)


def _decided(spec: Spec, graph: Graph) -> Spec:
    """The spec with the genotypes and paths of equal architecture parameters."""
    values = {name: _zeros(found.shape) for name, found in architecture_of(graph).items()}
    genotypes, paths = decoded(graph, values)
    params = (genotype_of(cell, [[0.0] * len(cell.candidates)]) for cell in param_cells(spec))
    genotypes = joined((*split(genotypes), *params))
    return replace(spec, genotypes={each.cell: each for each in genotypes}, paths={each.trellis: each for each in paths})


def _zeros(shape: Sequence[int]) -> list[object]:
    """Nested lists of zeros."""
    return [0.0] * prod(shape) if len(shape) == 1 else [_zeros(shape[1:]) for _ in range(shape[0])]
