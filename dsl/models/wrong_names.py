"""Messages for names, steps and functions that a model doesn't have."""

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.models.calls import CALLS
from spikegraph.dsl.models.names import Names
from spikegraph.dsl.models.other_functions import INSTEAD
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.equations.functions import FUNCTIONS

_CONSTANTS = {
    "pi": "write `3.141592653589793`",
    "e": "write `exp(1)`",
    "inf": "write a number; `inf` is the end of a range alone",
    "t": "a model is the same at every step; `v[t-1]` is a state",
    "time": "a model is the same at every step; `v[t-1]` is a state",
    "dt": "declare it: `number dt = 0.1 in (0, inf)`",
}


def unknown_name(name: ast.Name, names: Names, diagnostics: Diagnostics) -> None:
    """Adds the error that a name has no value where it stands."""
    own = name.id
    fixes = list[Fix]()
    if own in names.states:
        summary = f"the state `{own}` isn't set yet in this step"
        help = f"`{own}[t-1]` is its value after the step before"
        fixes = [Fix(name.span, f"{own}[t-1]", f"write `{own}[t-1]`")]
    elif own in names.options:
        summary, help = f"`{own}` is an option", f"write a line `NAME = case {own} {{ ... }}`"
    elif own in names.later:
        summary, help = f"`{own}` is set in a later line", "move that line up"
    elif own in ("inf", "nan", "true", "false", "none", "pi", "e", "t", "time", "dt"):
        summary, help = f"nothing is called `{own}`", _CONSTANTS.get(own, "write a number")
    else:
        summary = f"nothing is called `{own}`"
        help = did_you_mean(own, names.all) or f"known here are {listed(names.all, last='and')}"
        fixes = list(rename(name.span, own, names.all))
    diagnostics.error("SG1202", name.span, summary, help=help, fixes=fixes)


def unknown_function(call: ast.Call, names: Names, diagnostics: Diagnostics) -> None:
    """Adds the error that there is no function of this name."""
    name, known = call.function.id, (*FUNCTIONS, *CALLS)
    summary, fixes = f"no function is called `{name}`", list[Fix]()
    if name in names.states:
        summary, help = f"`{name}` is a state", f"write `{name}[t-1]`, its value after the step before"
        fixes = [Fix(call.span, f"{name}[t-1]", f"write `{name}[t-1]`")]
    elif name in names.all:
        summary, help = f"`{name}` is no function", "write a product with `*`"
        fixes = [Fix(call.function.span, f"{name} * ", "write a product")]
    elif name in INSTEAD:
        help = INSTEAD[name]
    else:
        help = did_you_mean(name, known) or f"there are {listed(known, len(known), 'and')}"
        fixes = list(rename(call.function.span, name, known))
    diagnostics.error("SG1204", call.function.span, summary, help=help, fixes=fixes)


def no_term(expr: ast.Expr, names: Names, diagnostics: Diagnostics) -> None:
    """Adds the error that an expression has no meaning in a model."""
    fixes: list[Fix] = []
    match expr:
        case ast.Number(_, unit):
            help = f"a model counts time in steps: leave `{unit}` out"
        case ast.Comparison() | ast.Logical():
            help = "comparisons belong into `where(condition, x, y)`"
        case ast.Attribute(_, name):
            help = f"names have no dots: write `{name}`"
            fixes = [Fix(expr.span, name, f"write `{name}`")] if name in names.all else []
        case ast.Pipe():
            help = "write calls, such as `relu(x)`"
        case _:
            help = None
    diagnostics.error("SG1203", expr.span, f"expected a term, found {describe(expr)}", help=help, fixes=fixes)
