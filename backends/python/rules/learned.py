"""Numbers that training finds."""

from spikegraph.backends.python.holes import hole, option
from spikegraph.backends.python.rule_table import Layer, Place, Tensor, rule
from spikegraph.backends.python.rules.shapes import option_axes
from spikegraph.ir.ops.learned import LearnedValue


@rule(LearnedValue)
def learned(place: Place[LearnedValue]) -> Layer:
    """A layer with its numbers."""
    shape = ", ".join(hole(f"n{k}", n) for k, n in enumerate(place.node.value.shape))
    options = option("start", place.op.start, 0.0) + option_axes(place.axes)
    return Layer(f"{place.help('Learned')}({shape}{options})", {"value": Tensor("value")})
