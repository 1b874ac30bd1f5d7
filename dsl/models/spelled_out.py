"""Short forms of a model, spelled out: weights of several steps, sums over them, and the currents of steps before.

`weights w[3] = 0.5` are the learned numbers `w_0`, `w_1`, `w_2`; `w[1]` is `w_1`. `sum(k in 3, w[k] * I[t-k])` is
`w[0] * I + w[1] * I[t-1] + w[2] * I[t-2]`. `I[t-2]` is the state `I_2` of the step before, which takes that of `I_1`, which
takes `I`: so such a model streams like any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.source import Span

MOST = 64
"""Weights of a name, terms of a sum, and steps before."""

MOST_TERMS = 500
"""Terms of all sums of a model."""

EVERYTHING, TIME = "inf", "time"


def spelled_out(node: ast.Declaration, diagnostics: Diagnostics) -> ast.Declaration:
    """The model without short forms; what is wrong is in the diagnostics."""
    form = _Form({name.id for name in node.inputs}, diagnostics)
    body: list[ast.Statement] = []
    for statement in node.body:
        body.extend(form.weights(statement) if isinstance(statement, ast.Weights) else (statement,))
    body = [form.statement(statement) for statement in body]
    for name, steps in form.window.items():
        body.extend(_window(name, steps, node.name.span))
    return replace(node, body=tuple(body))


def _window(name: str, steps: int, span: Span) -> list[ast.Statement]:
    """The states and lines that keep the currents of steps before."""
    found: list[ast.Statement] = []
    for step in range(steps, 0, -1):
        own = ast.Name(f"{name}_{step}", span)
        before: ast.Expr = ast.Name(name, span) if step == 1 else _before(f"{name}_{step - 1}", span)
        found += [ast.State(own, ast.Number(0, None, span), span), ast.Entry(own, before, span)]
    return found


def _before(name: str, span: Span) -> ast.Index:
    return ast.Index(ast.Name(name, span), (ast.Binary("-", ast.Name("t", span), ast.Number(1, None, span), span),), span)


@dataclass
class _Form:
    """What a model's short forms stand for.

    Attributes:
        inputs: The names of its currents.
        diagnostics: Takes errors.
        sizes: How many weights a name has.
        window: How many steps before of a current are used.
        terms: How many terms its sums have, those of a sum in a sum each time.
    """

    inputs: set[str]
    diagnostics: Diagnostics
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    window: dict[str, int] = field(default_factory=dict[str, int])
    terms: int = 0

    def weights(self, node: ast.Weights) -> list[ast.Statement]:
        """The numbers of weights; those of all steps, `w[time, time]`, stay as they are."""
        if all(isinstance(size, ast.Name) and size.id == TIME for size in node.sizes) and len(node.sizes) == 2:
            return [node]
        count = self._whole(node.sizes[0], 1, f"`{node.name.id}` has") if len(node.sizes) == 1 else None
        if len(node.sizes) > 1:
            self._error(
                node.span, f"`{node.name.id}` has {len(node.sizes)} axes", f"write `weights {node.name.id}[COUNT] = VALUE`"
            )
        if count is None:
            return []
        values = node.value.items if isinstance(node.value, ast.Sequence) else (node.value,) * count
        if len(values) != count:
            self._error(node.value.span, f"{len(values)} values for {count} weights", "give one, or one for each")
            return []
        self.sizes[node.name.id] = count
        span = node.name.span
        low, high = ast.Negative(ast.Name(EVERYTHING, span), span), ast.Name(EVERYTHING, span)
        interval, layer = ast.Interval(low, high, True, True, span), ast.Name("layer", span)
        names = (ast.Name(f"{node.name.id}_{k}", span) for k in range(count))
        return [ast.Quantity(name, value, interval, layer, span) for name, value in zip(names, values, strict=True)]

    def statement(self, statement: ast.Statement) -> ast.Statement:
        """A line, spelled out."""
        match statement:
            case ast.Entry() | ast.State():
                return replace(statement, value=self.expr(statement.value, {}))
            case _:
                return statement

    def expr(self, expr: ast.Expr, values: Mapping[str, int]) -> ast.Expr:
        """A term, spelled out; `values` are those of the names that sums go through."""
        each: Callable[[ast.Expr], ast.Expr] = lambda e: self.expr(e, values)  # noqa: E731
        match expr:
            case ast.Name(name, span) if name in values:
                return ast.Number(values[name], None, span)
            case ast.Index(ast.Name(name, span), (item,)) if name in self.sizes:
                place = self._whole(each(item), 0, f"the weight of `{name}`", self.sizes[name] - 1)
                return expr if place is None else ast.Name(f"{name}_{place}", span)
            case ast.Index(ast.Name(name) as base, (ast.Binary("-", ast.Name("t"), step),)) if name in self.inputs:
                count = self._whole(each(step), 0, f"the step before of `{name}`")
                if count is None:
                    return base
                self.window[name] = max(count, self.window.get(name, 0))
                return base if count == 0 else _before(f"{name}_{count}", expr.span)
            case ast.Index(ast.Name(name) as base, (ast.Name("t"),)) if name in self.inputs:
                return base
            case ast.Call(ast.Name("sum")):
                return self._sum(expr, values)
            case ast.Call():
                return replace(expr, arguments=tuple(replace(a, value=each(a.value)) for a in expr.arguments))
            case ast.Binary() | ast.Comparison():
                return replace(expr, left=each(expr.left), right=each(expr.right))
            case ast.Negative():
                return replace(expr, operand=each(expr.operand))
            case ast.Logical():
                return replace(expr, operands=tuple(each(e) for e in expr.operands))
            case ast.Case():
                return replace(expr, branches=tuple(replace(b, value=each(b.value)) for b in expr.branches))
            case _:
                return expr

    def _sum(self, call: ast.Call, values: Mapping[str, int]) -> ast.Expr:
        match call.arguments:
            case (ast.Argument(None, ast.Comparison("in", _, ast.Name("time"))), _):
                return call
            case (ast.Argument(None, ast.Comparison("in", ast.Name(name), last)), ast.Argument(None, term)):
                count = self._whole(self.expr(last, values), 1, "a sum goes through")
                before, self.terms = self.terms, self.terms + (count or 1)
                if self.terms > MOST_TERMS:
                    if before <= MOST_TERMS:
                        summary, help = f"sums of more than {MOST_TERMS} terms", "a model has at most as many in a step"
                        self.diagnostics.error("SG1213", call.span, summary, help=help)
                    return ast.Number(0, None, call.span)
                terms = [self.expr(term, {**values, name: k}) for k in range(count or 1)]
                total = terms[0]
                for each in terms[1:]:
                    total = ast.Binary("+", total, each, call.span)
                return total
            case _:
                self._error(call.span, "`sum` takes a name with its count, and a term", "write `sum(k in 4, w[k] * I[t-k])`")
                return ast.Number(0, None, call.span)

    def _whole(self, expr: ast.Expr, least: int, what: str, most: int = MOST) -> int | None:
        """A whole number from `least` to `most`; None after an error."""
        match expr:
            case ast.Number(int(value), None) if least <= value <= most:
                return value
            case _:
                self._error(
                    expr.span, f"{what} a whole number from {least} to {most}", "write such a number, or the name of a sum"
                )
                return None

    def _error(self, place: Span, summary: str, help: str) -> None:
        self.diagnostics.error("SG1212", place, summary, help=help)
