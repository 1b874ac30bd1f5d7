"""Elaboration of chains and trellises of cells."""

from collections.abc import Callable

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Call, Expr, Name, Sequence
from spikegraph.dsl.evaluate import whole
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.param_values import substituted
from spikegraph.dsl.schema.trellis import DOWN, Down
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Trellis as TrellisDecl
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.declared_neurons import given_once
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.cells import Cell, Trellis
from spikegraph.ir.path import Path

Wired = str | tuple[str, ...] | None
"""The value of a name: a node, the cells of a chain, or None after an error."""

UNKNOWN = "?"
"""Stands for a value whose type isn't known yet; no node has this name."""

CHAIN = ("cells", "width", "down")
"""The parameters of a chain."""

Add = Callable[[Path, Op, tuple[str, ...], Span], str | None]


def ends(wired: Wired) -> str | None:
    """The node of a value; for a chain, its last cell."""
    return wired[-1] if isinstance(wired, tuple) else wired


def add_trellis(add: Add, path: Path, trellis: TrellisDecl, call: Call, source: str, context: Context) -> str | None:
    """Adds a trellis; None after an error."""
    if call.arguments:
        context.diagnostics.error("SG0308", call.arguments[0].span, f"trellis `{trellis.name}` has no parameters")
        return None
    cell = context.cells.get(trellis.cell)
    if cell is None:
        return None
    fields = {"trellis": trellis.name, "cell": cell, "layers": trellis.layers, "levels": trellis.levels}
    op = Trellis.model_validate({**fields, "finest": trellis.finest, "resize": trellis.resize, "way_down": trellis.down})
    return add(path, op, (source,), call.span)


def add_chain(add: Add, path: Path, call: Call, source: str, context: Context) -> Wired:
    """Adds `chain([cells], width = W)`, whose nodes have W channels before any reduction; None after an error."""
    arguments = {a.name or CHAIN[min(i, 2)]: a for i, a in enumerate(call.arguments)}
    unknown = [a for a in call.arguments if a.name not in (None, *CHAIN)]
    for a in unknown:
        free = [n for n in CHAIN if n not in arguments]
        help = did_you_mean(a.name or "", free) or f"it has {listed(CHAIN, last='and')}"
        fixes = rename(name_span(a), a.name or "", free)
        context.diagnostics.error("SG0308", a.span, f"`chain` has no parameter `{a.name}`", help=help, fixes=fixes)
    if unknown or not given_once(call, context.diagnostics):
        return None
    if len(call.arguments) != len(arguments) or not {"cells", "width"} <= set(arguments):
        help = "write `chain([normal, reduction, ...], width = ...)`"
        context.diagnostics.error("SG0304", call.span, "`chain` needs its cells and their width", help=help)
        return None
    cells = substituted(arguments["cells"].value, context.values, context.diagnostics)
    width = whole(arguments["width"].value, context.values, context.diagnostics)
    if not isinstance(cells, Sequence) or not cells.items:
        help = "such as `[normal, normal]`"
        context.diagnostics.error("SG0304", cells.span, f"`{text(cells)}` is not a list of cells", help=help)
        return None
    if width is None:
        return None
    if width < 1:
        context.diagnostics.error("SG0304", arguments["width"].span, f"`width` of `chain` is {width}, but must be at least 1")
        return None
    way_down = _way_down(arguments["down"].value, context) if "down" in arguments else "stride"
    if way_down is None:
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
        op = Cell(cell=cell, width=width, down=stride, way_down=way_down)
        added = add(path.at(str(i)), op, (before[0], before[1], before[1]), item.span)
        if added is None or added == UNKNOWN:
            return added
        before = [before[1], added]
        made.append(added)
    return tuple(made)


def _way_down(expr: Expr, context: Context) -> Down | None:
    """How the cells of a chain take in a finer input; None after an error.

    A param may name a word, and one that has a word's name but another value, such as `param stride = 2`, doesn't hide it.
    """
    written = text(substituted(expr, context.values, context.diagnostics))
    for word in DOWN:
        if word in (written, text(expr)) and (word == written or written not in DOWN):
            return word
    help = did_you_mean(written, DOWN) or f"write {listed(DOWN)}"
    fixes = rename(expr.span, written, DOWN)
    context.diagnostics.error("SG0304", expr.span, f"`down` of `chain` can't be `{written}`", help=help, fixes=fixes)
    return None
