"""Default values: text in the schema, nodes in the tree."""

from dataclasses import replace
from functools import cache
from typing import TypeVar

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse_expression
from spikegraph.dsl.source import SourceFile, Span

E = TypeVar("E", bound=ast.Expr)


@cache
def _parsed(text: str) -> ast.Expr:
    diagnostics = Diagnostics()
    expr = parse_expression(SourceFile("default", text), diagnostics)
    if expr is None:
        raise ValueError(f"the default {text!r} is not of the language: {[d.summary for d in diagnostics]}")
    return expr


def default_expr(text: str, span: Span) -> ast.Expr:
    """The tree of a default, with `span` at every node."""
    return respan(_parsed(text), span)


def respan(expr: E, span: Span) -> E:
    """The expression with `span` at every node."""
    match expr:
        case ast.Attribute():
            return replace(expr, base=respan(expr.base, span), span=span)
        case ast.Index():
            return replace(expr, base=respan(expr.base, span), items=tuple(respan(e, span) for e in expr.items), span=span)
        case ast.Call():
            arguments = tuple(ast.Argument(a.name, respan(a.value, span), span) for a in expr.arguments)
            return replace(expr, function=respan(expr.function, span), arguments=arguments, span=span)
        case ast.Sequence():
            return replace(expr, items=tuple(respan(e, span) for e in expr.items), span=span)
        case ast.Binary():
            return replace(expr, left=respan(expr.left, span), right=respan(expr.right, span), span=span)
        case ast.Negative():
            return replace(expr, operand=respan(expr.operand, span), span=span)
        case ast.Pipe():
            return replace(expr, stages=tuple(respan(e, span) for e in expr.stages), span=span)
        case _:
            return replace(expr, span=span)
