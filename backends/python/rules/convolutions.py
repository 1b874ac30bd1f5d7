"""Convolutions and linear layers."""

from spikegraph.backends.python.holes import hole, option
from spikegraph.backends.python.rule_table import WEIGHT_AND_BIAS, Layer, Place, Tensor, UnwritableError, of_axes, rule
from spikegraph.ir.ops.convolution import Conv, Linear, grouped
from spikegraph.ir.ops.delays import Delayed
from spikegraph.ir.ops.transposed import Transposed
from spikegraph.ir.ops.windows import borders, padding


def reversed_pairs(pads: list[tuple[int, int]]) -> tuple[int, ...]:
    """Pixels before and after each axis as torch takes them, from the last axis on."""
    return tuple(number for pair in reversed(pads) for number in pair)


@rule(Conv)
def conv(place: Place[Conv]) -> Layer:
    """`nn.Conv2d`; with uneven padding zeros are added before it."""
    op, x, axes = place.op, place.x, place.axes
    assert op.out is not None
    kernel, stride, dilation, reach = op.windows(axes)
    pads = borders(op.name, x.size, stride, reach, op.padding)
    even = all(after <= before for before, after in pads)
    before = tuple(before if even else 0 for before, _ in pads)
    name = f"nn.Conv{axes}d" if op.sign == "any" else f"{place.help(f'{op.sign.title()}Conv{axes}d')}"
    text = f"{name}({hole('channels', x.channels)}, {hole('out', op.out)}, {hole('kernel', of_axes(kernel, axes))}"
    text += option("stride", of_axes(stride, axes), 1) + option("padding", of_axes(before, axes), 0)
    text += option("dilation", of_axes(dilation, axes), 1)
    text += option("groups", grouped(op.name, op.groups, x, op.out), 1)
    text += ")" if op.bias else ", bias=False)"
    tensors = {k: v for k, v in WEIGHT_AND_BIAS.items() if op.bias or k != "bias"}
    if even:
        return Layer(text, tensors, each_step=True)
    zeros = f"{place.help(f'Padded{axes}d')}({hole('pads', reversed_pairs(pads))}, {text})"
    return Layer(zeros, {f"1.{k}": v for k, v in tensors.items()}, each_step=True)


@rule(Transposed)
def transposed(place: Place[Transposed]) -> Layer:
    """`nn.ConvTranspose2d`, whose padding is that of the convolution that it belongs to."""
    op, x, axes = place.op, place.x, place.axes
    size = place.node.value.size
    kernel, stride, dilation, reach = op.windows(axes)
    before = tuple(padding(n, r, s)[0] for n, r, s in zip(size, reach, stride, strict=True))
    full = [(n - 1) * s + r - 2 * b for n, s, r, b in zip(x.size, stride, reach, before, strict=True)]
    more = tuple(max(n - f, 0) for n, f in zip(size, full, strict=True))
    groups = grouped(op.name, op.groups, x, op.out)
    text = f"nn.ConvTranspose{axes}d({hole('channels', x.channels)}, {hole('out', op.out)}, "
    text += hole("kernel", of_axes(kernel, axes)) + option("stride", of_axes(stride, axes), 1)
    text += option("padding", of_axes(before, axes), 0) + option("output_padding", of_axes(more, axes), 0)
    text += option("dilation", of_axes(dilation, axes), 1) + option("groups", groups, 1)
    text += ")" if op.bias else ", bias=False)"
    tensors = {"weight": Tensor("weight", groups)} | ({"bias": Tensor("bias")} if op.bias else {})
    if all(f <= n for n, f in zip(size, full, strict=True)):
        return Layer(text, tensors, each_step=True, operands=1)
    cut = f"{place.help('Cut')}({text}, {hole('size', size)})"
    return Layer(cut, {f"0.{k}": v for k, v in tensors.items()}, each_step=True, operands=1)


@rule(Linear)
def linear(place: Place[Linear]) -> Layer:
    """`nn.Linear`, which takes time steps as they are."""
    op = place.op
    name = "nn.Linear" if op.autapses else place.help("LinearWithoutAutapses")
    text = f"{name}({hole('channels', place.x.channels)}, {hole('out', op.out)}{'' if op.bias else ', bias=False'})"
    return Layer(text, {k: v for k, v in WEIGHT_AND_BIAS.items() if op.bias or k != "bias"})


@rule(Delayed)
def delayed(place: Place[Delayed]) -> Layer:
    """A layer of the module, which takes all time steps."""
    op = place.op
    if place.in_loop:
        raise UnwritableError("`delayed` is in a loop through time", "put it outside of the loop")
    text = f"{place.help('Delayed')}({hole('channels', place.x.channels)}, {hole('out', op.out)}, {hole('most', op.most)}"
    text += option("sigma", op.sigma, 0.5) + (")" if op.bias else ", bias=False)")
    return Layer(text, {name: Tensor(name) for name in op.weights(*place.node.operand_values)})
