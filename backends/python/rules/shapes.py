"""What adds or takes away axes or pixels, or leaves values out, and frames of events."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Layer, Place, Tensor, rule
from spikegraph.ir.ops.frames import FrameTimes, WeighFrames
from spikegraph.ir.ops.framing import Crop, Pad, Stack
from spikegraph.ir.ops.shapes import Dropout, Flatten


@rule(Flatten)
def flatten(place: Place[Flatten]) -> Expression:
    """All numbers of a time step in one axis."""
    return Expression(f"{{0}}.flatten({-1 - place.axes})") if place.axes else Expression("{0}")


@rule(Dropout)
def dropout(place: Place[Dropout]) -> Layer:
    """A layer with one mask for all time steps."""
    text = f"{place.help('Dropout')}({hole('probability', place.op.probability)})"
    if not place.steps() and not place.in_loop:
        return Layer(f"{text[:-1]}, steps=False)")
    return Layer(text, in_loop="{self}.step({x}, {state})")


@rule(Pad)
def pad(place: Place[Pad]) -> Expression:
    """Zeros before each axis, up to a multiple."""
    multiple = hole("multiple", place.op.multiple)
    pads = ", ".join(f"-{{0}}.shape[{k}] % {multiple}, 0" for k in range(-1, -1 - place.axes, -1))
    return Expression(f"F.pad({{0}}, ({pads}))")


@rule(Crop)
def crop(place: Place[Crop]) -> Expression:
    """The middle or the end of each axis, of the size of another value."""
    axes = len(place.node.operand_values[1].size)
    at = "" if place.op.at == "centre" else ', at="end"'
    return Expression(f"{place.help('crop')}({{0}}, {{1}}.shape[-{axes}:]{at})") if axes else Expression("{0}")


@rule(Stack)
def stack(place: Place[Stack]) -> Expression:
    """A map, repeated along a new axis behind the channels."""
    axis = -1 - place.axes
    planes = hole("planes", place.op.planes)
    if not place.axes:
        return Expression(f"{{0}}.unsqueeze(-1).expand(*{{0}}.shape, {planes})")
    lead = 3 if place.steps() else 2
    return Expression(f"{{0}}.unsqueeze({axis}).expand(*{{0}}.shape[:{lead}], {planes}, *{{0}}.shape[{lead}:])")


@rule(FrameTimes)
def frame_times(place: Place[FrameTimes]) -> Expression:
    """The times of frames, [N, 1, F]."""
    x = "{0}[0]" if place.steps() else "{0}"
    return Expression(f"{place.help('frame_times')}({x})")


@rule(WeighFrames)
def weigh_frames(place: Place[WeighFrames]) -> Layer:
    """A layer with its shift."""
    out = hole("out", place.node.value.channels)
    axes = option_axes(place.axes)
    return Layer(f"{place.help('WeighFrames')}({out}{axes})", {"shift": Tensor("shift")})


def option_axes(axes: int) -> str:
    """`, axes=...` where there aren't two."""
    return "" if axes == 2 else f", axes={axes}"
