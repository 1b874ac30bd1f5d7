"""How far the genotypes of many runs agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from spikegraph.base.errors import RunFolderError, UserError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.genotype_text import read_canonical
from spikegraph.dsl.loader import load_text
from spikegraph.dsl.resolve import resolve_source
from spikegraph.genotype.agreement import Agreement, agree, distance
from spikegraph.genotype.architecture import Architecture, of_spec
from spikegraph.overview.listed import Listed
from spikegraph.program.networks import network_of, same_operations
from spikegraph.program.program import Program
from spikegraph.program.run_program import run_program

MOST_BUILT = 64
"""The most different genotypes of comparable runs whose networks are built, which takes about 50 ms each."""


@dataclass(frozen=True)
class Agreeing:
    """The genotypes of runs whose cells, trellises, candidates and neurons are declared alike.

    Attributes:
        runs: The runs, at least two.
        agreement: The agreement of their genotypes, in this order.
        distinct: The number of different genotypes; those of one network are one, if the networks are known.
        common: The number of runs that have the most frequent one.
        differences: For each run, the number of choices that differ from the consensus.
        networks: Whether the networks are known: the spec can be read, and at most `MOST_BUILT` genotypes differ.
    """

    runs: tuple[Listed, ...]
    agreement: Agreement
    distinct: int
    common: int
    differences: tuple[int, ...]
    networks: bool

    @property
    def mean_difference(self) -> float:
        """The mean number of choices that differ from the consensus."""
        return sum(self.differences) / len(self.differences)


def agreements(runs: Sequence[Listed], damaged: Callable[[str], None] = lambda _: None) -> list[Agreeing]:
    """The agreement of the runs' genotypes, the largest group of comparable runs first.

    Args:
        runs: The runs; those without a genotype are left out.
        damaged: Is told which genotypes can't be read.
    """
    groups: dict[object, list[tuple[Listed, Architecture]]] = {}
    known: dict[str, Architecture | None] = {}
    for run in runs:
        try:
            text = run.run.genotype
        except RunFolderError as error:
            damaged(error.message)
            continue
        if text is None:
            continue
        if text not in known:
            known[text] = _architecture(text)
        architecture = known[text]
        if architecture is None:
            damaged(f"{run.run.folder.genotype} has errors; `spikegraph check` shows them")
        elif architecture.cells or architecture.paths:
            groups.setdefault(run.settings.space, []).append((run, replace(architecture, name=str(run.path))))
    found = [_agreeing(_with_same(of)) for of in groups.values() if len(of) > 1]
    return sorted(found, key=lambda a: -len(a.runs))


def _with_same(of: Sequence[tuple[Listed, Architecture]]) -> list[tuple[Listed, Architecture]]:
    """The architectures with their networks, and with the operations that are one in them, by the spec of the first run.

    They are as they were where that can't be read.
    """
    try:
        program = run_program(of[0][0].run)
        same, networks = same_operations(program), _networks(program, of)
    except (SpecError, UserError):
        return list(of)
    return [(run, replace(a, same=same, network=networks.get(_content(a)))) for run, a in of]


def _networks(program: Program, of: Sequence[tuple[Listed, Architecture]]) -> Mapping[object, str]:
    """The networks of architectures by their choices; empty if too many differ, or the spec has no network."""
    texts = {_content(architecture): run.run.genotype or "" for run, architecture in of}
    if len(texts) > MOST_BUILT or not program.spec.networks:
        return {}
    return {content: network_of(program, text) for content, text in texts.items()}


def _architecture(text: str) -> Architecture | None:
    choices = read_canonical(text)
    if choices is not None:
        return Architecture("", choices.cells, choices.paths)
    resolved = resolve_source(load_text(text, "genotype.sdhs"))
    return None if resolved.diagnostics.has_errors else of_spec("", resolved.spec)


def _agreeing(of: Sequence[tuple[Listed, Architecture]]) -> Agreeing:
    agreement = agree([architecture for _, architecture in of])
    counts = Counter(_content(a) for a in agreement.architectures)
    differ: dict[object, int] = {}
    for a in agreement.architectures:
        if _content(a) not in differ:
            differ[_content(a)] = distance(agreement.consensus, a)
    differences = tuple(differ[_content(a)] for a in agreement.architectures)
    known = all(a.network is not None for a in agreement.architectures)
    return Agreeing(tuple(run for run, _ in of), agreement, len(counts), max(counts.values()), differences, known)


def _content(a: Architecture) -> object:
    """Equal for equal choices, whatever the order of terms."""
    edges = frozenset((c, n, s, o) for c, nodes in a.cells.items() for n, terms in nodes.items() for s, o in terms.items())
    return edges, frozenset(a.paths.items())
