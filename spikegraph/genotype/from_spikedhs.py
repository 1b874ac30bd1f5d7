"""Imports genotypes of SpikeDHS (Che et al., NeurIPS 2022): rows [edge, candidate] and lists of levels, as .npy or text.

Edges are numbered as in DARTS: node 0 has edges 0 and 1 (from prev2, prev), node 1 has 2 to 4, and so on. Candidate 0 is
the skip; 1 and 2 are the convolutions whose surrogates have b = 3 and 5.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.genotype.decode import edges_of
from spikegraph.genotype.imported import KEPT, Cell, Edge, Imported, Levels
from spikegraph.genotype.literals import NotPythonError, Piece, parsed, whole

MOST_ERRORS = 20
"""After so many errors, a text is not read any further."""

CANDIDATES = ("skip", "c3", "c5")
"""Names of the candidates in the language, by the authors' numbers."""

CELLS = {
    "feature_genotype": "feature",
    "matching_genotype": "matching",
    "cell_arch_fea": "feature",
    "cell_arch_mat": "matching",
}
"""Names of the cells, by the authors' names of files and variables."""

PATHS = {
    "feature_network_path": "feature_path",
    "matching_network_path": "matching_path",
    "network_path_fea": "feature_path",
    "network_path_mat": "matching_path",
}
"""Names of the trellises, by the authors' names of files and variables."""

Row = tuple[tuple[int, ...], Span]


@dataclass(frozen=True)
class Table:
    """A named list of rows, each of one or two numbers and with its source location."""

    name: str
    rows: tuple[Row, ...]
    span: Span


def read_spikedhs(
    found: Imported, tables: Sequence[Table], cells: Sequence[str] = (), paths: Sequence[str] = (), *, column_sort: bool = False
) -> None:
    """Reads the cells and paths in the authors' lists.

    Args:
        found: Receives cells, paths and errors.
        tables: The lists.
        cells: Names of the cells to create from rows: one for each list, in order, or several for the only list; by default
            derived from the list's name.
        paths: Names of the trellises, in the same way, for lists of levels; if only `cells` is given, such lists are ignored.
        column_sort: Sort the two columns of the rows independently, as the published code does before it builds a cell.
            This changes the candidates of rows that are not in the order of their edges.
    """
    rows = [table for table in tables if _columns(table) == {2}]
    levels = [table for table in tables if _columns(table) == {1}]
    for table in (table for table in tables if table not in rows and table not in levels):
        found.refuse(table.span, f"`{table.name}` has neither rows [edge, candidate] nor a list of levels")
    for table, names in _named(found, rows, cells, "--cell"):
        _add_cells(found, _sorted(table) if column_sort else table, names)
    for table, names in _named(found, levels, paths, "--path"):
        _add_paths(found, table, names, leave=bool(cells) and not paths)


def _columns(table: Table) -> set[int]:
    return {len(row) for row, _ in table.rows}


def _named(
    found: Imported, tables: Sequence[Table], names: Sequence[str], option: str
) -> Iterable[tuple[Table, Sequence[str]]]:
    """The lists, each with the names that it is given; none after an error."""
    if not names or len(tables) == 1:
        return [(table, names) for table in tables]
    if tables and len(tables) != len(names):
        summary = f"there are {counted(len(tables), 'list')} for `{option}`, but {counted(len(names), 'name')}"
        found.refuse(tables[-1].span, summary, f"give `{option}` once for each list, in order")
        return []
    return [(table, [name]) for table, name in zip(tables, names, strict=False)]


def _sorted(table: Table) -> Table:
    columns = [sorted(column) for column in zip(*(row for row, _ in table.rows), strict=True)]
    rows = zip(*columns, strict=True)
    return Table(table.name, tuple((tuple(row), span) for row, (_, span) in zip(rows, table.rows, strict=True)), table.span)


def _add_cells(found: Imported, table: Table, names: Sequence[str]) -> None:
    names = names or ([CELLS[table.name]] if table.name in CELLS else [])
    if not names:
        found.refuse(table.span, f"the cell of the rows `{table.name}` is not known", "name it with `--cell`")
        return
    if len(table.rows) % KEPT:
        found.refuse(table.span, f"`{table.name}` has {len(table.rows)} edges, but each node needs {KEPT}")
        return
    count = len(table.rows) // KEPT
    places = edges_of(count)
    nodes: list[dict[int, Edge]] = [{} for _ in range(count)]
    before = found.diagnostics.errors
    for (edge, candidate), span in ((row, span) for row, span in table.rows if len(row) == 2):
        if not 0 <= edge < len(places):
            found.refuse(span, f"a cell of {count} nodes has the edges 0 to {len(places) - 1}, not {edge}")
        elif not 0 <= candidate < len(CANDIDATES):
            found.refuse(span, f"candidate {candidate} does not exist", "0 is the skip, 1 has b = 3, 2 has b = 5")
        elif edge in nodes[places[edge].node]:
            found.refuse(span, f"edge {edge} is listed twice")
        else:
            nodes[places[edge].node][edge] = Edge(CANDIDATES[candidate], places[edge].source, span)
    if found.diagnostics.errors > before:
        return
    for number, edges in enumerate(nodes):
        if len(edges) != KEPT:
            found.refuse(table.span, f"node {number} of `{table.name}` has {len(edges)} edges, but each node needs {KEPT}")
            return
    ordered = tuple(tuple(edges[k] for k in sorted(edges)) for edges in nodes)
    found.cells += [Cell(name, ordered, table.span) for name in names]


def _add_paths(found: Imported, table: Table, names: Sequence[str], *, leave: bool) -> None:
    if leave:
        found.notes.append(f"ignored the levels `{table.name}`; use `--path` to name their trellis")
        return
    names = names or ([PATHS[table.name]] if table.name in PATHS else [])
    if not names:
        found.refuse(table.span, f"the trellis of the levels `{table.name}` is not known", "name it with `--path`")
        return
    levels = tuple((row[0], span) for row, span in table.rows)
    found.paths += [Levels(name, levels, table.span) for name in names]


def tables_of_array(found: Imported, name: str, stem: str, data: bytes) -> list[Table]:
    """Reads the list in a .npy file; errors show the array's rows as text.

    Args:
        found: Receives errors.
        name: Name of the file in messages.
        stem: Name of the list.
        data: Bytes of the file.
    """
    import numpy as np  # noqa: PLC0415 (only arrays need it)

    from spikegraph.runs.array_file import read_array  # noqa: PLC0415

    nowhere = Span(name, 1, 1, 1, 2)
    try:
        array = read_array(data)
    except ValueError as error:
        found.refuse(nowhere, f"not an array of numbers: {error}", "arrays of objects are never unpickled")
        return []
    if array.dtype.kind not in "iuf" or array.ndim not in (1, 2) or not array.size:
        shown = f"{array.dtype} {list(array.shape)}"
        found.refuse(nowhere, f"expected whole numbers [edges, 2] or [layers], found {shown}")
        return []
    if not np.isfinite(array).all() or (array != np.rint(array)).any():
        found.refuse(nowhere, "expected only whole numbers")
        return []
    rows = [tuple(int(v) for v in np.atleast_1d(row)) for row in array]
    source = found.source(name, "\n".join(str(list(row)) for row in rows))
    spans = [Span(name, i + 1, 1, i + 1, len(source.line(i + 1)) + 1) for i in range(len(rows))]
    return [Table(stem, tuple(zip(rows, spans, strict=True)), spans[0])]


def tables_of_text(found: Imported, source: SourceFile, stem: str) -> list[Table]:
    """Reads the lists in a text: `[[0, 1], ...]`, optionally with `NAME =` before or `np.array` around them.

    Args:
        found: Receives errors.
        source: The text.
        stem: Name of lists without a name.
    """
    piece = Piece(source, 0, source.text)
    try:
        body = parsed(piece).body
    except NotPythonError as error:
        found.refuse(error.span, error.summary, "give only lists, such as `[[0, 1], [1, 1]]`")
        return []
    tables: list[Table] = []
    for statement in body:
        if found.diagnostics.errors >= MOST_ERRORS:
            break
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.Expr(value=value):
                name = stem
            case _:
                found.refuse(piece.span(statement), "expected a list, such as `NAME = [[0, 1], [1, 1]]`")
                continue
        table = _table(found, piece, name, value)
        if table is not None:
            tables.append(table)
    if not body:
        found.refuse(piece.place(1, 1), "the text has no list")
    return tables


def _table(found: Imported, piece: Piece, name: str, value: ast.expr) -> Table | None:
    match value:
        case ast.Call(func=ast.Attribute(attr="array") | ast.Name(id="array"), args=[inside], keywords=[]):
            value = inside
        case _:
            pass
    if not isinstance(value, ast.List | ast.Tuple) or not value.elts:
        found.refuse(piece.span(value), "expected a list of rows [edge, candidate] or of levels")
        return None
    rows: list[Row] = []
    for item in value.elts:
        parts = item.elts if isinstance(item, ast.List | ast.Tuple) else [item]
        numbers = [whole(part) for part in parts]
        valid = tuple(n for n in numbers if n is not None)
        if len(valid) < len(numbers) or not numbers:
            found.refuse(piece.span(item), "expected whole numbers")
            return None
        rows.append((valid, piece.span(item)))
    return Table(name, tuple(rows), piece.span(value))


def tables_of_file(found: Imported, path: Path, data: bytes) -> list[Table]:
    """Reads the lists in a file: an array if its name ends in .npy, otherwise text."""
    if path.suffix == ".npy":
        return tables_of_array(found, str(path), path.stem, data)
    return tables_of_text(found, found.source(str(path), data.decode("utf-8", errors="replace")), path.stem)
