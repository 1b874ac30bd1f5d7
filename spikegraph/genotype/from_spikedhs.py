"""The authors' genotypes: rows [edge, candidate] and lists of levels, from .npy files or as Python lists.

Edges are numbered as in DARTS: node 0 has 0 and 1 (from prev2, prev), node 1 has 2 to 4, and so on. Candidates are 0 the
skip, 1 and 2 the convolutions of surrogate b = 3 and 5.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from spikegraph.dsl.source import SourceFile, Span
from spikegraph.genotype.decode import edges_of
from spikegraph.genotype.foreign import KEPT, Cell, Edge, Foreign, Levels
from spikegraph.genotype.literals import NotPythonError, Piece, parsed, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = ("skip", "c3", "c5")
"""Their names in the language, by the authors' numbers."""

CELLS = {
    "feature_genotype": "feature",
    "matching_genotype": "matching",
    "cell_arch_fea": "feature",
    "cell_arch_mat": "matching",
}
"""The cells by the names of the authors' files and variables."""

PATHS = {
    "feature_network_path": "feature_path",
    "matching_network_path": "matching_path",
    "network_path_fea": "feature_path",
    "network_path_mat": "matching_path",
}
"""The trellises, likewise."""

Row = tuple[tuple[int, ...], Span]


@dataclass(frozen=True)
class Table:
    """A named list: rows of two numbers, or a list of single numbers; each row with its place."""

    name: str
    rows: tuple[Row, ...]
    span: Span


def read_spikedhs(
    found: Foreign,
    tables: Sequence[Table],
    cells: Sequence[str] = (),
    paths: Sequence[str] = (),
    *,
    column_sort: bool = False,
) -> None:
    """Adds the cells and paths of the authors' lists.

    Args:
        found: Where they go, and what is wrong.
        tables: The lists.
        cells: Names in the language of the cells that have these rows; by default after the list's own name.
        paths: Likewise of trellises. With `cells` and without this, lists of levels are left out.
        column_sort: Whether the two columns of the rows are sorted, each by itself, as the published code does before it
            builds a cell: rows that aren't in the order of their edges get other candidates by that.
    """
    for table in tables:
        sort = {len(row) for row, _ in table.rows}
        if sort == {2}:
            _add_cells(found, _sorted(table) if column_sort else table, cells)
        elif sort == {1}:
            _add_paths(found, table, paths, leave=bool(cells) and not paths)
        else:
            found.refuse(table.span, f"`{table.name}` has neither rows [edge, candidate] nor a list of levels")


def _sorted(table: Table) -> Table:
    columns = [sorted(column) for column in zip(*(row for row, _ in table.rows), strict=True)]
    rows = zip(*columns, strict=True)
    return Table(table.name, tuple((tuple(row), span) for row, (_, span) in zip(rows, table.rows, strict=True)), table.span)


def _add_cells(found: Foreign, table: Table, names: Sequence[str]) -> None:
    names = names or ([CELLS[table.name]] if table.name in CELLS else [])
    if not names:
        found.refuse(table.span, f"which cell has the rows `{table.name}` isn't known", "name it with `--cell`")
        return
    if len(table.rows) % KEPT:
        found.refuse(table.span, f"`{table.name}` has {len(table.rows)} edges, and each node has {KEPT}")
        return
    count = len(table.rows) // KEPT
    places = edges_of(count)
    nodes: list[dict[int, Edge]] = [{} for _ in range(count)]
    before = found.diagnostics.errors
    for (edge, candidate), span in ((row, span) for row, span in table.rows if len(row) == 2):
        if not 0 <= edge < len(places):
            found.refuse(span, f"a cell of {count} nodes has the edges 0 to {len(places) - 1}, not {edge}")
        elif not 0 <= candidate < len(CANDIDATES):
            found.refuse(span, f"there is no candidate {candidate}", "0 is the skip, 1 has b = 3, 2 has b = 5")
        elif edge in nodes[places[edge].node]:
            found.refuse(span, f"edge {edge} is there twice")
        else:
            nodes[places[edge].node][edge] = Edge(CANDIDATES[candidate], places[edge].source, span)
    if found.diagnostics.errors > before:
        return
    for number, edges in enumerate(nodes):
        if len(edges) != KEPT:
            found.refuse(table.span, f"node {number} of `{table.name}` has {len(edges)} edges, and each node has {KEPT}")
            return
    ordered = tuple(tuple(edges[k] for k in sorted(edges)) for edges in nodes)
    found.cells += [Cell(name, ordered, table.span) for name in names]


def _add_paths(found: Foreign, table: Table, names: Sequence[str], *, leave: bool) -> None:
    if leave:
        found.notes.append(f"the levels `{table.name}` are left out; `--path` names their trellis")
        return
    names = names or ([PATHS[table.name]] if table.name in PATHS else [])
    if not names:
        found.refuse(table.span, f"which trellis has the levels `{table.name}` isn't known", "name it with `--path`")
        return
    levels = tuple((row[0], span) for row, span in table.rows)
    found.paths += [Levels(name, levels, table.span) for name in names]


def tables_of_array(found: Foreign, name: str, stem: str, data: bytes) -> list[Table]:
    """The list in a .npy file; what is wrong is shown in the file's rows as text.

    Args:
        found: What is wrong goes there.
        name: The file's name, as it is shown.
        stem: The list's name.
        data: The file's bytes.
    """
    import numpy as np  # noqa: PLC0415 (only arrays need it)

    nowhere = Span(name, 1, 1, 1, 2)
    try:
        loaded: object = np.load(BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        found.refuse(nowhere, f"this is no array of numbers: {error}", "arrays of objects are never unpickled")
        return []
    if not isinstance(loaded, np.ndarray):
        found.refuse(nowhere, "this is an archive of arrays, and one array is wanted")
        return []
    array = cast("NDArray[Any]", loaded)
    if array.dtype.kind not in "iuf" or array.ndim not in (1, 2) or not array.size:
        shown = f"{array.dtype} {list(array.shape)}"
        found.refuse(nowhere, f"expected whole numbers [edges, 2] or [layers], found {shown}")
        return []
    if not np.isfinite(array).all() or (array != np.rint(array)).any():
        found.refuse(nowhere, "not every number in it is whole")
        return []
    rows = [tuple(int(v) for v in np.atleast_1d(row)) for row in array]
    source = found.source(name, "\n".join(str(list(row)) for row in rows))
    spans = [Span(name, i + 1, 1, i + 1, len(source.line(i + 1)) + 1) for i in range(len(rows))]
    return [Table(stem, tuple(zip(rows, spans, strict=True)), spans[0])]


def tables_of_text(found: Foreign, source: SourceFile, stem: str) -> list[Table]:
    """The lists in a text: `[[0, 1], ...]`, perhaps with names before them and `np.array` around them.

    Args:
        found: What is wrong goes there.
        source: The text.
        stem: The name of a list that has none.
    """
    piece = Piece(source, 0, source.text)
    try:
        body = parsed(piece).body
    except NotPythonError as error:
        found.refuse(error.span, error.summary, "give lists only, such as `[[0, 1], [1, 1]]`")
        return []
    tables: list[Table] = []
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.Expr(value=value):
                name = stem
            case _:
                found.refuse(piece.span(statement), "expected a list, perhaps with a name before it")
                continue
        table = _table(found, piece, name, value)
        if table is not None:
            tables.append(table)
    if not body:
        found.refuse(piece.place(1, 1), "there is no list in it")
    return tables


def _table(found: Foreign, piece: Piece, name: str, value: ast.expr) -> Table | None:
    match value:
        case ast.Call(func=ast.Attribute(attr="array") | ast.Name(id="array"), args=[inside], keywords=[]):
            value = inside
        case _:
            pass
    if not isinstance(value, ast.List | ast.Tuple) or not value.elts:
        found.refuse(piece.span(value), "expected a list of rows [edge, candidate], or of levels")
        return None
    rows: list[Row] = []
    for item in value.elts:
        parts = item.elts if isinstance(item, ast.List | ast.Tuple) else [item]
        numbers = [whole(part) for part in parts]
        sound = tuple(n for n in numbers if n is not None)
        if len(sound) < len(numbers) or not numbers:
            found.refuse(piece.span(item), "expected whole numbers")
            return None
        rows.append((sound, piece.span(item)))
    return Table(name, tuple(rows), piece.span(value))


def tables_of_file(found: Foreign, path: Path, data: bytes) -> list[Table]:
    """The lists in a file: an array where its name ends in .npy, else a text."""
    if path.suffix == ".npy":
        return tables_of_array(found, str(path), path.stem, data)
    return tables_of_text(found, found.source(str(path), data.decode("utf-8", errors="replace")), path.stem)
