"""`cell` and `trellis`."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast, spec
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.readers.block import read_block
from spikegraph.dsl.schema.cell import previous, source_of
from spikegraph.dsl.schema.key import Scope


def read_cell(
    node: ast.Declaration, candidates: Mapping[str, spec.Candidates], scope: Scope
) -> tuple[spec.Cell, ast.Declaration] | None:
    """The cell, and its declaration with every default; None if it is wrong."""
    block = read_block(spec.Cell, node.body, "cell", node.name.span, scope, name=node.name.id, span=node.span)
    if block is None:
        return None
    cell = block.record
    edges = _edges(block.exprs["edges"], cell.inputs, cell.nodes, scope)
    known = candidates.get(cell.candidates)
    ranked = known is None or _rank_without(block.exprs["rank_without"], known, scope)
    if edges is None or not ranked:
        return None
    return replace(cell, edges=edges), replace(node, body=block.body)


def _rank_without(expr: ast.Expr, candidates: spec.Candidates, scope: Scope) -> bool:
    names = [operation.name for operation in candidates.operations]
    items = expr.items if isinstance(expr, ast.Sequence) else ()
    sound = True
    for item in items:
        name = item.id if isinstance(item, ast.Name) else item.value if isinstance(item, ast.Text) else ""
        if name not in names:
            scope.diagnostics.error(
                "SG0202",
                item.span,
                f"`{candidates.name}` has no operation `{name}`",
                help=did_you_mean(name, names) or f"it has {listed(names, last='and')}",
                fixes=rename(item.span, name, names),
            )
            sound = False
    if sound and len(items) == len(names):
        scope.diagnostics.error("SG0208", expr.span, "`rank_without` leaves no candidate to rank edges by")
        sound = False
    return sound


def _edges(expr: ast.Expr, inputs: tuple[str, ...], nodes: int, scope: Scope) -> dict[str, tuple[str, ...]] | None:
    """The sources of every node in order; `expr` is a list of calls, or `none` for all inputs and earlier nodes."""
    names = [f"n{i}" for i in range(nodes)]
    if not isinstance(expr, ast.Sequence):
        return {name: (*inputs, *names[:i]) for i, name in enumerate(names)}
    found: dict[str, tuple[str, ...]] = {}
    first: dict[str, ast.Expr] = {}
    sound = True
    for item in expr.items:
        if not isinstance(item, ast.Call):
            raise TypeError("the schema takes calls only")
        name = item.function.id
        if name not in names:
            scope.diagnostics.error(
                "SG0219",
                item.function.span,
                f"the cell has no node `{name}`",
                help=f"its nodes are {listed(names, last='and')}",
            )
            sound = False
            continue
        if name in found:
            scope.diagnostics.error(
                "SG0219", item.function.span, f"`{name}` is listed twice", labels=[Label(first[name].span, "first here")]
            )
            sound = False
            continue
        possible = (*inputs, *names[: names.index(name)])
        delayed = [previous(node) for node in names]
        sources: list[str] = []
        for argument in item.arguments:
            source = source_of(argument.value) or ""
            if (source not in possible and source not in delayed) or source in sources:
                twice = f"`{source}` is listed twice" if source in sources else f"`{name}` can't have the source `{source}`"
                help = f"possible sources are {listed(possible, last='and')}"
                if source in names:
                    help = f"its value at the step before is `{previous(source)}`"
                scope.diagnostics.error("SG0219", argument.span, twice, help=help)
                sound = False
            else:
                sources.append(source)
        if not item.arguments:
            scope.diagnostics.error("SG0219", item.span, f"`{name}` has no source")
            sound = False
        found[name], first[name] = tuple(sources), item
    if sound and not any(source in inputs for sources in found.values() for source in sources):
        scope.diagnostics.error(
            "SG0219", expr.span, "no node takes an input of the cell", help=f"add {listed(inputs)} to a node"
        )
        sound = False
    missing = [name for name in names if name not in found]
    if missing and sound:
        scope.diagnostics.error("SG0219", expr.span, f"`edges` leaves out {listed(missing, last='and')}")
        sound = False
    return {name: found[name] for name in names} if sound else None


def read_trellis(node: ast.Declaration, scope: Scope) -> tuple[spec.Trellis, ast.Declaration] | None:
    """The trellis, and its declaration with every default; None if it is wrong."""
    block = read_block(spec.Trellis, node.body, "trellis", node.name.span, scope, name=node.name.id, span=node.span)
    if block is None:
        return None
    trellis = block.record
    if trellis.finest >= trellis.levels:
        summary = f"`finest` is {trellis.finest}, but the trellis has the levels 0 to {trellis.levels - 1}"
        scope.diagnostics.error("SG0208", block.exprs["finest"].span, summary, help="choose one of its levels")
        return None
    return trellis, replace(node, body=block.body)
