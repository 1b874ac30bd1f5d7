"""`v[t-1]`: a state after the step before."""

from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.layout import flat
from spikegraph.dsl.models.names import Names
from spikegraph.dsl.models.typed import Typed
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.source import Span
from spikegraph.equations.interval import Interval
from spikegraph.equations.terms import Before


def state_before(names: Names, diagnostics: Diagnostics, base: ast.Name, step: ast.Expr, span: Span) -> Typed | None:
    """The state that `base[step]` names; None after an error."""
    own = base.id
    last = f"{own}[t-1]"
    fixes = list[Fix]()
    match step:
        case ast.Binary("-", ast.Name("t"), ast.Number(1, None)) if own in names.states:
            names.used |= {own, last}
            return Typed(Before(own), "real", names.ranges.get(own, Interval()), 1, remembers=True)
        case ast.Binary("-", ast.Name("t"), ast.Number(1, None)) if own in names.later:
            summary, help = f"`{own}` is no state", f"declare `state {own} = 0`, its value before the first step"
        case ast.Binary("-", ast.Name("t"), ast.Number(1, None)) if own in (*names.numbers, *names.options):
            summary, help = f"`{own}` is no state", f"write `{own}`: it is the same at every step"
            fixes = [Fix(span, own, f"write `{own}`")]
        case ast.Binary("-", ast.Name("t"), ast.Number(1, None)):
            summary = f"no state is called `{own}`"
            help = did_you_mean(own, names.states) or f"declare it: `state {own} = 0`"
            fixes = list(rename(base.span, own, names.states))
        case ast.Name("t"):
            summary = f"`{own}[t]` is written without `[t]`"
            unset = own in names.states and own not in names.lines
            instead = last if unset else own
            help = f"write `{instead}`" + (", its value after the step before" if unset else "")
            fixes = [Fix(span, instead, f"write `{instead}`")] if unset or own in names.all else []
        case ast.Binary("-", ast.Name("t"), ast.Number(int(steps), None)):
            summary = f"`{own}[t-{steps}]` is {steps} steps before"
            help = f"keep it in a state: `state older = 0`, `older = {last}`, and use `older[t-1]`"
        case ast.Binary("+", ast.Name("t"), _):
            summary, help = f"`{flat(ast.Index(base, (step,), span))}` isn't known yet", f"write `{last}`"
        case _:
            summary = f"`{flat(ast.Index(base, (step,), span))}` is no step before"
            help, fixes = f"write `{last}`", [Fix(span, last, f"write `{last}`")] if own in names.states else []
    diagnostics.error("SG1202", span, summary, help=help, fixes=fixes)
    return None
