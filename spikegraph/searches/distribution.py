"""Draws architectures by the probabilities that architecture parameters give."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.random import Generator

from spikegraph.genotype.decode import strengths
from spikegraph.genotype.decode_path import trellis_probability
from spikegraph.genotype.decode_softmax import Cube, softmax
from spikegraph.genotype.searched import not_ranked, numbered_edges
from spikegraph.ir.cellspec import CellSpec
from spikegraph.searches.architecture import Architecture, Edge
from spikegraph.searches.cell_space import CellSpace

_DRAWS = 10_000
"""Draws after which no architecture within the limits of skips is expected any more."""


def draw(space: CellSpace, values: Mapping[str, Any], random: Generator) -> Architecture:
    """An architecture by the probabilities of architecture parameters.

    The edges of a node are drawn one after another without replacement, in proportion to the strengths by which decoding
    ranks them; the candidate of each by its softmax; each move of a path by the softmax at its position.

    Args:
        space: The space.
        values: The parameters by name, as nested lists, before the softmax.
        random: Random numbers.

    Raises:
        ValueError: The limits of skips seem to leave no architecture.
    """
    for _ in range(_DRAWS):
        edges = tuple(edge for cell in space.cells for edge in _edges(cell, values, random))
        found = Architecture(edges, tuple((path.name, _path(values[f"{path.name}.beta"], random)) for path in space.paths))
        if space.allows(found):
            return found
    raise ValueError("no architecture keeps within `max_skips`")


def _edges(cell: CellSpec, values: Mapping[str, Any], random: Generator) -> list[Edge]:
    names = [c.name for c in cell.candidates]
    alpha = values[f"{cell.name}.alpha"]
    strength = strengths(alpha, numbered_edges(cell), not_ranked(cell), values.get(f"{cell.name}.edges"))
    rows, found = cell.edge_list(), list[Edge]()
    for node, sources in cell.edges:
        afferent = [k for k, (to, _) in enumerate(rows) if to == node]
        share = _shares([strength[k] for k in afferent])
        drawn = random.choice(len(sources), size=min(cell.keep, len(sources)), replace=False, p=share)
        for edge in sorted(afferent[int(k)] for k in drawn):
            chosen = int(random.choice(len(names), p=softmax(alpha[edge])))
            found.append(Edge(cell.name, node, names[chosen], rows[edge][1]))
    return found


def _path(beta: Cube, random: Generator) -> tuple[int, ...]:
    path, level = list[int](), 0
    for layer in trellis_probability(beta):
        level += int(random.choice(3, p=layer[level])) - 1
        path.append(level)
    return tuple(path)


def _shares(values: Sequence[float]) -> list[float]:
    total = sum(values)
    return [value / total for value in values]
