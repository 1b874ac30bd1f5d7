"""Warnings where a call means something else than the same call of PyTorch; they become errors in the next minor release."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from spikegraph.base.nearest import listed
from spikegraph.dsl.ast import Argument, Call, Expr, Name
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.source import Span
from spikegraph.elaborate.context import Context, text
from spikegraph.ir.opdef import Op
from spikegraph.ir.types import Value

_NEXT = "the next minor release refuses this"


def warn_of_places(op: type[Op], arguments: Sequence[Argument], keys: Sequence[str], context: Context) -> None:
    """Warns of parameters that are given by their place, if the operation wants their names.

    Args:
        op: The operation.
        arguments: The arguments of a call.
        keys: The operand or parameter that each argument was taken for.
        context: Gets the warning.
    """
    if op.by_place is None:
        return
    named = list(op.parameters())[op.by_place :]
    late = [i for i, (a, key) in enumerate(zip(arguments, keys, strict=True)) if a.name is None and key in named]
    if not late:
        return
    changed = range(late[0], late[-1] + 1)
    items = ", ".join(f"{keys[i]} = {text(arguments[i].value)}" for i in changed)
    values = listed((text(arguments[i].value) for i in late), last="and")
    as_what = listed((keys[i] for i in late), last="and")
    verb = "is" if len(late) == 1 else "are"
    summary = f"{values} of `{op.name}` {verb} taken for {as_what}, by {'its place' if len(late) == 1 else 'their places'}"
    span = arguments[late[0]].span.to(arguments[late[-1]].span)
    help = f"write `{items}`; PyTorch has another order, and {_NEXT}"
    context.diagnostics.warning("SG0802", span, summary, help=help, fixes=[Fix(span, items, f"write `{items}`")])


def warn_of_default(op: Op, expr: Name | Call, given: Collection[str], operands: Sequence[Value], context: Context) -> None:
    """Warns of a parameter that isn't given and whose default isn't what PyTorch's users expect.

    Args:
        op: The operation.
        expr: The call, or the operation's name.
        given: The parameters that the call gives.
        operands: The types of the operands; empty if they are open, as on an edge of a cell.
        context: Gets the warning.
    """
    found = op.misread(*operands)
    if found is None or found[0] in given:
        return
    parameter, effect = found
    default = type(op).parameters()[parameter]
    said = with_argument(expr, parameter, Name(str(default), expr.span))
    choices = listed((f"{parameter} = {word}" for word in type(op).choices(parameter) if word != default), last="and")
    summary = f"the windows of this `{op.name}` {effect}"
    help = f"write `{parameter} = {default}` to keep that; others are {choices} and numbers as in PyTorch; {_NEXT}"
    context.diagnostics.warning(
        "SG0802", expr.span, summary, help=help, fixes=[Fix(expr.span, text(said), f"write `{text(said)}`")]
    )


def with_argument(expr: Name | Call, name: str, value: Expr) -> Call:
    """The call with one more argument, given by its name."""
    call = expr if isinstance(expr, Call) else Call(expr, (), expr.span)
    return replace(call, arguments=(*call.arguments, Argument(name, value, _end(call.span))))


def _end(span: Span) -> Span:
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)
