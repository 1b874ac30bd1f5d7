"""Skips in decoded cells: a limit on their number, and a warning if most edges of a cell are skips."""

from collections.abc import Callable, Collection, Sequence

from spikegraph.dsl.spec import Genotype
from spikegraph.genotype.decode_softmax import Matrix, softmax

Kept = list[tuple[int, int]]
"""Pairs (edge, candidate) by ascending edge."""

Decode = Callable[[Collection[tuple[int, int]]], Kept]
"""Decodes a cell with some pairs (edge, candidate) excluded."""


def limit_skips(most: int, skips: Collection[int], alpha: Matrix, decode: Decode) -> Kept:
    """Decodes a cell with at most `most` skips.

    While there are more, the kept skip of lowest probability is excluded and the cell is decoded again: its edge competes
    with its next best candidate. Of equal skips the later edge is excluded.

    Args:
        most: Maximum number of skips.
        skips: Indices of the candidates that are skips.
        alpha: Architecture parameters before the softmax, [edges, candidates].
        decode: Decodes alpha.

    Raises:
        ValueError: Every candidate is a skip.
    """
    if set(skips) >= set(range(len(alpha[0]))):
        raise ValueError("every candidate is a skip, so their number can't be limited")
    probability = [softmax(row) for row in alpha]
    without: set[tuple[int, int]] = set()
    while True:
        kept = decode(without)
        found = [(edge, candidate) for edge, candidate in kept if candidate in skips]
        if len(found) <= most:
            return kept
        without.add(min(found, key=lambda choice: (probability[choice[0]][choice[1]], -choice[0])))


def mostly_skips(genotypes: Sequence[Genotype], skips: dict[str, Collection[str]]) -> list[str]:
    """A warning for each cell with more than half of its kept edges skips: such a cell computes little.

    Args:
        genotypes: Decoded cells.
        skips: Names of the candidates that are skips, by cell.
    """
    lines: list[str] = []
    for genotype in genotypes:
        operations = [term.operation for terms in genotype.nodes.values() for term in terms]
        count = sum(operation in skips[genotype.cell] for operation in operations)
        if 2 * count > len(operations):
            edges = f"{count} of the {len(operations)} edges of cell `{genotype.cell}`"
            lines.append(f"{edges} are skips; the cell's `max_skips` limits them")
    return lines
