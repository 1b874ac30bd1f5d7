"""`genotype` and `path`: reads them and checks that they fit the cell or the trellis."""

from collections.abc import Mapping, Sequence

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.evaluate import whole
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.readers.block import allowed
from spikegraph.dsl.schema.cell import previous, source_of
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import Span

_FORM = "write a sum of edges, such as `c3(prev2) + c5(n0)`"


def read_genotype(node: ast.Declaration, scope: Scope) -> spec.Genotype | None:
    """Read a genotype without its cell; None if its form is wrong."""
    sound = allowed(node.body, "genotype", scope)
    nodes: dict[str, tuple[spec.Term, ...]] = {}
    first: dict[str, ast.Expr] = {}
    for statement in node.body:
        if not isinstance(statement, ast.Entry):
            continue
        key = statement.key
        if not isinstance(key, ast.Name):
            scope.diagnostics.error("SG0203", key.span, "expected the name of a node", help="such as `n0`")
            sound = False
            continue
        if key.id in nodes:
            scope.diagnostics.error(
                "SG0404", key.span, f"node `{key.id}` is given twice", labels=[Label(first[key.id].span, "first here")]
            )
            sound = False
            continue
        terms = [_term(term, scope) for term in _sum(statement.value)]
        nodes[key.id] = tuple(term for term in terms if term is not None)
        first[key.id] = key
        sound = sound and None not in terms
    if sound and not nodes:
        scope.diagnostics.error("SG0222", node.name.span, f"the genotype of `{node.name.id}` has no node", help=_FORM)
        sound = False
    return spec.Genotype(node.name.id, nodes, node.span) if sound else None


def _sum(expr: ast.Expr) -> list[ast.Expr]:
    if isinstance(expr, ast.Binary) and expr.operator == "+":
        return [*_sum(expr.left), *_sum(expr.right)]
    return [expr]


def _term(expr: ast.Expr, scope: Scope) -> spec.Term | None:
    match expr:
        case ast.Call(function, (ast.Argument(None, value),)) if (source := source_of(value)) is not None:
            return spec.Term(function.id, source, expr.span)
        case _:
            scope.diagnostics.error("SG0409", expr.span, f"expected an edge, found {describe(expr)}", help=_FORM)
            return None


def check_genotype(
    node: ast.Declaration, genotype: spec.Genotype, cell: spec.Cell, operations: Sequence[str] | None, scope: Scope
) -> bool:
    """Whether a genotype fits its cell; `operations` has the cell's candidates, None if they are unknown."""
    before = scope.diagnostics.reports
    keys = {s.key.id: s.key for s in node.body if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name)}
    for name, terms in genotype.nodes.items():
        if name not in cell.edges:
            scope.diagnostics.error(
                "SG0403",
                keys[name].span,
                f"cell `{cell.name}` has no node `{name}`",
                help=f"its nodes are {listed(cell.edges, last='and')}",
            )
            continue
        _check_node(name, terms, keys[name], cell, operations, scope)
    missing = [name for name in cell.edges if name not in genotype.nodes]
    if missing and genotype.nodes.keys() <= cell.edges.keys():  # otherwise a name is probably wrong
        scope.diagnostics.error(
            "SG0402",
            node.name.span,
            f"the genotype of `{cell.name}` leaves out {listed(missing, last='and')}",
            help=f"the cell has {cell.nodes} nodes",
        )
    return scope.diagnostics.reports == before


def _check_node(
    name: str, terms: Sequence[spec.Term], key: ast.Name, cell: spec.Cell, operations: Sequence[str] | None, scope: Scope
) -> None:
    sources: dict[str, spec.Term] = {}
    known = (*cell.inputs, *cell.edges)
    order = {source: i for i, source in enumerate(known)}
    order |= dict.fromkeys(map(previous, cell.edges), -1)  # known before every node
    for term in terms:
        if operations is not None and term.operation not in operations:
            scope.diagnostics.error(
                "SG0405",
                term.span,
                f"`{term.operation}` is not a candidate of cell `{cell.name}`",
                help=did_you_mean(term.operation, operations) or f"its candidates are {listed(operations, last='and')}",
                fixes=rename(_start(term.span, term.operation), term.operation, operations),
            )
        if term.source not in order:
            scope.diagnostics.error(
                "SG0406",
                term.span,
                f"`{term.source}` is not an input or node of cell `{cell.name}`",
                help=did_you_mean(term.source, known) or f"it has {listed(known, last='and')}",
            )
        elif order[term.source] >= order[name]:
            scope.diagnostics.error(
                "SG0407",
                term.span,
                f"`{term.source}` does not come before `{name}`",
                help=f"its sources are {listed(cell.edges[name], last='and')}",
            )
        elif term.source not in cell.edges[name]:
            scope.diagnostics.error(
                "SG0415",
                term.span,
                f"cell `{cell.name}` has no edge from `{term.source}` to `{name}`",
                help=f"its sources are {listed(cell.edges[name], last='and')}",
            )
        elif term.source in sources:
            scope.diagnostics.error(
                "SG0414",
                term.span,
                f"`{name}` takes `{term.source}` twice",
                labels=[Label(sources[term.source].span, "first here")],
            )
        sources.setdefault(term.source, term)
    keep = min(cell.keep, len(cell.edges[name]))
    if len(terms) != keep:
        scope.diagnostics.error(
            "SG0408",
            key.span,
            f"node `{name}` has {len(terms)} edge{'s' * (len(terms) != 1)}, but cell `{cell.name}` keeps {keep}",
        )


def _start(span: Span, text: str) -> Span:
    """The span of `text` at the start of a span."""
    return Span(span.file, span.line, span.column, span.line, span.column + len(text))


def read_path(node: ast.Path, scope: Scope) -> tuple[spec.TrellisPath, tuple[ast.Expr, ...]] | None:
    """Read a path without its trellis, with the expressions of its levels; None if its form is wrong."""
    if not isinstance(node.levels, ast.Sequence):
        scope.diagnostics.error(
            "SG0207", node.levels.span, f"expected a list of levels, found {describe(node.levels)}", help="such as `[1, 0]`"
        )
        return None
    levels: list[int] = []
    for item in node.levels.items:
        level = whole(item, {}, scope.diagnostics)
        if level is not None and level < 0:
            scope.diagnostics.error("SG0412", item.span, f"there is no level {level}", help="levels count from 0")
            level = None
        if level is not None:
            levels.append(level)
    if len(levels) != len(node.levels.items):
        return None
    return spec.TrellisPath(node.trellis.id, tuple(levels), node.span), node.levels.items


def check_path(
    node: ast.Path, path: spec.TrellisPath, items: Sequence[ast.Expr], trellis: spec.Trellis | None, scope: Scope
) -> bool:
    """Whether a path fits its trellis; without a trellis, whether it starts at level 0 and moves at most one level a layer."""
    before = scope.diagnostics.reports
    if trellis is not None and len(path.levels) != trellis.layers:
        scope.diagnostics.error(
            "SG0411",
            node.levels.span,
            f"the path has {len(path.levels)} levels, but trellis `{trellis.name}` has {trellis.layers} layers",
            help="write one level for each layer",
        )
    at = 0
    for layer, (level, item) in enumerate(zip(path.levels, items, strict=True)):
        if trellis is not None and level >= trellis.levels:
            scope.diagnostics.error(
                "SG0412",
                item.span,
                f"there is no level {level} in trellis `{trellis.name}`",
                help=f"its levels are 0 to {trellis.levels - 1}",
            )
        elif abs(level - at) > 1:
            start = "a path starts at level 0" if layer == 0 else f"the layer before is at level {at}"
            scope.diagnostics.error(
                "SG0413",
                item.span,
                f"the path jumps from level {at} to level {level}",
                help=f"{start}; the level may change by at most one a layer",
            )
        at = level
    return scope.diagnostics.reports == before


def operation_names(cell: spec.Cell, candidates: Mapping[str, spec.Candidates]) -> list[str] | None:
    """The names of a cell's candidates, or None if they are broken."""
    known = candidates.get(cell.candidates)
    return None if known is None else [operation.name for operation in known.operations]
