"""The calls of a model: how many operands they have, and which arguments have names."""

from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.layout import flat

CALLS = {"fire": "fire(u, threshold)", "reset": "reset(u, y)", "leak": "leak(v[t-1], decay)"}
"""How the functions with a meaning of their own are called."""


def operands_of(
    call: ast.Call, wanted: tuple[str, ...], keys: tuple[str, ...], diagnostics: Diagnostics
) -> list[ast.Expr] | None:
    """The operands of a call without its named arguments, which must be among `keys`; None after an error."""
    name = call.function.id
    written = CALLS.get(name, f"{name}({', '.join(wanted)})")
    given = [a for a in call.arguments if a.name is None]
    for argument in call.arguments:
        if argument.name is not None and argument.name not in keys:
            help = did_you_mean(argument.name, keys) or f"write `{written}`"
            diagnostics.error("SG1204", argument.span, f"`{name}` has no parameter `{argument.name}`", help=help)
            return None
        if argument.name is not None and sum(a.name == argument.name for a in call.arguments) > 1:
            diagnostics.error("SG1204", argument.span, f"`{argument.name}` is given twice")
            return None
    if len(given) != len(wanted):
        summary = f"`{name}` takes {len(wanted)} operand{'s' * (len(wanted) != 1)}, not {len(given)}"
        nested = name in ("min", "max") and len(given) > len(wanted)
        help = f"write `{_nested(name, [a.value for a in given])}`" if nested else f"write `{written}`"
        fixes = [Fix(call.span, help[7:-1], help)] if nested else []
        diagnostics.error("SG1204", call.span, summary, help=help, fixes=fixes)
        return None
    return [a.value for a in given]


def _nested(name: str, operands: list[ast.Expr]) -> str:
    """`max(max(a, b), c)` of three operands."""
    text = flat(operands[0])
    for each in operands[1:]:
        text = f"{name}({text}, {flat(each)})"
    return text
