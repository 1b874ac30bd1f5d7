"""Genotypes of other programs, with source locations and errors, and their conversion to genotype files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.dsl.limits import LONGEST_NAME
from spikegraph.dsl.readers.genotype import check_genotype, check_path, operation_names, read_genotype, read_path
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import SourceFile, Span

UNFIT = "SG0416"
"""Diagnostic code of architectures that can't be imported."""

MAX_BYTES = 1024 * 1024
"""Maximum size of a file in bytes."""

KEPT = 2
"""Number of edges of each node in these programs."""


@dataclass(frozen=True)
class Edge:
    """A kept edge: the other program's name of the operation, the language's name of the source, the source location."""

    operation: str
    source: str
    span: Span


@dataclass(frozen=True)
class Cell:
    """A cell with the edges of each node."""

    name: str
    nodes: tuple[tuple[Edge, ...], ...]
    span: Span


@dataclass(frozen=True)
class Levels:
    """A path: the level after each layer, with source locations."""

    name: str
    levels: tuple[tuple[int, Span], ...]
    span: Span


@dataclass
class Imported:
    """The cells and paths in files of another program.

    Attributes:
        diagnostics: Errors, and the text of the files.
        cells: Cells in order.
        paths: Paths in order.
        notes: Notices for the user.
    """

    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    cells: list[Cell] = field(default_factory=list[Cell])
    paths: list[Levels] = field(default_factory=list[Levels])
    notes: list[str] = field(default_factory=list[str])

    def source(self, name: str, text: str) -> SourceFile:
        """Adds a file's text to the diagnostics."""
        found = SourceFile(name, text)
        self.diagnostics.sources[name] = found
        return found

    def refuse(self, span: Span, summary: str, help: str | None = None) -> None:
        """Adds an error: something that can't be imported."""
        self.diagnostics.error(UNFIT, span, summary, help=help)


def genotype_file(found: Imported, names: Mapping[str, str], comment: str, target: spec.Spec | None = None) -> str:
    """The text of an equivalent genotype file; it is incomplete if `found.diagnostics` has errors.

    Args:
        found: Cells and paths.
        names: Candidates of the language by the other program's operations; other operations keep their names.
        comment: Comment for the top of the file.
        target: A checked spec that the architecture must fit; None without a check.
    """
    scope = Scope(found.diagnostics, {})
    _refuse_twice(found, "the genotype of", "--cell", found.cells)
    _refuse_twice(found, "the path of", "--path", found.paths)
    genotypes: list[spec.Genotype] = []
    for cell in found.cells:
        genotype = _genotype(cell, names, target, scope)
        if genotype is not None:
            genotypes.append(genotype)
    paths: list[spec.TrellisPath] = []
    for levels in found.paths:
        path = _path(levels, target, scope)
        if path is not None:
            paths.append(path)
    return format_genotypes(genotypes, paths, comment)


def _refuse_twice(found: Imported, what: str, option: str, parts: Sequence[Cell | Levels]) -> None:
    """Adds an error for each name that an earlier part has."""
    for number, part in enumerate(parts):
        if part.name in {other.name for other in parts[:number]}:
            found.refuse(part.span, f"{what} `{part.name}` is there twice", f"give each list a name of its own with `{option}`")


def _genotype(cell: Cell, names: Mapping[str, str], target: spec.Spec | None, scope: Scope) -> spec.Genotype | None:
    for edge in (e for edges in cell.nodes for e in edges):
        name = names.get(edge.operation, edge.operation)
        if not (name.isascii() and name.isidentifier() and len(name) <= LONGEST_NAME):
            help = "map it to a candidate with `--map`"
            shown = name if len(name) <= LONGEST_NAME else f"{name[:30]}..."
            scope.diagnostics.error(UNFIT, edge.span, f"`{shown}` can't be the name of a candidate", help=help)
            return None
    node = ast.Declaration("genotype", ast.Name(cell.name, cell.span), None, _entries(cell, names), cell.span)
    genotype = read_genotype(node, scope)
    if genotype is None or target is None:
        return genotype
    declared = target.cells.get(cell.name)
    if declared is None:
        help = did_you_mean(cell.name, target.cells) or f"declared are {listed(target.cells) or 'none'}; `--cell` names one"
        scope.diagnostics.error("SG0401", cell.span, f"no cell is called `{cell.name}`", help=help)
        return None
    valid = check_genotype(node, genotype, declared, operation_names(declared, target.candidates), scope)
    return genotype if valid else None


def _entries(cell: Cell, names: Mapping[str, str]) -> tuple[ast.Statement, ...]:
    entries: list[ast.Statement] = []
    for number, edges in enumerate(cell.nodes):
        span = edges[0].span
        entries.append(ast.Entry(ast.Name(f"n{number}", span), _sum(edges, names), span))
    return tuple(entries)


def _sum(edges: Sequence[Edge], names: Mapping[str, str]) -> ast.Expr:
    terms = [
        ast.Call(
            ast.Name(names.get(e.operation, e.operation), e.span),
            (ast.Argument(None, ast.Name(e.source, e.span), e.span),),
            e.span,
        )
        for e in edges
    ]
    total: ast.Expr = terms[0]
    for term in terms[1:]:
        total = ast.Binary("+", total, term, term.span)
    return total


def _path(levels: Levels, target: spec.Spec | None, scope: Scope) -> spec.TrellisPath | None:
    items = tuple(ast.Number(level, None, span) for level, span in levels.levels)
    node = ast.Path(ast.Name(levels.name, levels.span), ast.Sequence(items, levels.span), levels.span)
    read = read_path(node, scope)
    if read is None:
        return None
    trellis = None
    if target is not None:
        trellis = target.trellises.get(levels.name)
        if trellis is None:
            help = did_you_mean(levels.name, target.trellises) or f"declared are {listed(target.trellises) or 'none'}"
            scope.diagnostics.error("SG0410", levels.span, f"no trellis is called `{levels.name}`", help=help)
            return None
    path, exprs = read
    return path if check_path(node, path, exprs, trellis, scope) else None
