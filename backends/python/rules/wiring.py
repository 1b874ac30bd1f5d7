"""Sums, concatenations, channels, zeros, and what is the same value."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, UnwritableError, rule
from spikegraph.ir.ops.channels import Split, Spread
from spikegraph.ir.ops.recurrent import Previous
from spikegraph.ir.ops.stereo import Disparity
from spikegraph.ir.ops.wiring import Add, Concat, Every, Gather, Identity, Mix, Route, WeightedGather
from spikegraph.ir.ops.zero import Zero


def positioned(place: Place) -> list[str]:
    """The operands, those without positions with axes of length 1 beside others that have positions."""
    axes = len(place.node.value.size)
    index = f"[..., {', '.join(['None'] * axes)}]"
    return [f"{{{k}}}" + ("" if v.size or not axes else index) for k, v in enumerate(place.node.operand_values)]


@rule(Identity, Disparity)
def identity(place: Place[Identity | Disparity]) -> Expression:
    """The value itself."""
    return Expression("{0}")


@rule(Add, Gather)
def add(place: Place[Add | Gather]) -> Expression:
    """A sum."""
    operands = positioned(place)
    return Expression(" + ".join(operands), whole=len(operands) == 1)


@rule(Concat)
def concat(place: Place[Concat]) -> Expression:
    """A concatenation along the channels."""
    values = place.node.operand_values
    steps = [k for k in range(len(values)) if place.steps(k)]
    given = [
        f"{{{k}}}" if not steps or k in steps else f"{{{k}}}.expand(len({{{steps[0]}}}), *{{{k}}}.shape)"
        for k in range(len(values))
    ]
    if len(values) == 1:
        return Expression("{0}")
    return Expression(f"torch.cat([{', '.join(given)}], {2 if steps else 1})")


@rule(Every)
def every(place: Place[Every]) -> Expression:
    """Some of the channels."""
    op = place.op
    rest = ", :" * place.axes
    start = hole("start", op.start) if op.start else ""
    return Expression(f"{{0}}[..., {start}::{hole('step', op.step)}{rest}]")


@rule(Spread)
def spread(place: Place[Spread]) -> Expression:
    """Each channel several times."""
    times = hole("times", place.op.to // place.x.channels)
    return Expression(f"{{0}}.repeat_interleave({times}, {-1 - place.axes})")


@rule(Split)
def split(place: Place[Split]) -> Expression:
    """A slice of the channels."""
    first, end = place.op.channels(place.x)
    return Expression(f"{{0}}.narrow({-1 - place.axes}, {hole('first', first)}, {hole('out', end - first)})")


@rule(Zero)
def zero(place: Place[Zero]) -> Expression:
    """Zeros."""
    op, x, axes = place.op, place.x, place.axes
    if op.stride == 1 and place.node.value.channels == x.channels:
        return Expression("torch.zeros_like({0})")
    size = "".join(f", -(-{{0}}.shape[{k}] // {hole('stride', op.stride)})" for k in range(-axes, 0))
    return Expression(
        f"{{0}}.new_zeros(*{{0}}.shape[:{2 if place.steps() else 1}], {hole('out', place.node.value.channels)}{size})"
    )


@rule(Previous)
def previous(place: Place[Previous]) -> Expression:
    """The value at the step before, where that doesn't depend on this one."""
    return Expression(f"{place.help('previous')}({{0}})", steps=True)


@rule(Mix, Route, WeightedGather)
def open_choice(place: Place[Mix | Route | WeightedGather]) -> Expression:
    """Refused: what isn't decided has no module that a person would write."""
    raise UnwritableError(f"`{place.op.name}` is an open choice", "export the network that a search decided for")
