"""Maxima, means and sums: over axes and channels, and over time."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, rule
from spikegraph.ir.ops.reduction import AXES, Reduce, Vote


@rule(Reduce)
def reduce(place: Place[Reduce]) -> Expression:
    """A method of tensors, over channels in groups of an axis of their own."""
    op, axes, by = place.op, place.axes, place.op.by
    channels = -1 - axes
    match op.over:
        case "time":
            return _over_time(place, by)
        case "space" if by == "max" and axes > 1:
            return _reduced(by, -1, f"{{0}}.flatten({-axes})")
        case "space":
            return _reduced(by, -1 if axes == 1 else tuple(range(-axes, 0)))
        case "channels" if op.heads == 1:
            return _reduced(by, f"{channels}, keepdim=True")
        case "channels" | "heads":
            parts = f"{{0}}.unflatten({channels}, ({hole('heads', op.heads)}, -1))"
            return _reduced(by, channels - (op.over == "heads"), parts)
        case _:
            return _reduced(by, AXES.index(op.over) - len(AXES))


def _reduced(by: str, arguments: object, of: str = "{0}") -> Expression:
    """A method's call; `max` also returns the places, those of the first of equal numbers."""
    return Expression(f"{of}.{by}({arguments}){'.values' if by == 'max' else ''}")


def _over_time(place: Place[Reduce], by: str) -> Expression:
    if place.steps():
        return _reduced(by, 0)
    steps = place.op.steps if by == "sum" else None
    return Expression("{0}") if steps is None else Expression(f"{hole('time', steps)} * {{0}}", whole=False)


@rule(Vote)
def vote(place: Place[Vote]) -> Expression:
    """The mean of neighbouring channels."""
    axis = -1 - place.axes
    return Expression(f"{{0}}.unflatten({axis}, (-1, {hole('voters', place.op.voters)})).mean({axis})")
