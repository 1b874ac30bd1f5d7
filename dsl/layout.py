"""Expressions as text: on one line if they fit, otherwise broken at arrows, commas and operators."""

from collections.abc import Sequence

from spikegraph.dsl import ast
from spikegraph.dsl.numbers import write_number

WIDTH = 120
"""Columns of a line."""

_PIPE, _OR, _AND, _NOT, SUM, _PRODUCT, _UNARY, _ATOM = range(8)
"""How tightly expressions bind."""

_LEVEL = {"+": SUM, "-": SUM, "*": _PRODUCT, "/": _PRODUCT, "or": _OR, "and": _AND, "not": _NOT}


def flat(expr: ast.Expr, level: int = _PIPE) -> str:
    """The expression on one line, in brackets if it binds less tightly than `level`."""
    text, own = _flat(expr)
    return f"({text})" if own < level else text


def _flat(expr: ast.Expr) -> tuple[str, int]:
    match expr:
        case ast.Number(value, unit):
            return write_number(value) + (unit or ""), _ATOM
        case ast.Text(value):
            return f'"{value}"', _ATOM
        case ast.Name(name):
            return name, _ATOM
        case ast.Attribute(base, name):
            return f"{flat(base, _ATOM)}.{name}", _ATOM
        case ast.Index(base, (ast.Binary("-", ast.Name("t"), ast.Number() | ast.Name() as step),)):  # a step before, in a model
            return f"{flat(base, _ATOM)}[t-{flat(step)}]", _ATOM
        case ast.Index(base, items):
            return f"{flat(base, _ATOM)}[{_joined(items)}]", _ATOM
        case ast.Call(function, arguments):
            return f"{function.id}({', '.join(argument_text(a) for a in arguments)})", _ATOM
        case ast.Sequence(items):
            return f"[{_joined(items)}]", _ATOM
        case ast.Negative(operand):
            return f"-{flat(operand, _UNARY)}", _UNARY
        case ast.Binary(operator, left, right):
            level = _LEVEL[operator]
            return f"{flat(left, level)} {operator} {flat(right, level + 1)}", level
        case ast.Pipe(stages):
            return " -> ".join(flat(stage, SUM) for stage in stages), _PIPE
        case ast.Comparison(operator, left, right):
            return f"{flat(left, SUM)} {operator} {flat(right, SUM)}", _NOT
        case ast.Logical("not", (operand,)):
            return f"not {flat(operand, _NOT)}", _NOT
        case ast.Logical(operator, (left, right)):
            level = _LEVEL[operator]
            return f"{flat(left, level)} {operator} {flat(right, level + 1)}", level
        case ast.Logical(operator):
            raise TypeError(f"`{operator}` has other operands")
        case ast.Case(option, branches):
            inside = "  ".join(f"{branch.word.id}: {flat(branch.value)}" for branch in branches)
            return f"case {option.id} {{ {inside} }}", _PIPE


def _joined(items: Sequence[ast.Expr]) -> str:
    return ", ".join(flat(item) for item in items)


def argument_text(argument: ast.Argument) -> str:
    """An argument on one line."""
    return flat(argument.value) if argument.name is None else f"{argument.name} = {flat(argument.value)}"


def lay(expr: ast.Expr, indent: int, column: int, level: int = _PIPE) -> str:
    """The expression from `column` on, broken into lines if it is too long; `indent` is that of its statement."""
    text = flat(expr, level)
    if column + len(text) <= WIDTH:
        return text
    inner, own = indent + 2, _flat(expr)[1]
    if own < level:
        return f"({lay(expr, indent, column + 1)})"
    match expr:
        case ast.Pipe(stages):
            rest = "".join(f"\n{' ' * inner}-> {lay(stage, inner, inner + 3, SUM)}" for stage in stages[1:])
            return lay(stages[0], indent, column, SUM) + rest
        case ast.Call(function, arguments):
            return f"{function.id}({_filled([(a.name, a.value) for a in arguments], indent)})"
        case ast.Sequence(items):
            return f"[{_filled([(None, item) for item in items], indent)}]"
        case ast.Index(base, items):
            return f"{flat(base, _ATOM)}[{_filled([(None, item) for item in items], indent)}]"
        case ast.Binary():
            first, rest = _operands(expr)
            lines = [f"\n{' ' * inner}{op} {lay(e, inner, inner + 2, own + 1)}" for op, e in rest]
            return lay(first, indent, column, own) + "".join(lines)
        case ast.Negative(operand):
            return f"-{lay(operand, indent, column + 1, _UNARY)}"
        case _:
            return text


def _operands(expr: ast.Binary) -> tuple[ast.Expr, list[tuple[str, ast.Expr]]]:
    """The operands of a chain such as `a + b - c`: the first, and the others with their operators."""
    level = _LEVEL[expr.operator]
    rest: list[tuple[str, ast.Expr]] = []
    at: ast.Expr = expr
    while isinstance(at, ast.Binary) and _LEVEL[at.operator] == level:
        rest.append((at.operator, at.right))
        at = at.left
    return at, rest[::-1]


def _filled(items: Sequence[tuple[str | None, ast.Expr]], indent: int) -> str:
    """Items between brackets, as many on each line as fit."""
    if not items:
        return ""
    inner = indent + 2
    lines: list[str] = []
    line = ""
    for i, (name, value) in enumerate(items):
        head = "" if name is None else f"{name} = "
        comma = "," if i < len(items) - 1 else ""
        text = head + flat(value) + comma
        if line and inner + len(line) + 1 + len(text) <= WIDTH:
            line += " " + text
            continue
        if line:
            lines.append(line)
        line = head + lay(value, inner, inner + len(head) + len(comma)) + comma
        if "\n" in line:
            lines.append(line)
            line = ""
    if line:
        lines.append(line)
    return "".join(f"\n{' ' * inner}{line}" for line in lines) + f"\n{' ' * indent}"
