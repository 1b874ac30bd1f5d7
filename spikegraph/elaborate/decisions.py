"""Checks that the genotype of a network decides the choices on its wires."""

from collections.abc import Mapping

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.spec import Genotype
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.choose import Choose


def check_decisions(genotype: Genotype, graph: Graph, params: Mapping[str, tuple[str, ...]], diagnostics: Diagnostics) -> None:
    """Adds an error for each choice that the genotype leaves out, and for each place and branch that the network lacks.

    `params` are the values of the params that a search decides.
    """
    branches = {**params, **{op.place: op.branches for op in graph.of(Choose).values()}}
    before = diagnostics.reports
    for place, terms in genotype.nodes.items():
        if place not in branches:
            span = genotype.places.get(place, genotype.span)
            summary = f"network `{genotype.cell}` has no choice `{place}`"
            help = did_you_mean(place, branches) or f"its choices are {listed(branches, last='and') or 'none'}"
            diagnostics.error("SG0403", span, summary, help=help, fixes=rename(span, place, branches))
            continue
        for term in terms:
            if term.operation not in branches[place]:
                known = branches[place]
                summary = f"`{term.operation}` is not a branch of the choice `{place}`"
                help = did_you_mean(term.operation, known) or f"its branches are {listed(known, last='and')}"
                diagnostics.error("SG0405", term.span, summary, help=help, fixes=rename(term.span, term.operation, known))
    missing = [place for place in branches if place not in genotype.nodes]
    if missing and diagnostics.reports == before:  # otherwise a name is probably wrong
        summary = f"the genotype of `{genotype.cell}` leaves out {listed(missing, last='and')}"
        help = f"its choices are {listed(branches, last='and')}"
        diagnostics.error("SG0402", genotype.span, summary, help=help)
