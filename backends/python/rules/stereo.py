"""Stereo matching."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, UnwritableError, rule
from spikegraph.ir.ops.stereo import CostVolume, Estimate, Planes


@rule(CostVolume)
def cost_volume(place: Place[CostVolume]) -> Expression:
    """A function of the module."""
    if place.steps(0) != place.steps(1):
        raise UnwritableError("`cost_volume` has one view that is the same at every step", "put a neuron before it")
    both = ', zero="both"' if place.op.zero == "both" else ""
    return Expression(f"{place.help('cost_volume')}({{0}}, {{1}}, {hole('planes', place.op.planes)}{both})")


@rule(Planes)
def planes(place: Place[Planes]) -> Expression:
    """A function of the module, which resizes the planes."""
    scale = f", scale={hole('scale', place.op.scale)}" if place.op.scale != 1 else ""
    return Expression(f"{place.help('resize_planes')}({{0}}, {{1}}.shape[-2:]{scale})")


@rule(Estimate)
def estimate(place: Place[Estimate]) -> Expression:
    """A function of the module, from planes to the disparity."""
    op = place.op
    step = hole("step", op.step)
    if op.support == "all":
        return Expression(f"{place.help('mean_disparity')}({{0}}, step={step})")
    return Expression(f"{place.help('subpixel_disparity')}({{0}}, step={step}, support={hole('support', op.support)})")
