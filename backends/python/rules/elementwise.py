"""Functions of numbers one by one."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.neuron_text import one_of
from spikegraph.backends.python.rule_table import Expression, Place, rule
from spikegraph.backends.python.rules.wiring import positioned
from spikegraph.ir.ops.elementwise import Div, Erf, Exp, Scale, Sigmoid, Sub, Tanh


@rule(Sub)
def sub(place: Place[Sub]) -> Expression:
    """A difference."""
    return Expression(" - ".join(positioned(place)), whole=False)


@rule(Div)
def div(place: Place[Div]) -> Expression:
    """A quotient."""
    return Expression(" / ".join(positioned(place)), whole=False)


@rule(Scale)
def scale(place: Place[Scale]) -> Expression:
    """A multiple."""
    by = place.op.by
    return Expression("{0}" if by == 1 else f"{hole('scale', one_of(by))} * {{0}}", whole=by == 1)


@rule(Sigmoid, Tanh, Erf, Exp)
def function(place: Place[Sigmoid | Tanh | Erf | Exp]) -> Expression:
    """A function of torch of the same name."""
    return Expression(f"torch.{place.op.name}({{0}})")
