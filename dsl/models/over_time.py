"""Sums over all time steps, `sum(s in time, w[t, s] * x[s])`, of models that have all steps at once."""

from collections.abc import Iterator
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.models.names import Names, Reader
from spikegraph.dsl.models.typed import Typed
from spikegraph.dsl.traversal import Node, children
from spikegraph.equations.interval import Interval
from spikegraph.equations.terms import Mixed


def sum_over_time(reader: Reader, call: ast.Call) -> Typed | None:
    """The term of a sum over time; None after an error."""
    matrices = reader.names.matrices
    if matrices is None:
        help = "make `over time` the first line: such a model has all steps at once, and can't stream"
        reader.diagnostics.error("SG1212", call.span, "a sum over time in a model of one step", help=help)
        return None
    match [a.value for a in call.arguments]:
        case [
            ast.Comparison("in", ast.Name(step), _),
            ast.Binary("*", ast.Index(ast.Name(weights) as name, (ast.Name("t"), ast.Name(own))), value),
        ] if own == step:
            if weights not in matrices:
                help = did_you_mean(weights, matrices) or f"declare `weights {weights}[time, time] = identity`"
                reader.diagnostics.error("SG1202", name.span, f"no weights of all steps are called `{weights}`", help=help)
                return None
            reader.names.used.add(weights)
            if not _each_says_its_step(reader, value, step):
                return None
            found = reader.typed(_at(value, step))
            return None if found is None else Typed(Mixed(weights, found.term), "real", Interval(), 1, remembers=True)
        case _:
            help = "write `sum(s in time, w[t, s] * I[s])`"
            reader.diagnostics.error("SG1212", call.span, "a sum over time is of weights times a value", help=help)
            return None


def _each_says_its_step(reader: Reader, value: ast.Expr, step: str) -> bool:
    """Whether all values of a sum are those of its own step; adds an error for each that isn't."""
    wrong = list(_of_no_step(value, reader.names))
    for expr, name in wrong:
        if name is None:
            summary, help, fixes = (
                "a sum over time within another",
                f"set it in a line above, as `m`, and write `m[{step}]`",
                [],
            )
        else:
            own = f"{name}[{step}]"
            summary, help = f"`{flat(expr)}` doesn't have the step of the sum", f"write `{own}`, or take it out of the sum"
            fixes = [Fix(expr.span, own, f"write `{own}`")]
        reader.diagnostics.error("SG1212", expr.span, summary, help=help, fixes=fixes)
    if wrong or _has_steps(value, step, reader.names):
        return not wrong
    help = f"a sum over time is of values with their step, such as `{reader.names.inputs[0]}[{step}]`"
    reader.diagnostics.error("SG1212", value.span, f"`{flat(value)}` is the same at every step", help=help)
    return False


def _has_steps(node: Node, step: str, names: Names) -> bool:
    """Whether a value of a sum has another value at each step; a name that isn't known may have."""
    match node:
        case ast.Index(ast.Name(own), (ast.Name(index),)) if index == step:
            return names.by_step(own) or own not in names.all
        case _:
            return any(_has_steps(each, step, names) for each in children(node))


def _of_no_step(node: Node, names: Names) -> Iterator[tuple[ast.Expr, str | None]]:
    """The values of a sum that differ from step to step and don't have its own, with their names; sums without one."""
    match node:
        case ast.Name(own) | ast.Index(ast.Name(own), (ast.Name("t"),)):
            if names.by_step(own):
                yield node, own
        case ast.Call(ast.Name("sum")):
            yield node, None
        case ast.Index():
            pass
        case _:
            for each in children(node):
                yield from _of_no_step(each, names)


def _at(expr: ast.Expr, step: str) -> ast.Expr:
    """An expression with `x` in place of `x[step]`."""
    match expr:
        case ast.Index(ast.Name() as base, (ast.Name(own),)) if own == step:
            return base
        case ast.Binary() | ast.Comparison():
            return replace(expr, left=_at(expr.left, step), right=_at(expr.right, step))
        case ast.Logical():
            return replace(expr, operands=tuple(_at(each, step) for each in expr.operands))
        case ast.Negative():
            return replace(expr, operand=_at(expr.operand, step))
        case ast.Call():
            return replace(expr, arguments=tuple(replace(a, value=_at(a.value, step)) for a in expr.arguments))
        case _:
            return expr
