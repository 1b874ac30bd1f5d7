"""Imports cells of NAS-Bench-201 (Dong and Yang, ICLR 2020): `|nor_conv_3x3~0|+|none~0|skip_connect~1|+...`."""

import re
from collections.abc import Sequence

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.source import SourceFile
from spikegraph.genotype.imported import Cell, Edge, Imported

CELL = "cell"
"""Name of the cell in the language, unless another is given."""

OPERATIONS = {"nor_conv_3x3": "c3", "nor_conv_1x1": "c1", "avg_pool_3x3": "avg", "skip_connect": "skip", "none": "zero"}
"""The five operations, with their names in the language."""

_ARCHITECTURE = re.compile(r"\|[^\s+]+\|(?:\+\|[^\s+]+\|)*")
_TERM = re.compile(r"(?P<operation>[A-Za-z_]\w*)~(?P<source>\d{1,3})\Z")


def read_nasbench201(found: Imported, source: SourceFile, cells: Sequence[str] = ()) -> None:
    """Reads the cell of an architecture string: for each node `|OPERATION~SOURCE|...|`, joined by `+`.

    Source 0 is the cell's input, `prev`; source k is node k, which is called `n(k - 1)`.

    Args:
        found: Receives the cell and errors.
        source: The text; what is around the string is ignored.
        cells: The name of the cell; by default `cell`.
    """
    matches = list(_ARCHITECTURE.finditer(source.text))
    if len(matches) != 1:
        at = matches[1].start() if matches else 0
        many = f"the text has {len(matches)} architecture strings" if matches else "the text has no architecture string"
        found.refuse(source.span(at, at + 1), many, "give one, such as `|nor_conv_3x3~0|+|none~0|skip_connect~1|`")
        return
    text, start = matches[0][0], matches[0].start()
    if len(cells) > 1:
        found.refuse(
            source.span(start, start + len(text)), f"an architecture string has one cell, but {len(cells)} names are given"
        )
        return
    nodes: list[tuple[Edge, ...]] = []
    at, sound = start, True
    for number, part in enumerate(text.split("+")):
        edges, sources = list[Edge](), set[int]()
        inside = at + 1
        for term in part[1:-1].split("|"):
            edge = _edge(found, source, term, inside, number, sources)
            if edge is not None:
                edges.append(edge)
            sound = sound and edge is not None
            inside += len(term) + 1
        nodes.append(tuple(edges))
        at += len(part) + 1
    if sound:
        found.cells.append(Cell(cells[0] if cells else CELL, tuple(nodes), source.span(start, start + len(text))))


def _edge(found: Imported, source: SourceFile, term: str, at: int, node: int, sources: set[int]) -> Edge | None:
    """The edge of `OPERATION~SOURCE` at an offset of the text; None after an error."""
    span = source.span(at, at + max(len(term), 1))
    match = _TERM.match(term)
    if match is None:
        found.refuse(span, f"`{term}` is not an operation and its source", "such as `nor_conv_3x3~0`")
        return None
    operation, number = match["operation"], int(match["source"])
    if operation not in OPERATIONS:
        help = did_you_mean(operation, OPERATIONS) or f"the operations are {listed(OPERATIONS, last='and')}"
        found.refuse(span, f"NAS-Bench-201 has no operation `{operation}`", help)
        return None
    if number > node:
        found.refuse(span, f"node {node + 1} has the sources 0 to {node}, not {number}")
        return None
    if number in sources:
        found.refuse(span, f"node {node + 1} uses source {number} twice", "its edges need different sources")
        return None
    sources.add(number)
    return Edge(operation, "prev" if number == 0 else f"n{number - 1}", span)
