"""What changes the resolution."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, rule
from spikegraph.ir.nearest_index import is_inexact
from spikegraph.ir.ops.resizing import Resize, Upsample, doubled

SMOOTH = {1: "linear", 2: "bilinear", 3: "trilinear"}


def interpolated(place: Place, size: str, mode: str) -> Expression:
    """A call that resizes to a size."""
    if mode == "nearest" and any(is_inexact(n, m) for n, m in zip(place.x.size, place.node.value.size, strict=True)):
        return Expression(f"{place.help('nearest_pixels')}({{0}}, {size})")
    how = "" if mode == "nearest" else f', mode="{SMOOTH[place.axes]}"'
    if place.steps():
        return Expression(f"{place.help('resize')}({{0}}, {size}{how})")
    how += "" if mode == "nearest" else ", align_corners=False"
    return Expression(f"F.interpolate({{0}}, {size}{how})")


@rule(Upsample)
def upsample(place: Place[Upsample]) -> Expression:
    """Resizes by a factor."""
    op = place.op
    scale = hole("scale", op.scale)
    if tuple(n * op.scale for n in place.x.size) == tuple(doubled(n, op.scale) for n in place.x.size):
        size = f"[{scale} * n for n in {{0}}.shape[-{place.axes}:]]"
    else:
        size = f"[({scale} * (n - n % 2) + n % 2) for n in {{0}}.shape[-{place.axes}:]]"
    return interpolated(place, size, op.mode)


@rule(Resize)
def resize(place: Place[Resize]) -> Expression:
    """Resizes to the size of another value, or to a fraction of it."""
    op, axes = place.op, len(place.node.operand_values[1].size)
    size = f"{{1}}.shape[-{axes}:]"
    if op.down != 1 or op.margin:
        n = "n" if op.down == 1 else f"-(-n // {hole('down', op.down)})"
        n += f" + {2 * op.margin}" if op.margin else ""
        size = f"[{n} for n in {size}]"
    if not place.x.size:
        index = ", ".join(["None"] * axes)
        return Expression(f"{{0}}[..., {index}].expand(*{{0}}.shape, *{size})")
    return interpolated(place, size, op.mode)
