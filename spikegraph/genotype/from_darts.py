"""Imports genotypes of DARTS: `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), ...)`."""

import ast
import re
from collections.abc import Sequence
from typing import NamedTuple

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.source import SourceFile
from spikegraph.genotype.imported import KEPT, Cell, Edge, Imported
from spikegraph.genotype.literals import NotPythonError, Piece, parsed, whole

NAMES = {"normal": "normal", "reduce": "reduction"}
"""Names of the cells in the language."""

POSITIONS: tuple[str, ...] = ("normal", "normal_concat", "reduce", "reduce_concat")

OPERATIONS = {"skip_connect": "skip"}
"""Operations with other names in the language."""

_START = re.compile(r"\bGenotype\w*\s*\(")
_NAME = re.compile(r"\w+\Z")

MOST_NAMES = 20
"""How many names a message lists."""

NAME_WITHIN = 200
"""How many characters before `Genotype(` are searched for `NAME =`."""

_BRACKETS = re.compile(r"""'[^'\n]*'|"[^"\n]*"|[()\[\]{}]""")


class _Start(NamedTuple):
    """The beginning of a genotype in a text.

    Attributes:
        call: The place of `Genotype(`: its beginning and its end.
        name: The name that it is assigned to, if there is one.
        at: Where the name begins, or without one the call.
    """

    call: tuple[int, int]
    name: str | None
    at: int


def read_darts(found: Imported, source: SourceFile, name: str | None = None, cells: Sequence[str] = ()) -> None:
    """Reads the cells of a genotype in a text and ignores the text around it, such as a log's time stamp.

    Args:
        found: Receives the cells and errors.
        source: The text.
        name: Name of the genotype if the text has several: `NAME = Genotype(...)`.
        cells: Names of the cells in the language, in order; by default `normal` and `reduction`.
    """
    piece = _piece(found, source, name)
    if piece is None:
        return
    try:
        body = parsed(piece).body
    except NotPythonError as error:
        found.refuse(error.span, error.summary, "give the whole `Genotype(...)`")
        return
    match body:
        case [ast.Expr(value=ast.Call() as call)]:
            pass
        case _:  # quotes that only look like a string can hide a bracket
            found.refuse(piece.place(1, 1), "not a single `Genotype(...)`", "give the whole `Genotype(...)` and nothing else")
            return
    given = _fields(found, piece, call)
    if given is None:
        return
    labels = [label for label in given if not label.endswith("_concat")]
    if cells and len(cells) != len(labels):
        found.refuse(piece.span(call), f"the genotype has {len(labels)} cells, but {len(cells)} names are given")
        return
    for i, label in enumerate(labels):
        nodes = _nodes(found, piece, label, given[label])
        if nodes is None:
            continue
        if f"{label}_concat" in given:
            _check_concat(found, piece, len(nodes), given[f"{label}_concat"])
        found.cells.append(Cell(cells[i] if cells else NAMES.get(label, label), nodes, piece.span(given[label])))


def _piece(found: Imported, source: SourceFile, name: str | None) -> Piece | None:
    """The text from `Genotype(` to its closing bracket."""
    starts = [_start(source.text, match) for match in _START.finditer(source.text)]
    if name is not None:
        named = {start.name: start for start in starts if start.name}
        if name not in named:
            help = did_you_mean(name, named) or (f"its genotypes are {listed(named)}" if named else None)
            found.refuse(source.span(0, 1), f"the text has no genotype `{name}`", help)
            return None
        starts = [named[name]]
    if len(starts) != 1:
        names = [start.name for start in starts if start.name]
        summary = f"the text has {len(starts)} genotypes" if starts else "the text has no `Genotype(...)`"
        at = starts[1].at if len(starts) > 1 else 0
        found.refuse(
            source.span(at, at + 1), summary, f"choose one with `--name`: {listed(names[:MOST_NAMES])}" if names else None
        )
        return None
    (start, end), depth = starts[0].call, 0
    for match in _BRACKETS.finditer(source.text, end - 1):
        depth += (match[0] in "([{") - (match[0] in ")]}")
        if depth == 0:
            return Piece(source, start, source.text[start : match.end()])
    found.refuse(source.span(end - 1, end), "`(` is not closed", "give the whole `Genotype(...)`")
    return None


def _start(text: str, call: re.Match[str]) -> _Start:
    """The beginning of a genotype, with the NAME of `NAME =` in front of its call."""
    first = max(0, call.start() - NAME_WITHIN)
    before = text[first : call.start()].rstrip()
    match = _NAME.search(before[:-1].rstrip()) if before.endswith("=") else None
    if match is None:
        return _Start(call.span(), None, call.start())
    return _Start(call.span(), match[0], first + match.start())


def _fields(found: Imported, piece: Piece, call: ast.Call) -> dict[str, ast.expr] | None:
    """The fields by name, in order."""
    if len(call.args) > len(POSITIONS) or any(isinstance(a, ast.Starred) for a in call.args):
        found.refuse(piece.span(call), f"its fields are {listed(POSITIONS)}")
        return None
    given: dict[str, ast.expr] = dict(zip(POSITIONS, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in given:
            what = "`**` is not allowed here" if keyword.arg is None else f"`{keyword.arg}` is given twice"
            found.refuse(piece.span(keyword.value), what)
            return None
        given[keyword.arg] = keyword.value
    return given


def _nodes(found: Imported, piece: Piece, label: str, value: ast.expr) -> tuple[tuple[Edge, ...], ...] | None:
    """The two edges of each node; None after an error."""
    if not isinstance(value, ast.List | ast.Tuple):
        found.refuse(piece.span(value), f"`{label}` is not a list of pairs, such as `[('sep_conv_3x3', 0), ...]`")
        return None
    pairs = value.elts
    if not pairs or len(pairs) % KEPT:
        found.refuse(piece.span(value), f"`{label}` has {len(pairs)} edges, but each node needs {KEPT}")
        return None
    edges: list[Edge] = []
    for position, pair in enumerate(pairs):
        edge = _edge(found, piece, position // KEPT, pair)
        if edge is not None:
            edges.append(edge)
    if len(edges) < len(pairs):
        return None
    nodes = tuple(tuple(edges[i : i + KEPT]) for i in range(0, len(edges), KEPT))
    for number, (first, second) in enumerate(nodes):
        if first.source == second.source:
            found.refuse(second.span, f"node {number} uses `{first.source}` twice", "its edges need different sources")
            return None
    return nodes


def _edge(found: Imported, piece: Piece, node: int, pair: ast.expr) -> Edge | None:
    """The edge of `('sep_conv_3x3', 0)`: sources 0 and 1 are the cells before, the nodes count from 2."""
    match pair:
        case (
            ast.Tuple(elts=[ast.Constant(value=str(operation)), number])
            | ast.List(elts=[ast.Constant(value=str(operation)), number])
        ):
            index = whole(number)
        case _:
            index, operation = None, ""
    if index is None:
        found.refuse(piece.span(pair), "expected an operation and the number of its source, such as `('sep_conv_3x3', 0)`")
        return None
    if not 0 <= index < node + 2:
        found.refuse(piece.span(pair), f"node {node} has the sources 0 to {node + 1}, not {index}")
        return None
    if operation == "none":
        found.refuse(piece.span(pair), "the operation `none` computes nothing", "omit edges that aren't kept")
        return None
    return Edge(operation, ("prev2", "prev", *(f"n{i}" for i in range(node)))[index], piece.span(pair))


def _check_concat(found: Imported, piece: Piece, nodes: int, value: ast.expr) -> None:
    """Checks that the output concatenates every node."""
    match value:
        case ast.Call(func=ast.Name(id="range"), args=[first, last], keywords=[]):
            low, high = whole(first), whole(last)
            taken = None if low is None or high is None or high - low > len(piece.text) else list(range(low, high))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            numbers = [whole(item) for item in items]
            taken = [n for n in numbers if n is not None] if None not in numbers else None
        case _:
            taken = None
    wanted = list(range(2, nodes + 2))
    if taken is None:
        found.refuse(piece.span(value), f"expected the numbers of the nodes, such as `range(2, {nodes + 2})`")
    elif sorted(taken) != wanted:
        summary = f"the output uses {listed([str(n) for n in taken]) or 'nothing'}, but the cell's nodes are 2 to {nodes + 1}"
        found.refuse(piece.span(value), summary, "a cell's output must concatenate all of its nodes")
