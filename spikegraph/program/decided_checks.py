"""Checks a retraining by genotypes that its search may find, so that a long search doesn't end in an error of the spec."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics
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
from spikegraph.program.weight_checks import CODE

LOSS = "SG0316"
"""The code of what is wrong with a loss or a penalty."""


def check_decided(resolved: Resolved, spaces: Mapping[Use, Elaborated | None]) -> None:
    """Adds the errors of a retraining's penalties and frozen weights that the networks of the first and last candidates have.

    Args:
        resolved: A sound spec.
        spaces: The graphs of what it says, by the uses of its network.
    """
    spec, run = resolved.spec, resolved.spec.retrain
    if spec.search is None or run is None or spec.genotypes or spec.paths or resolved.broken:
        return
    if not run.freeze and all(loss.penalty is None for loss in run.loss):
        return
    searched = [found.graph for use in uses(spec, "search") if (found := spaces.get(use)) is not None]
    if not searched:
        return
    first, last = (_errors(resolved, searched[0], last=each) for each in (False, True))
    both = {(wrong.code, wrong.span) for wrong in last}
    for wrong in first:
        if (wrong.code, wrong.span) in both:
            summary = f"with what the search may find, {wrong.summary}"
            resolved.diagnostics.error(wrong.code, wrong.span, summary, help=wrong.help, labels=wrong.labels)


def _errors(resolved: Resolved, graph: Graph, *, last: bool) -> list[Diagnostic]:
    """What is wrong with penalties and frozen weights where each choice takes its first candidate, or its last one."""
    found = Diagnostics()
    decided = Resolved(_decided(resolved.spec, graph, last=last), resolved.file, found, resolved.broken)
    for use in uses(resolved.spec, "retrain"):
        made = space(decided, use) if use.kind == "retrain" else None
        if made is not None:
            phases.build(decided, use, "retrain", made.graph, None, None, wanted=False)
    errors = [wrong for wrong in found if wrong.severity == "error" and wrong.span.file != NOWHERE.file]
    return [wrong for wrong in errors if wrong.code in (LOSS, CODE)]


def _decided(spec: Spec, graph: Graph, *, last: bool) -> Spec:
    """The spec with the genotypes and paths in which each choice takes its first candidate, or its last one."""
    values = {name: _values(found.shape, last) for name, found in architecture_of(graph).items()}
    genotypes, paths = decoded(graph, values)
    params = (genotype_of(cell, [_values((len(cell.candidates),), last)]) for cell in param_cells(spec))
    genotypes = joined((*split(genotypes), *params))
    return replace(spec, genotypes={each.cell: each for each in genotypes}, paths={each.trellis: each for each in paths})


def _values(shape: Sequence[int], last: bool) -> list[Any]:
    """Equal numbers, of which the first wins, or rising ones, of which the last does."""
    count, *rest = shape
    return [_values(rest, last) if rest else float(k * last) for k in range(count)]
