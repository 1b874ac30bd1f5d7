"""Values of params: numbers, `true` and `false`, words, and lists of these; neurons are the elaboration's."""

import re
from dataclasses import replace
from typing import Literal

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.evaluate import Environment, element, evaluate
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import Value

ParamKind = Literal["number", "truth", "word", "list", "neuron"]
"""The kind of a param, which its default has."""

TAKES: dict[ParamKind, str] = {
    "number": "a number",
    "truth": "`true` or `false`",
    "word": "a word, a number or a list",
    "list": "a list, a number or a word",
    "neuron": "a neuron",
}
"""What a run can bind a param of each kind to. Words, lists and numbers can stand for each other, as in `padding = 0`, but
where the default is a number it probably is one. A block's use takes all three: an override can have replaced the default."""

TRUTH = {"true": True, "false": False}

MOST_ITEMS = 64
"""Items of a list."""

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def param_value(expr: ast.Expr, values: Environment, diagnostics: Diagnostics) -> Value:
    """The value of a param that is no neuron; None after an error.

    Args:
        expr: A number, arithmetic, `true` or `false`, a word, a list, the name of a param, or an element of one.
        values: The params that are visible. Another name is a word, which the elaboration looks up.
        diagnostics: Gets what is wrong.
    """
    match expr:
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Name(id="true" | "false" as name):
            return TRUTH[name]
        case ast.Name(id=name) if name != "none":
            return name
        case ast.Text(value=value) if _NUMBER.fullmatch(value) is None:
            return value
        case ast.Sequence(items=items):
            return _items(items, expr, values, diagnostics)
        case ast.Index():
            return element(expr, values, diagnostics)
        case _:
            return evaluate(expr, values, diagnostics)


def _items(
    items: tuple[ast.Expr, ...], whole: ast.Sequence, values: Environment, diagnostics: Diagnostics
) -> tuple[Value, ...] | None:
    if len(items) > MOST_ITEMS:
        help = f"the list of a param has at most {MOST_ITEMS}"
        diagnostics.error("SG0218", whole.span, f"a list of {len(items)} items", help=help)
        return None
    found: list[Value] = []
    for item in items:
        value = param_value(item, values, diagnostics)
        if isinstance(value, tuple):
            help = "the list of a param has numbers and words"
            diagnostics.error("SG0207", item.span, "a list can't be in the list of a param", help=help)
        found.append(None if isinstance(value, tuple) else value)
    return None if None in found else tuple(found)


def kind_of(value: Value) -> ParamKind:
    """The kind of a param with this value."""
    if isinstance(value, bool):
        return "truth"
    return "word" if isinstance(value, str) else "list" if isinstance(value, tuple) else "number"


def written_kind(expr: ast.Expr | None) -> ParamKind | None:
    """The kind of a param with this value, as far as the text alone shows: a name may be a word, a param or a neuron."""
    match expr:
        case ast.Number() | ast.Negative() | ast.Binary():
            return "number"
        case ast.Name(id="true" | "false"):
            return "truth"
        case ast.Sequence():
            return "list"
        case _:
            return None


def fits(value: Value, kind: ParamKind) -> bool:
    """Whether a param of this kind takes a value; a neuron is never one."""
    found = kind_of(value)
    return found == kind or (kind in ("word", "list") and found != "truth")


def written(value: Value) -> str:
    """A value as a spec has it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def literal(value: Value, span: Span) -> ast.Expr:
    """The expression of a value.

    Raises:
        ValueError: It is a call or nothing.
    """
    match value:
        case bool():
            return ast.Name(written(value), span)
        case int() | float():
            return ast.Number(value, None, span) if value >= 0 else ast.Negative(ast.Number(-value, None, span), span)
        case str():
            return ast.Name(value, span) if value.isidentifier() else ast.Text(value, span)
        case tuple():
            return ast.Sequence(tuple(literal(item, span) for item in value), span)
        case _:
            raise ValueError(f"a param has no value {value}")


def substituted(expr: ast.Expr, values: Environment, diagnostics: Diagnostics) -> ast.Expr:
    """An expression with the values of params in place of their names and elements; one with an error stays as it is."""
    match expr:
        case ast.Name(id=name) if values.get(name) is not None:
            return literal(values[name], expr.span)
        case ast.Binary(left=left, right=right):
            return replace(expr, left=substituted(left, values, diagnostics), right=substituted(right, values, diagnostics))
        case ast.Negative(operand=operand):
            return replace(expr, operand=substituted(operand, values, diagnostics))
        case ast.Index(base=ast.Name(id=name)) if isinstance(values.get(name), tuple):
            found = element(expr, values, diagnostics)
            return expr if found is None else literal(found, expr.span)
        case ast.Sequence(items=items):
            return replace(expr, items=tuple(substituted(item, values, diagnostics) for item in items))
        case ast.Call(arguments=arguments):
            return replace(
                expr, arguments=tuple(replace(a, value=substituted(a.value, values, diagnostics)) for a in arguments)
            )
        case _:
            return expr
