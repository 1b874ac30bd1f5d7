"""The margins of a search's decisions, from the alpha and beta at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spikegraph.genotype.decisions import chosen_by_alpha, decision_margins
from spikegraph.genotype.searched import decoded
from spikegraph.runs.entries import EpochEntry
from spikegraph.runs.journal import read_journal
from spikegraph.searches.architecture import Architecture

if TYPE_CHECKING:
    from spikegraph.backends.torch.train.log import RunLog
    from spikegraph.program.program import Program


def margins_of(program: Program, found: Architecture, log: RunLog) -> dict[str, float]:
    """The margins by decision; empty if it wasn't alpha and beta that decided."""
    entries = read_journal(log.folder.metrics) if log.processes.main and chosen_by_alpha(program.spec) else []
    epochs = [e for e in entries if isinstance(e, EpochEntry) and e.phase == "search" and e.architecture]
    margins: dict[str, float] = {}
    if epochs:
        graph, values = program.build("search").space, epochs[-1].architecture
        genotypes, paths = decoded(graph, values)
        if Architecture.of(genotypes, paths) == found:
            margins = {what: round(m, 6) for what, m in decision_margins(graph, values, genotypes, paths).items()}
    return log.processes.broadcast(margins)
