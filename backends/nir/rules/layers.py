"""Layers, neurons and wiring in NIR."""

import nir
import numpy as np

from spikegraph.backends.nir.neurons import neurons
from spikegraph.backends.nir.rule_table import rule
from spikegraph.backends.nir.windows import even, ungrouped
from spikegraph.backends.nir.wires import Part, RefusedError, Wires
from spikegraph.backends.nir.writer import Array, Writer, convolution
from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Graded, Lif, Neurons, Potential
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.elementwise import Scale, Sub
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Mean
from spikegraph.ir.ops.resizing import Resize, Upsample
from spikegraph.ir.ops.shapes import Dropout
from spikegraph.ir.ops.steps import EachStep
from spikegraph.ir.ops.windows import along, pads
from spikegraph.ir.ops.wiring import Add, Concat, Gather, Identity
from spikegraph.ir.ops.zero import Zero


@rule(Identity, Dropout)
def forward(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The value itself; a dropout leaves nothing out after training."""
    return xs[0]


@rule(EachStep)
def each_step(writer: Writer, node: Node[EachStep], xs: tuple[Wires, ...]) -> Wires:
    """The value itself, which has time steps in NIR."""
    if xs[0].averaged:
        raise RefusedError(
            "`each_step` takes a mean over time, which readers of NIR take at the end", "take the mean at the end"
        )
    return xs[0]


@rule(Zero)
def zero(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """A value without sources."""
    return Wires((Part(node.value.channels, ()),), node.value.size)


@rule(Concat)
def concat(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The parts side by side; the layers behind it become sums of a layer for each part."""
    return Wires(tuple(part for x in xs for part in x.parts), xs[0].size, _averaged(node, xs))


@rule(Add, Gather)
def add(writer: Writer, node: Node[Add], xs: tuple[Wires, ...]) -> Wires:
    """The sum."""
    return _added(writer, node, xs)


@rule(Sub)
def sub(writer: Writer, node: Node[Sub], xs: tuple[Wires, ...]) -> Wires:
    """The sum of x and of y times -1."""
    x, y = xs
    return _added(writer, node, (x, _times(writer, node, y, -1.0)))


@rule(Scale)
def scale(writer: Writer, node: Node[Scale], xs: tuple[Wires, ...]) -> Wires:
    """A constant multiple, as a matrix."""
    return _times(writer, node, xs[0], node.op.by)


def _times(writer: Writer, node: Node, x: Wires, factor: float) -> Wires:
    return writer.mixed(node, x, np.float32(factor) * np.eye(x.channels, dtype=np.float32))


def _added(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """All sources at one edge, since NIR adds what edges bring to a node."""
    if any(x.size != node.value.size for x in xs):
        raise RefusedError("NIR can't add a value to every position of another", "add values of one size")
    averaged = _averaged(node, xs)
    if len({tuple(p.channels for p in x.parts) for x in xs}) > 1:
        xs = tuple(writer.single(node, x) for x in xs)
    rows = zip(*(x.parts for x in xs), strict=True)
    return Wires(tuple(Part(row[0].channels, tuple(s for p in row for s in p.sources)) for row in rows), xs[0].size, averaged)


def _averaged(node: Node, xs: tuple[Wires, ...]) -> bool:
    """Whether operands are means over time; all of them or none are, apart from zeros."""
    found = {x.averaged for x in xs if any(part.sources for part in x.parts)}
    if len(found) > 1:
        summary = f"`{node.op.name}` joins a mean over time, which readers of NIR take at the end, with other values"
        raise RefusedError(summary, "take the mean at the end")
    return True in found


@rule(Mean)
def mean(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The mean over time, which is left to the reader of the graph; layers behind it commute with it."""
    return Wires(xs[0].parts, xs[0].size, averaged=True)


@rule(Conv)
def conv(writer: Writer, node: Node[Conv], xs: tuple[Wires, ...]) -> Wires:
    """A convolution, as a sum of one for each part of its operand."""
    (x,), op = xs, node.op
    axes = len(x.size)
    if axes == 3:
        raise RefusedError("NIR has no 3-d convolution", "use values with two spatial axes")
    _, stride, dilation, reach = op.windows(axes)
    given = (op.padding,) * axes if isinstance(op.padding, str) else along(op.name, "padding", op.padding, axes)
    before = tuple(pads(n, r, s, p)[0] for n, r, s, p in zip(x.size, reach, stride, given, strict=True))
    weight = writer.tensor(f"{node.weights}.weight")
    sign = op.sign_of_weights()
    weight = weight if sign == "any" else np.abs(weight) if sign == "excitatory" else -np.abs(weight)
    weight = ungrouped(weight, x.channels // weight.shape[1])
    bias = writer.tensor(f"{node.weights}.bias") if op.bias else None
    weight, padding, dilation = even(weight, x.size, node.value.size, stride, dilation, before)

    def make(part: Array, bias: Array | None) -> nir.NIRNode:
        return convolution(part, bias, x.size, stride, padding, dilation)

    return writer.summed(node, x, make, weight, bias, node.value.size)


@rule(Linear)
def linear(writer: Writer, node: Node[Linear], xs: tuple[Wires, ...]) -> Wires:
    """A linear layer, as a sum of one for each part of its operand."""
    bias = writer.tensor(f"{node.weights}.bias") if node.op.bias else None
    weight = writer.tensor(f"{node.weights}.weight")
    weight = weight if node.op.autapses else np.where(np.eye(len(weight), dtype=bool), 0, weight)
    return writer.mixed(node, xs[0], weight, bias)


@rule(Norm)
def norm(writer: Writer, node: Node[Norm], xs: tuple[Wires, ...]) -> Wires:
    """A batch norm that is in no convolution: a factor and a summand for each channel."""
    op = node.op
    if op.normalisation() is None:
        kind = "batch norm with a factor for each step" if op.kind == "batch" else f"{op.kind} norm"
        raise RefusedError(f"NIR has no {kind}", "use a batch norm behind a convolution, and train again")
    if op.margin:
        raise RefusedError("NIR has no norm with a margin", "put it behind a `conv(1, bias = false)`, which takes it in")

    def tensor(name: str) -> Array:
        return writer.tensor(f"{node.weights}.{name}").astype(np.float64)

    factor = 1 / np.sqrt(tensor("running_var") + op.eps)
    factor = factor * tensor("weight") if op.affine else factor
    shift = -tensor("running_mean") * factor + (tensor("bias") if op.affine else 0)
    diagonal = np.diag(factor).astype(np.float32)
    return writer.mixed(node, xs[0], diagonal, shift.astype(np.float32))


@rule(Lif, Neurons, Graded)
def spiking(writer: Writer, node: Node[Lif | Neurons | Graded], xs: tuple[Wires, ...]) -> Wires:
    """Neurons."""
    return neurons(writer, node, xs[0], node.op.neuron)


@rule(Potential)
def potential(writer: Writer, node: Node[Potential], xs: tuple[Wires, ...]) -> Wires:
    """Neurons that never fire."""
    return neurons(writer, node, xs[0], Neuron(decay=node.op.decay, threshold=1.0, levels=1, fires=False))


@rule(Resize, Upsample)
def resize(writer: Writer, node: Node[Resize | Upsample], xs: tuple[Wires, ...]) -> Wires:
    """A nearest resizing that keeps every k-th pixel, as a convolution with a window of one pixel and a stride."""
    x, op, size = xs[0], node.op, node.value.size
    if op.interpolates:
        raise RefusedError("NIR has no interpolation", "write `mode = nearest` where the size shrinks by a whole factor")
    if isinstance(op, Resize) and op.margin:
        raise RefusedError("NIR has no margins around a value", "use the padding of a convolution")
    if size == x.size:
        return x
    if not x.size:
        raise RefusedError("NIR has no node that repeats a number at every position", "write the layer without it")
    if any(n % m for n, m in zip(x.size, size, strict=True)):
        raise RefusedError("NIR has no upsampling, and no resizing but by a whole factor", "reduce sizes by a stride")
    stride = tuple(n // m for n, m in zip(x.size, size, strict=True))

    def make(first: int, end: int) -> nir.NIRNode:
        eye = np.eye(end - first, dtype=np.float32)
        return convolution(eye.reshape(*eye.shape, *(1,) * len(size)), None, x.size, stride, (0,) * len(size))

    return writer.each(node, x, make, size)
