"""Poolings, and the mean over time."""

from spikegraph.backends.python.holes import hole, option
from spikegraph.backends.python.rule_table import Expression, Layer, Place, of_axes, rule
from spikegraph.backends.python.rules.convolutions import reversed_pairs
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.windows import borders, windows


@rule(Pool)
def pool(place: Place[Pool]) -> Layer | Expression:
    """`nn.MaxPool2d` or `nn.AvgPool2d`; a mean over all pixels is an expression."""
    op, axes, size = place.op, place.axes, place.x.size
    if op.kind == "global":
        over = tuple(range(-axes, 0))
        return Expression(f"{{0}}.mean({over[0] if axes == 1 else over})")
    kernel, stride, _, reach = windows(op.name, axes, op.kernel, op.stride)
    pads = borders(op.name, size, stride, reach, op.padding)
    out = place.node.value.size
    text = f"nn.{'Max' if op.kind == 'max' else 'Avg'}Pool{axes}d({hole('kernel', of_axes(kernel, axes))}"
    text += option("stride", of_axes(stride, axes), of_axes(kernel, axes))
    before = tuple(before for before, _ in pads)
    floor = tuple((n + 2 * b - r) // s + 1 for n, b, r, s in zip(size, before, reach, stride, strict=True))
    ceil = tuple(-(-(n + 2 * b - r) // s) + 1 for n, b, r, s in zip(size, before, reach, stride, strict=True))
    # Torch refuses a volume that is smaller than the window without padding.
    fits = all(2 * b <= k <= (n if axes == 3 else n + 2 * b) for n, b, k in zip(size, before, kernel, strict=True))
    # Torch leaves out a last window that begins in the padding behind the axis.
    whole = all((m - 1) * s < n + b for m, s, n, b in zip(ceil, stride, size, before, strict=True))
    if fits and (floor == out or (ceil == out and whole)):
        padded = option("padding", of_axes(before, axes), 0) + ("" if floor == out else ", ceil_mode=True")
        counted = ", count_include_pad=False" if op.kind == "avg" and any(before) else ""
        return Layer(f"{text}{padded}{counted})", each_step=True)
    given = hole("pads", reversed_pairs(pads))
    if op.kind == "max":
        around = f'nn.ConstantPad{axes}d({given}, -float("inf"))'
        return Layer(f"nn.Sequential({around}, {text}))", each_step=True)
    return Layer(f"{place.help(f'PaddedMean{axes}d')}({given}, {text}))", each_step=True)


@rule(Mean)
def mean(place: Place[Mean]) -> Expression:
    """The mean over time."""
    return Expression("{0}.mean(0)" if place.steps() else "{0}")
