"""Expressions of a model's lines: names, functions, kinds and ranges."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.layout import flat
from spikegraph.dsl.models.calls import operands_of
from spikegraph.dsl.models.names import MOST_OPERATIONS, Names
from spikegraph.dsl.models.over_time import sum_over_time
from spikegraph.dsl.models.spikes import SPIKE_CALLS
from spikegraph.dsl.models.steps_before import state_before
from spikegraph.dsl.models.typed import SPIKES, Kind, Typed, joined
from spikegraph.dsl.models.wrong_names import no_term, unknown_function, unknown_name
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.equations.functions import FUNCTIONS
from spikegraph.equations.interval import Interval
from spikegraph.equations.terms import Apply, Constant, Current, Number, Term, Value, parts

_LIMITS = ("sigmoid", "tanh", "erf", "sin", "cos", "clamp", "min")
"""Functions that keep a state from running away."""


@dataclass
class Expressions:
    """Makes terms of expressions; None after an error, which is in the diagnostics."""

    names: Names
    diagnostics: Diagnostics
    limited: bool = False
    operations: int = 0

    def typed(self, expr: ast.Expr) -> Typed | None:
        """A value."""
        self.operations += 1
        match expr:
            case ast.Number(value, None):
                return Typed(Constant(float(value)), "constant", Interval(float(value), float(value)))
            case ast.Name():
                return self._name(expr)
            case ast.Index(ast.Name() as base, (step,)):
                return state_before(self.names, self.diagnostics, base, step, expr.span)
            case ast.Negative(operand):
                a = self.typed(operand)
                if a is None:
                    return None
                kind: Kind = a.kind if a.kind not in ("spike", "count") else "sign" if a.bound == 1 else "multiple"
                return Typed(Apply("neg", (a.term,)), kind, -a.range, 1, a.remembers)
            case ast.Binary():
                return self._binary(expr)
            case ast.Call(function):
                if function.id == "sum":
                    return sum_over_time(self, expr)
                own = SPIKE_CALLS.get(function.id)
                return self._call(expr) if own is None else own(self, expr)
            case _:
                no_term(expr, self.names, self.diagnostics)
                return None

    def repeat(self, *terms: Term) -> None:
        """Counts the operations of terms that stand in another one once more, as far as the limit."""
        waiting = list(terms)
        while waiting and self.operations <= MOST_OPERATIONS:
            self.operations += 1
            waiting += parts(waiting.pop())

    def line(self, expr: ast.Expr) -> Typed | None:
        """The value of a line, where a `case` takes the branch of the chosen word."""
        while isinstance(expr, ast.Case):
            chosen = self._branch(expr)
            if chosen is None:
                return None
            expr = chosen
        return self.typed(expr)

    # Names.

    def _name(self, name: ast.Name) -> Typed | None:
        names, own = self.names, name.id
        if own in names.lines:
            names.used.add(own)
            line = names.lines[own]
            return Typed(Value(own), line.kind, line.range, line.bound, line.remembers)
        if own in names.numbers:
            return names.number(own)
        if own in names.inputs:
            names.used.add(own)
            return Typed(Current(own), "real", Interval())
        if own in names.broken:
            return None
        unknown_name(name, names, self.diagnostics)
        names.broken.add(own)
        return None

    def _branch(self, case: ast.Case) -> ast.Expr | None:
        option = self.names.options.get(case.option.id)
        if option is None:
            known = self.names.options
            help = did_you_mean(case.option.id, known) or "declare it: `option NAME = WORD of WORD | WORD`"
            fixes = rename(case.option.span, case.option.id, known)
            self.diagnostics.error(
                "SG1202", case.option.span, f"no option is called `{case.option.id}`", help=help, fixes=fixes
            )
            return None
        self.names.used.add(option.name)
        words = [branch.word.id for branch in case.branches]
        wrong = next((b.word for b in case.branches if b.word.id not in option.words or words.count(b.word.id) > 1), None)
        missing = next((word for word in option.words if word not in words), None)
        if wrong is not None or missing is not None:
            place = case.option.span if wrong is None else wrong.span
            twice = wrong is not None and words.count(wrong.id) > 1
            if wrong is None:
                what, help = f"`{missing}` has no branch", f"write `{missing}: ...` in it"
            elif twice:
                what, help = f"`{wrong.id}` is here twice", "leave it out"
            else:
                what, help = f"`{wrong.id}` is none of them", did_you_mean(wrong.id, option.words)
            summary = f"a `case` of `{option.name}` has a branch for {listed(option.words, last='and')}, but {what}"
            self.diagnostics.error("SG1205", place, summary, help=help)
            return None
        return next(b.value for b in case.branches if b.word.id == self.names.words[option.name])

    # Operators and functions.

    def _binary(self, expr: ast.Binary) -> Typed | None:
        a, b = self.typed(expr.left), self.typed(expr.right)
        if a is None or b is None:
            return None
        if expr.operator == "/" and 0 in b.range:
            summary = f"a division by what may be 0: `{flat(expr.right)}` lies in {b.range}"
            help = None if b.kind == "constant" and b.range.low == b.range.high else f"write `max({flat(expr.right)}, 0.001)`"
            if isinstance(b.term, Number):
                help = f"leave 0 out of the range of `{b.term.name}`, or {help}"
            self.diagnostics.error("SG1207", expr.right.span, summary, help=help)
            return None
        if expr.operator == "*" and a.remembers and b.remembers and not (a.range.bounded or b.range.bounded):
            self._unlimited(expr)
        operators: dict[str, Callable[[Interval, Interval], Interval]] = {
            "+": Interval.__add__, "-": Interval.__sub__, "*": Interval.__mul__, "/": Interval.__truediv__
        }  # fmt: skip
        if a.kind in SPIKES and b.kind in SPIKES and None in (a.bound, b.bound):
            self.names.single = True
            a, b = (replace(each, bound=each.bound or 1) for each in (a, b))
        kind, bound = joined(expr.operator, a, b)
        found = operators[expr.operator](a.range, b.range)
        if _known(a) and _known(b) and not found.bounded:
            self.diagnostics.error("SG1213", expr.span, f"`{flat(expr)[:60]}` is too large", help="write smaller numbers")
            return None
        return Typed(Apply(expr.operator, (a.term, b.term)), kind, found, bound, a.remembers or b.remembers)

    def _unlimited(self, expr: ast.Expr) -> None:
        """Warns of a state that may grow without end."""
        if not self.limited:
            summary = f"`{flat(expr)}` can grow from step to step without end"
            help = "limit it with `clamp(x, low, high)` or `min(x, high)`"
            self.diagnostics.warning("SG1208", expr.span, summary, help=help)

    def _call(self, call: ast.Call) -> Typed | None:
        function = FUNCTIONS.get(call.function.id)
        if function is None:
            unknown_function(call, self.names, self.diagnostics)
            return None
        name, operands = call.function.id, self.operands(call, function.operands)
        if operands is None:
            return None
        before, self.limited = self.limited, self.limited or name in _LIMITS
        condition = self._condition(operands[0]) if name == "where" else None
        found = [self.typed(e) for e in (operands[1:] if name == "where" else operands)]
        self.limited = before
        values = [each for each in found if each is not None]
        if len(values) < len(found) or (name == "where" and condition is None):
            return None
        if name == "clamp" and any(each.kind != "constant" for each in values[1:]):
            self.diagnostics.error("SG1204", call.span, "the ends of `clamp` are constants", help="use `min` and `max`")
            return None
        first = values[0]
        if function.domain is not None and not _inside(first.range, function.domain):
            summary = f"`{name}` of what may be outside of {function.domain}: `{flat(operands[0])}` lies in {first.range}"
            self.diagnostics.error("SG1207", operands[0].span, summary, help="limit it with `max(x, 0.001)`")
            return None
        remembers = any(each.remembers for each in values)
        if function.grows and first.remembers and math.isinf(first.range.high):
            self._unlimited(call)
        kind: Kind = "constant" if all(each.kind == "constant" for each in values) and name != "where" else "real"
        if name in ("detach", "straight"):
            kind = first.kind
        terms = tuple(each.term for each in values)
        if name == "where":
            assert condition is not None
            return Typed(Apply(name, (condition, *terms)), kind, values[0].range | values[1].range, 1, remembers=True)
        bound = first.bound if kind in SPIKES else 1
        return Typed(Apply(name, terms), kind, function.range(*(each.range for each in values)), bound, remembers)

    def operands(self, call: ast.Call, wanted: tuple[str, ...], keys: tuple[str, ...] = ()) -> list[ast.Expr] | None:
        """The operands of a call without its named arguments, which must be among `keys`."""
        return operands_of(call, wanted, keys, self.diagnostics)

    def _condition(self, expr: ast.Expr) -> Term | None:
        self.operations += 1
        match expr:
            case ast.Comparison(operator, left, right):
                a, b = self.typed(left), self.typed(right)
                return None if a is None or b is None else Apply(operator, (a.term, b.term))
            case ast.Logical(operator, operands):
                found = [self._condition(each) for each in operands]
                terms = tuple(each for each in found if each is not None)
                return Apply(operator, terms) if len(terms) == len(found) else None
            case _:
                summary = f"expected a comparison, found {describe(expr)}"
                self.diagnostics.error("SG1203", expr.span, summary, help="write `where(x > 0, x, y)`")
                return None


def _known(value: Typed) -> bool:
    """Whether it is one number, such as `2 * 3`."""
    return value.kind == "constant" and value.range.bounded and value.range.low == value.range.high


def _inside(a: Interval, b: Interval) -> bool:
    """Whether all of `a` lies in `b`."""
    return all(value in b or (is_open and value in (b.low, b.high)) for value, is_open in a.ends)
