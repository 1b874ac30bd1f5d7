"""Elaboration of chains and trellises of cells."""

from collections.abc import Callable

from spikegraph.dsl.ast import Call, Name, Sequence
from spikegraph.dsl.evaluate import whole
from spikegraph.dsl.nearest import did_you_mean, listed, name_span, rename
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Trellis as TrellisDecl
from spikegraph.elaborate.context import Context, text
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.cells import Cell, Trellis
from spikegraph.ir.path import Path

Wired = str | tuple[str, ...] | None
"""The value of a name: a node, the cells of a chain, or None after an error."""

Add = Callable[[Path, Op, tuple[str, ...], Span], str | None]


def add_trellis(add: Add, path: Path, trellis: TrellisDecl, call: Call, source: str, context: Context) -> str | None:
    """Adds a trellis; None after an error."""
    if call.arguments:
        context.diagnostics.error("SG0308", call.arguments[0].span, f"trellis `{trellis.name}` has no parameters")
        return None
    cell = context.cells.get(trellis.cell)
    if cell is None:
        return None
    fields = {"trellis": trellis.name, "cell": cell, "layers": trellis.layers, "levels": trellis.levels}
    op = Trellis.model_validate({**fields, "finest": trellis.finest, "resize": trellis.resize})
    return add(path, op, (source,), call.span)


def add_chain(add: Add, path: Path, call: Call, source: str, context: Context) -> Wired:
    """Adds `chain([cells], width = W)`, whose nodes have W channels before any reduction; None after an error."""
    arguments = {a.name or ("cells", "width")[min(i, 1)]: a for i, a in enumerate(call.arguments)}
    for a in call.arguments:
        if a.name not in (None, "cells", "width"):
            free = [n for n in ("cells", "width") if n not in arguments]
            help = did_you_mean(a.name, free) or "it has `cells` and `width`"
            fixes = rename(name_span(a), a.name, free)
            context.diagnostics.error("SG0308", a.span, f"`chain` has no parameter `{a.name}`", help=help, fixes=fixes)
            return None
    if len(call.arguments) != 2 or len(arguments) != 2:
        help = "write `chain([normal, reduction, ...], width = ...)`"
        context.diagnostics.error("SG0304", call.span, "`chain` needs its cells and their width", help=help)
        return None
    cells = arguments["cells"].value
    width = whole(arguments["width"].value, context.numbers, context.diagnostics)
    if not isinstance(cells, Sequence) or not cells.items:
        help = "such as `[normal, normal]`"
        context.diagnostics.error("SG0304", cells.span, f"`{text(cells)}` is not a list of cells", help=help)
        return None
    if width is None:
        return None
    if width < 1:
        context.diagnostics.error("SG0304", arguments["width"].span, f"`width` of `chain` is {width}, but must be at least 1")
        return None
    before = [source, source]
    made: list[str] = []
    for i, item in enumerate(cells.items):
        declared = item.id if isinstance(item, Name) else text(item)
        if declared not in context.spec.cells:
            if not context.broken.excuses("cell", declared):
                help = (
                    did_you_mean(declared, context.spec.cells)
                    or f"declared are {listed(context.spec.cells, last='and') or 'none'}"
                )
                fixes = rename(item.span, declared, context.spec.cells)
                context.diagnostics.error("SG0307", item.span, f"no cell is called `{declared}`", help=help, fixes=fixes)
            return None
        cell, stride = context.cells.get(declared), context.spec.cells[declared].stride
        if cell is None:
            return None
        width *= stride
        op = Cell(cell=cell, width=width, down=stride)
        added = add(path.at(str(i)), op, (before[0], before[1], before[1]), item.span)
        if added is None:
            return None
        before = [before[1], added]
        made.append(added)
    return tuple(made)
