"""Choices on wires in genotypes.

A genotype file has one block for all choices of a network, `genotype NET { b1 = c3  b2 = skip }`. A search treats each of them
as a cell of its own, `NET.b1`, with one node, `b1`, and one edge without a source.
"""

from collections.abc import Iterable, Mapping

from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Genotype, Term


def split(genotypes: Iterable[Genotype]) -> list[Genotype]:
    """Genotypes as a search has them: one for each choice on a wire."""
    found: list[Genotype] = []
    for genotype in genotypes:
        cell = {node: terms for node, terms in genotype.nodes.items() if not on_wire(terms)}
        if cell:
            found.append(Genotype(genotype.cell, cell, genotype.span))
        for place, terms in genotype.nodes.items():
            if on_wire(terms):
                found.append(Genotype(f"{genotype.cell}.{place}", {place: terms}, genotype.span))
    return found


def joined(genotypes: Iterable[Genotype]) -> list[Genotype]:
    """Genotypes as a file has them: one for all choices of a network."""
    nodes: dict[str, dict[str, tuple[Term, ...]]] = {}
    spans: dict[str, Span] = {}
    for genotype in genotypes:
        for node, terms in genotype.nodes.items():
            name = genotype.cell.removesuffix(f".{node}") if on_wire(terms) else genotype.cell
            nodes.setdefault(name, {})[node] = terms
            spans.setdefault(name, genotype.span)
    return [Genotype(name, of, spans[name]) for name, of in nodes.items()]


def on_wire(terms: tuple[Term, ...]) -> bool:
    """Whether the terms are the branch of a choice on a wire."""
    return len(terms) == 1 and not terms[0].source


def by_searched_cell(cells: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """Chosen edges, by cell, node and source, as a search has them: `NET.b1` for a choice on a wire."""
    found: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for cell, nodes in cells.items():
        wires = {node: edges for node, edges in nodes.items() if "" in edges}
        found |= {f"{cell}.{place}": {place: edges} for place, edges in wires.items()}
        if len(wires) < len(nodes):
            found[cell] = nodes
    return found


def wires_of(network: str, chosen: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """Of chosen edges by searched cell the choices on a network's wires."""
    return {k: of for k, of in chosen.items() if k.startswith(f"{network}.") and any("" in edges for edges in of.values())}


def decision(cell: str, node: str, operation: str, source: str) -> str:
    """A decision as text: `normal.n0 = c3(prev)`; for a choice on a wire `net.b1 = c3`. `cell` is the searched cell."""
    return f"{cell}.{node} = {operation}({source})" if source else f"{cell} = {operation}"
