"""`cell` and `trellis`."""

from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.build.values import count, strings
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.entries import read_entries
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.schema.cell import CELL
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.trellis import TRELLIS


def build_cell(
    node: ast.Declaration, candidates: Mapping[str, spec.Candidates], scope: Scope
) -> tuple[spec.Cell, ast.Declaration] | None:
    """The cell, and its declaration with every default; None when it is wrong."""
    entries = read_entries(node.body, CELL, "cell", node.name.span, scope)
    if entries is None:
        return None
    values = entries.values
    inputs, nodes = strings(values["inputs"]), count(values["nodes"])
    edges = _edges(entries.exprs["edges"], inputs, nodes, scope)
    known = candidates.get(str(values["candidates"]))
    ranked = known is None or _rank_without(entries.exprs["rank_without"], known, scope)
    if edges is None or not ranked:
        return None
    cell = spec.Cell(
        name=node.name.id,
        inputs=inputs,
        nodes=nodes,
        candidates=str(values["candidates"]),
        neuron=entries.exprs["neuron"],
        mix=str(values["mix"]),
        keep=count(values["keep"]),
        rank_without=strings(values["rank_without"]),
        max_skips=None if values["max_skips"] is None else count(values["max_skips"]),
        stride=count(values["stride"]),
        edges=edges,
        span=node.span,
    )
    return cell, replace(node, body=entries.body)


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
                help=did_you_mean(name, names) or f"it has {listed(names)}",
            )
            sound = False
    if sound and len(items) == len(names):
        scope.diagnostics.error("SG0208", expr.span, "no candidate is left by which edges could be ranked")
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
                "SG0219", item.function.span, f"the cell has no node `{name}`", help=f"its nodes are {listed(names)}"
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
        sources: list[str] = []
        for argument in item.arguments:
            source = argument.value.id if isinstance(argument.value, ast.Name) else ""
            if source not in possible or source in sources:
                what = "is listed twice" if source in sources else f"is no source that `{name}` may have"
                scope.diagnostics.error("SG0219", argument.span, f"`{source}` {what}", help=f"they are {listed(possible)}")
                sound = False
            else:
                sources.append(source)
        if not item.arguments:
            scope.diagnostics.error("SG0219", item.span, f"`{name}` has no source")
            sound = False
        found[name], first[name] = tuple(sources), item
    missing = [name for name in names if name not in found]
    if missing and sound:
        scope.diagnostics.error("SG0219", expr.span, f"`edges` leaves out {listed(missing)}")
        sound = False
    return {name: found[name] for name in names} if sound else None


def build_trellis(node: ast.Declaration, scope: Scope) -> tuple[spec.Trellis, ast.Declaration] | None:
    """The trellis, and its declaration with every default; None when it is wrong."""
    entries = read_entries(node.body, TRELLIS, "trellis", node.name.span, scope)
    if entries is None:
        return None
    values = entries.values
    if count(values["finest"]) >= count(values["levels"]):
        summary = f"`finest` is {values['finest']}, and the trellis has the levels 0 to {count(values['levels']) - 1}"
        scope.diagnostics.error("SG0208", node.name.span, summary, help="name one of its levels")
        return None
    trellis = spec.Trellis(
        name=node.name.id,
        cell=str(values["cell"]),
        layers=count(values["layers"]),
        levels=count(values["levels"]),
        finest=count(values["finest"]),
        resize=str(values["resize"]),
        span=node.span,
    )
    return trellis, replace(node, body=entries.body)
