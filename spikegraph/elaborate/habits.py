"""Calls that could be meant as the same call of PyTorch, which computes something else."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from spikegraph.base.nearest import listed
from spikegraph.dsl.ast import Argument, Call, Expr, Name, Number
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.source import Span
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.pytorch_calls import translated
from spikegraph.ir.opdef import Op


def named_behind_first(op: type[Op], arguments: Sequence[Argument], keys: Sequence[str], context: Context) -> bool:
    """Whether parameters that the operation wants by name have their names; adds an error if not.

    Args:
        op: The operation.
        arguments: The arguments of a call.
        keys: The operand or parameter that each argument stands for by its name or place.
        context: Gets the error.
    """
    if op.by_place is None:
        return True
    named = list(op.parameters())[op.by_place :]
    late = [i for i, (a, key) in enumerate(zip(arguments, keys, strict=True)) if a.name is None and key in named]
    if not late:
        return True
    changed = range(late[0], late[-1] + 1)
    items = ", ".join(f"{keys[i]} = {text(arguments[i].value)}" for i in changed)
    values = listed((text(arguments[i].value) for i in late), last="and")
    summary = f"{values} of `{op.name}` {'has no name' if len(late) == 1 else 'have no names'}"
    span = arguments[late[0]].span.to(arguments[late[-1]].span)
    given = tuple(a for a, key in zip(arguments, keys, strict=True) if key in op.parameters())
    by_places = next(iter(op.parameters())) in keys and all(a.name is None for a in given)
    sure = _numbers_for_flags(op, arguments, keys)
    other = translated(Call(Name(op.name if sure else f"{op.name}2d", span), given, span)) if by_places else None
    if other is None:
        help, fixes = f"write `{items}`: PyTorch's parameters have another order", [Fix(span, items, f"write `{items}`")]
    elif sure:
        whole, inside = given[0].span.to(given[-1].span), other.removeprefix(f"{op.name}(").removesuffix(")")
        help = f"PyTorch's `{op.name}({', '.join(text(a.value) for a in given)})` is `{other}`"
        fixes = [Fix(whole, inside, f"write `{other}`")]
    else:
        help, fixes = f"write `{items}`, or `{other}` if that is PyTorch's order", []
    context.diagnostics.error("SG0802", span, summary, help=help, fixes=fixes)
    return False


def _numbers_for_flags(op: type[Op], arguments: Sequence[Argument], keys: Sequence[str]) -> bool:
    """Whether a number is given where only `true` and `false` can be meant."""
    defaults = op.parameters()
    return any(isinstance(defaults.get(k), bool) and isinstance(a.value, Number) for k, a in zip(keys, arguments, strict=True))


def says_what_it_must(op: Op, expr: Name | Call, given: Collection[str], context: Context) -> bool:
    """Whether a call gives the parameter whose default isn't what PyTorch's users expect; adds an error if not.

    Args:
        op: The operation.
        expr: The call, or the operation's name.
        given: The parameters that the call gives.
        context: Gets the error.
    """
    found = op.misread()
    if found is None or found[0] in given:
        return True
    parameter, help = found
    default = type(op).parameters()[parameter]
    said = text(with_argument(expr, parameter, Name(str(default), expr.span)))
    summary = f"the windows of this `{op.name}` overlap, so it must say its `{parameter}`"
    context.diagnostics.error("SG0802", expr.span, summary, help=help, fixes=[Fix(expr.span, said, f"write `{said}`")])
    return False


def with_argument(expr: Name | Call, name: str, value: Expr) -> Call:
    """The call with one more argument, given by its name."""
    call = expr if isinstance(expr, Call) else Call(expr, (), expr.span)
    return replace(call, arguments=(*call.arguments, Argument(name, value, _end(call.span))))


def _end(span: Span) -> Span:
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)
