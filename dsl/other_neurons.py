"""Keys and arguments of neurons as other libraries have them, in this language."""

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.evaluate import evaluate
from spikegraph.dsl.layout import flat
from spikegraph.dsl.numbers import write_number
from spikegraph.dsl.source import Span

SAME = {**dict.fromkeys(("beta", "leak"), "decay"), **dict.fromkeys(("vth", "v_th", "thresh", "v_threshold"), "threshold")}
"""Numbers that mean the same under another name."""

TIME_CONSTANTS = ("tau", "tau_m")
"""Time constants in time steps: a step keeps 1 - 1 / tau of the potential."""


@record
class Meant:
    """What a key or argument of another library is here.

    Attributes:
        text: The key with its value.
        reason: Why it is that, behind the text.
        span: The place of the other one.
    """

    text: str
    reason: str
    span: Span

    @property
    def help(self) -> str:
        """The help of its error."""
        return f"write `{self.text}`{self.reason}"

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The edit that corrects it."""
        return (Fix(self.span, self.text, f"write `{self.text}`"),)


def meant(name: str, value: ast.Expr, span: Span) -> Meant | None:
    """What `tau = 2` or `v_threshold = 1` is in this language; None if it isn't known.

    Args:
        name: The name of the key or argument.
        value: Its value.
        span: The place of both.
    """
    if name in SAME:
        return Meant(f"{SAME[name]} = {flat(value)}", "", span)
    if name not in TIME_CONSTANTS:
        return None
    tau = None if _has_unit(value) else evaluate(value, {}, Diagnostics())
    if tau is not None and tau < 1:
        return None
    if tau is not None:
        text, reason = f"decay = {write_number(1 - 1 / tau)}", f", which is `1 - 1 / {name}`"
    elif isinstance(value, ast.Name):
        text, reason = f"decay = 1 - 1 / {value.id}", ""
    else:
        return None
    more = "; if the current is divided by it too, `decay_input = true`"
    return Meant(text, f"{reason}{more}", span)


def _has_unit(value: ast.Expr) -> bool:
    return isinstance(value, ast.Number) and value.unit is not None
