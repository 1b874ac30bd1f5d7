"""Makes nodes of grammar rules while the parser runs."""

import math
from typing import Any

from lark import Token, Transformer

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.numbers import MalformedError, read_number
from spikegraph.dsl.source import Span

Children = list[Any]


class Builder(Transformer[Token, Any]):
    """One method per rule of the grammar.

    `begin` names the file to parse next; `problems` holds the malformed numbers and calls found since then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.file = ""
        self.lines = 0
        self.problems: list[tuple[Span, MalformedError]] = []

    def begin(self, file: str, lines: int = 0) -> None:
        """Start on `file`; `lines` of it come before the parsed text."""
        self.file = file
        self.lines = lines
        self.problems = []

    def report(self, diagnostics: Diagnostics) -> bool:
        """Add an error for each of the problems; returns whether there is one."""
        for place, bad in self.problems:
            fixes = [] if bad.instead is None else [Fix(place, bad.instead, f"write `{bad.instead}`")]
            diagnostics.error(bad.code, place, str(bad), help=bad.help, fixes=fixes)
        return bool(self.problems)

    def at(self, token: Token) -> Span:
        """The span of a token."""
        lines = self.lines
        return Span(
            self.file, (token.line or 1) + lines, token.column or 1, (token.end_line or 1) + lines, token.end_column or 1
        )

    # Files and items.

    def file_(self, c: Children) -> tuple[Span, Span, int | float, str | None, tuple[ast.Item, ...]]:
        """The version's span and number, which the parser checks."""
        number = self.number([c[1]])
        return self.at(c[0]), number.span, number.value, number.unit, c[2]

    def items(self, c: Children) -> tuple[ast.Item, ...]:
        """Items in order."""
        return tuple(c)

    def import_(self, c: Children) -> ast.Import:
        """`import "path"`."""
        path = self.text([c[1]])
        return ast.Import(path, None, self.at(c[0]).to(path.span))

    def import_as(self, c: Children) -> ast.Import:
        """`import "path" as name`."""
        return ast.Import(self.text([c[1]]), c[3], self.at(c[0]).to(c[3].span))

    def declaration(self, c: Children) -> ast.Declaration:
        """`kind name like base { ... }`."""
        kind, name, _, like, (body, end) = c
        return ast.Declaration(str(kind), name, like, body, self.at(kind).to(end))

    def alias(self, c: Children) -> ast.Declaration:
        """`kind name like base`."""
        kind, name, _, like = c
        return ast.Declaration(str(kind), name, like, (), self.at(kind).to(like.span))

    def path(self, c: Children) -> ast.Path:
        """`path trellis = levels`."""
        return ast.Path(c[1], c[2], self.at(c[0]).to(c[2].span))

    def run(self, c: Children) -> ast.Run:
        """`search network(bindings) on dataset { ... }`."""
        kind, network, bindings, _, dataset, (body, end) = c
        return ast.Run(str(kind), network, tuple(bindings or ()), dataset, body, self.at(kind).to(end))

    def body(self, c: Children) -> tuple[tuple[ast.Statement, ...], Span]:
        """The statements of a block and its closing brace."""
        return tuple(c[:-1]), self.at(c[-1])

    # Statements.

    def entry(self, c: Children) -> ast.Entry:
        """`key = value`."""
        return ast.Entry(c[0], c[1], c[0].span.to(c[1].span))

    def output(self, c: Children) -> ast.Output:
        """`output name = value`."""
        return ast.Output(c[1], c[2], self.at(c[0]).to(c[2].span))

    def param(self, c: Children) -> ast.Param:
        """`param name = value`."""
        return ast.Param(c[1], c[2], self.at(c[0]).to(c[2].span))

    def input(self, c: Children) -> ast.Input:
        """`input names : type`."""
        return ast.Input(tuple(c[1]), c[2], self.at(c[0]).to(c[2].span))

    def return_(self, c: Children) -> ast.Return:
        """`return value`."""
        return ast.Return(c[1], self.at(c[0]).to(c[1].span))

    def block(self, c: Children) -> ast.Block:
        """`block name(parameters) { ... }`."""
        keyword, name, parameters, (body, end) = c
        return ast.Block(name, tuple(parameters or ()), body, self.at(keyword).to(end))

    def dgs(self, c: Children) -> ast.Dgs:
        """`dgs at places { ... }`."""
        keyword, _, places, (body, end) = c
        return ast.Dgs(tuple(places), body, self.at(keyword).to(end))

    def all_of(self, c: Children) -> ast.Name:
        """`all stems`, as one name with a space in it."""
        return ast.Name(f"{c[0]} {c[1]}", self.at(c[0]).to(self.at(c[1])))

    def names(self, c: Children) -> Children:
        """Names separated by commas."""
        return c

    places = expressions = arguments = names

    # Expressions.

    def name(self, c: Children) -> ast.Name:
        """A name."""
        return ast.Name(str(c[0]), self.at(c[0]))

    def attribute(self, c: Children) -> ast.Attribute:
        """`base.name`."""
        return ast.Attribute(c[0], c[1].id, c[0].span.to(c[1].span))

    def index(self, c: Children) -> ast.Index:
        """`base[items]`."""
        return ast.Index(c[0], tuple(c[1]), c[0].span.to(self.at(c[2])))

    def call(self, c: Children) -> ast.Call:
        """`function(arguments)`."""
        return ast.Call(c[0], tuple(c[1] or ()), c[0].span.to(self.at(c[2])))

    def dotted(self, c: Children) -> ast.Call | ast.Number:
        """`name.function(arguments)`; what has more dots, or anything else before the dot, is added to `problems`."""
        base, name, arguments, end = c
        span = base.span.to(self.at(end))
        if not isinstance(base, ast.Name):
            place = Span(span.file, base.span.end_line, base.span.end_column, name.span.end_line, name.span.end_column)
            self.problems.append((place, MalformedError("SG0115", "a call has no dots", f"write `{name.id}(...)`")))
            return ast.Number(math.nan, None, span)
        function = ast.Name(f"{base.id}.{name.id}", base.span.to(name.span))
        return ast.Call(function, tuple(arguments or ()), span)

    def argument(self, c: Children) -> ast.Argument:
        """An argument by position."""
        return ast.Argument(None, c[0], c[0].span)

    def named(self, c: Children) -> ast.Argument:
        """An argument by name."""
        return ast.Argument(c[0].id, c[1], c[0].span.to(c[1].span))

    def number(self, c: Children) -> ast.Number:
        """A number; a malformed one is added to `problems` and becomes NaN, so that later stages skip it."""
        span = self.at(c[0])
        try:
            value, unit = read_number(str(c[0]))
        except MalformedError as problem:
            self.problems.append((span, problem))
            return ast.Number(math.nan, None, span)
        return ast.Number(value, unit, span)

    def text(self, c: Children) -> ast.Text:
        """A string, without its quotes."""
        return ast.Text(str(c[0])[1:-1], self.at(c[0]))

    def sequence(self, c: Children) -> ast.Sequence:
        """`[items]`."""
        return ast.Sequence(tuple(c[1] or ()), self.at(c[0]).to(self.at(c[-1])))

    def negative(self, c: Children) -> ast.Negative:
        """`-operand`."""
        return ast.Negative(c[1], self.at(c[0]).to(c[1].span))

    def chain(self, c: Children) -> ast.Expr:
        """`a + b - c`, grouped from the left."""
        left: ast.Expr = c[0]
        for operator, right in zip(c[1::2], c[2::2], strict=True):
            left = ast.Binary(str(operator), left, right, left.span.to(right.span))
        return left

    def pipe(self, c: Children) -> ast.Expr:
        """`first -> second`."""
        return ast.Pipe(tuple(c), c[0].span.to(c[-1].span))
