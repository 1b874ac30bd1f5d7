"""Makes nodes of grammar rules while the parser runs."""

import math
from collections.abc import Callable
from typing import Any

from lark import Token, Transformer

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.limits import LONGEST_MODEL
from spikegraph.dsl.numbers import MalformedError, read_number
from spikegraph.dsl.source import Span

Children = list[Any]

MODEL_WORDS = frozenset(
    ("number", "weights", "option", "state", "emit", "over", "in", "of", "learned", "per", "else", "case", "not", "and", "or")
)
"""What no name in a model is."""


class Builder(Transformer[Token, Any]):
    """One method per rule of the grammar.

    `begin` names the file to parse next; `problems` holds the malformed numbers and calls found since then.
    """

    def __init__(self, parse_body: "Callable[[Builder, str], Any]") -> None:
        """Make a builder; `parse_body` parses the body of a model, behind spaces that stand for the text before it."""
        super().__init__()
        self.parse_body = parse_body
        self.file = ""
        self.lines = 0
        self.in_model = False
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

    def model(self, c: Children) -> ast.Declaration:
        """`model name(inputs) { ... }`."""
        kind, name, inputs, text = c
        if len(text) > LONGEST_MODEL:
            help = f"the body of a model has at most {LONGEST_MODEL}"
            self.problems.append((name.span, MalformedError("SG1213", f"a model of {len(text)} characters", help)))
            nothing = ast.Entry(name, ast.Number(math.nan, None, name.span), name.span)
            return ast.Declaration(str(kind), name, None, (nothing,), self.at(kind).to(self.at(text)), tuple(inputs or ()))
        lines, column = text.line - 1, text.column - 1
        before = " " * (text.start_pos - lines - column) + "\n" * lines + " " * column
        self.in_model = True
        try:
            body, end = self.parse_body(self, before + text)
        finally:
            self.in_model = False
        return ast.Declaration(str(kind), name, None, body, self.at(kind).to(end), tuple(inputs or ()))

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

    # Lines of models.

    def quantity(self, c: Children) -> ast.Quantity:
        """`number name = value in interval learned per word`."""
        keyword, name, value, _, interval, learned, per, word = c
        start, end = self.at(keyword), interval.span if learned is None else self.at(learned)
        if learned is None:
            return ast.Quantity(name, value, interval, None, start.to(end))
        word = ast.Name("layer", end) if per is None else word
        return ast.Quantity(name, value, interval, word, start.to(word.span))

    def interval(self, c: Children) -> ast.Interval:
        """`[low, high]`, or with `(` and `)`."""
        start, low, high, end = c
        return ast.Interval(low, high, str(start) == "(", str(end) == ")", self.at(start).to(self.at(end)))

    def weights(self, c: Children) -> ast.Weights:
        """`weights name[sizes] = value`."""
        keyword, name, sizes, _, value = c
        return ast.Weights(name, tuple(sizes), value, self.at(keyword).to(value.span))

    def option(self, c: Children) -> ast.Option:
        """`option name = value of word | word`."""
        keyword, name, value, _, words = c
        return ast.Option(name, value, tuple(words), self.at(keyword).to(words[-1].span))

    def state(self, c: Children) -> ast.State:
        """`state name = value`."""
        return ast.State(c[1], c[2], self.at(c[0]).to(c[2].span))

    def emit(self, c: Children) -> ast.Emit:
        """`emit value else instead`."""
        keyword, value, _, instead = c
        return ast.Emit(value, instead, self.at(keyword).to((instead or value).span))

    def over(self, c: Children) -> ast.Over:
        """`over axis`."""
        return ast.Over(c[1], self.at(c[0]).to(c[1].span))

    def all_of(self, c: Children) -> ast.Name:
        """`all stems`, as one name with a space in it."""
        return ast.Name(f"{c[0]} {c[1]}", self.at(c[0]).to(self.at(c[1])))

    def names(self, c: Children) -> Children:
        """Names separated by commas."""
        return c

    places = expressions = arguments = words = names

    # Expressions.

    def name(self, c: Children) -> ast.Name:
        """A name; one that is a word of models is added to `problems` there."""
        found = ast.Name(str(c[0]), self.at(c[0]))
        if self.in_model and found.id in MODEL_WORDS:
            problem = MalformedError("SG1201", f"`{found.id}` is a word of models", "choose another name")
            self.problems.append((found.span, problem))
        return found

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

    def ranged(self, c: Children) -> ast.Argument:
        """`name in count`, of a sum in a model."""
        span = c[0].span.to(c[2].span)
        return ast.Argument(None, ast.Comparison("in", c[0], c[2], span), span)

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

    def comparison(self, c: Children) -> ast.Comparison:
        """`left > right`."""
        return ast.Comparison(str(c[1]), c[0], c[2], c[0].span.to(c[2].span))

    def logical(self, c: Children) -> ast.Logical:
        """`left and right`."""
        return ast.Logical(str(c[1]), (c[0], c[2]), c[0].span.to(c[2].span))

    def negation(self, c: Children) -> ast.Logical:
        """`not operand`."""
        return ast.Logical("not", (c[1],), self.at(c[0]).to(c[1].span))

    def branch(self, c: Children) -> ast.Branch:
        """`word: value`."""
        return ast.Branch(c[0], c[1], c[0].span.to(c[1].span))

    def case(self, c: Children) -> ast.Case:
        """`case option { word: value ... }`."""
        keyword, option, *branches, end = c
        return ast.Case(option, tuple(branches), self.at(keyword).to(self.at(end)))

    def pipe(self, c: Children) -> ast.Expr:
        """`first -> second`."""
        return ast.Pipe(tuple(c), c[0].span.to(c[-1].span))
