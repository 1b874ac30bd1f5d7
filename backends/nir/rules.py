"""What each operation of a network is in NIR. An operation without a rule is refused."""

from collections.abc import Callable

import nir
import numpy as np

from spikegraph.backends.nir.neurons import neurons
from spikegraph.backends.nir.windows import even, slid, ungrouped
from spikegraph.backends.nir.wires import Part, RefusedError, Wires
from spikegraph.backends.nir.writer import Array, Writer, convolution, matrix
from spikegraph.ir.graph import Node
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Potential
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.resizing import Resize, Upsample
from spikegraph.ir.ops.shapes import Vote
from spikegraph.ir.ops.windows import along, pads
from spikegraph.ir.ops.wiring import Every
from spikegraph.ir.types import Kind

Rule = Callable[[Writer, Node, tuple[Wires, ...]], Wires]
"""Adds the nodes of an operation on its operands; raises `RefusedError` where there are none."""

RULES: dict[str, Rule] = {}
"""The rules by the operation's name."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Decorator that makes a function the rule of operations."""

    def add(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return add


@rule("identity", "dropout")
def forward(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The value itself; a dropout leaves nothing out after training."""
    return xs[0]


@rule("zero")
def zero(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """A value without sources."""
    return Wires((Part(node.value.channels, ()),), node.value.size)


@rule("concat")
def concat(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The parts side by side; the layers behind it become sums of a layer for each part."""
    return Wires(tuple(part for x in xs for part in x.parts), xs[0].size, _averaged(node, xs))


@rule("add", "gather")
def add(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
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


@rule("mean")
def mean(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The mean over time, which is left to the reader of the graph; layers behind it commute with it."""
    return Wires(xs[0].parts, xs[0].size, averaged=True)


@rule("conv")
def conv(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """A convolution, as a sum of one for each part of its operand."""
    (x,), op = xs, node.op
    assert isinstance(op, Conv)
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


@rule("linear")
def linear(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """A linear layer, as a sum of one for each part of its operand."""
    assert isinstance(node.op, Linear)
    bias = writer.tensor(f"{node.weights}.bias") if node.op.bias else None
    return writer.mixed(node, xs[0], writer.tensor(f"{node.weights}.weight"), bias)


@rule("norm")
def norm(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """A batch norm that is in no convolution: a factor and a summand for each channel."""
    op = node.op
    assert isinstance(op, Norm)
    if op.normalisation() is None:
        kind = "batch norm with a factor for each step" if op.kind == "batch" else f"{op.kind} norm"
        raise RefusedError(f"NIR has no {kind}", "use a batch norm behind a convolution, and train again")

    def tensor(name: str) -> Array:
        return writer.tensor(f"{node.weights}.{name}").astype(np.float64)

    factor = 1 / np.sqrt(tensor("running_var") + op.eps)
    factor = factor * tensor("weight") if op.affine else factor
    shift = -tensor("running_mean") * factor + (tensor("bias") if op.affine else 0)
    diagonal = np.diag(factor).astype(np.float32)
    return writer.mixed(node, xs[0], diagonal, shift.astype(np.float32))


@rule("flatten")
def flatten(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """Each part flattened: channels come first, so the parts stay side by side."""
    (x,) = xs
    return _flattened(writer, node, x) if x.size else x


def _flattened(writer: Writer, node: Node, x: Wires) -> Wires:
    def make(first: int, end: int) -> nir.NIRNode:
        return nir.Flatten(input_type={"input": np.array([end - first, *x.size])}, start_dim=0, end_dim=-1)

    return writer.each(node, x, make, (), int(np.prod(x.size)))


@rule("pool")
def pool(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """An average pooling without padding, or a maximum of spikes."""
    (x,), op = xs, node.op
    assert isinstance(op, Pool)
    if len(x.size) != 2:
        raise RefusedError(f"NIR has no pooling over {len(x.size)} axes", "use values with two spatial axes")
    if op.kind == "global":
        return _flattened(writer, node, _means(writer, node, x, x.size, x.size, (0, 0), (1, 1)))
    kernel, stride = along(op.name, "kernel", op.kernel, 2), along(op.name, "stride", op.stride, 2)
    given = (op.padding,) * 2 if isinstance(op.padding, str) else along(op.name, "padding", op.padding, 2)
    before = tuple(pads(n, k, s, p)[0] for n, k, s, p in zip(x.size, kernel, stride, given, strict=True))
    if op.kind == "avg":
        return _average(writer, node, x, kernel, stride, before)
    return _maximum(writer, node, x, kernel, stride, before)


def _means(
    writer: Writer,
    node: Node,
    x: Wires,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    size: tuple[int, ...],
) -> Wires:
    def make(first: int, end: int) -> nir.NIRNode:
        return nir.AvgPool2d(kernel_size=np.array(kernel), stride=np.array(stride), padding=np.array(padding))

    made = writer.each(node, x, make, size)
    for part in made.parts:
        for source in part.sources:
            writer.nodes[source].input_type = {"input": np.array([part.channels, *x.size])}
            writer.nodes[source].output_type = {"output": np.array([part.channels, *size])}
    return made


def _average(
    writer: Writer, node: Node, x: Wires, kernel: tuple[int, ...], stride: tuple[int, ...], before: tuple[int, ...]
) -> Wires:
    """The mean over the pixels in each window; NIR's counts padding too, so a factor for each position undoes that."""
    size = node.value.size
    counts = np.ones((), np.int64)
    for n, k, s, b, m in zip(x.size, kernel, stride, before, size, strict=True):
        first = np.arange(m) * s - b
        counts = np.multiply.outer(counts, np.minimum(first + k, n) - np.maximum(first, 0))
    whole = int(np.prod(kernel))
    if slid(x.size, kernel, stride, before) != size or any(2 * b > k for b, k in zip(before, kernel, strict=True)):
        help = "write the padding as a number, such as `padding = 1`"
        raise RefusedError("NIR has no average pooling with other padding before an axis than after it", help)
    means = _means(writer, node, x, kernel, stride, before, size)
    if (counts == whole).all():
        return means
    factors = (whole / counts).astype(np.float32)
    return writer.each(node, means, lambda first, end: nir.Scale(scale=np.tile(factors, (end - first, 1, 1))), size)


def _maximum(
    writer: Writer, node: Node, x: Wires, kernel: tuple[int, ...], stride: tuple[int, ...], before: tuple[int, ...]
) -> Wires:
    """The maximum of spikes in a window: spikes of neurons that any spike in the window brings above their threshold.

    Their potential is 0 between time steps, since they fire whenever their current isn't 0.
    """
    if node.operand_values[0].kind is not Kind.SPIKE:
        help = "put the pooling behind the neuron, or write `kind = avg`"
        raise RefusedError("NIR has no max pooling; only that of spikes can be written with neurons", help)
    if x.averaged:
        raise RefusedError("a max pooling takes the mean over time, which no time step of NIR has", "take the mean at the end")
    size = node.value.size
    if slid(x.size, kernel, stride, before) == size and all(2 * b <= k for b, k in zip(before, kernel, strict=True)):
        counted, unit = _means(writer, node, x, kernel, stride, before, size), 1 / int(np.prod(kernel))
    else:

        def make(first: int, end: int) -> nir.NIRNode:
            eye = np.eye(end - first, dtype=np.float32)[:, :, None, None]
            ones, padding, dilation = even(np.tile(eye, (1, 1, *kernel)), x.size, size, stride, (1, 1), before)
            return convolution(ones, None, x.size, stride, padding, dilation)

        counted, unit = writer.each(node, x, make, size), 1.0

    def fire(first: int, end: int) -> nir.NIRNode:
        r = np.full((end - first, *size), 1 / writer.dt)
        return nir.IF(r=r, v_threshold=np.full_like(r, unit / 2), v_reset=np.zeros_like(r))

    return writer.each(node, counted, fire, size)


@rule("lif", "neuron", "graded")
def spiking(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """Neurons."""
    neuron = getattr(node.op, "neuron", None)
    assert isinstance(neuron, Neuron)
    return neurons(writer, node, xs[0], neuron)


@rule("potential")
def potential(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """Neurons that never fire."""
    assert isinstance(node.op, Potential)
    return neurons(writer, node, xs[0], Neuron(decay=node.op.decay, threshold=1.0, levels=1, fires=False))


@rule("vote")
def vote(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """The mean over neighbouring channels, as a matrix."""
    assert isinstance(node.op, Vote)
    weight = np.repeat(np.eye(node.value.channels, dtype=np.float32), node.op.voters, axis=1)
    return writer.mixed(node, xs[0], weight / np.float32(node.op.voters))


@rule("every")
def every(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """Some of the channels, as a matrix."""
    assert isinstance(node.op, Every)
    return writer.mixed(node, xs[0], np.eye(xs[0].channels, dtype=np.float32)[node.op.start :: node.op.step])


@rule("resize", "upsample")
def resize(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """A nearest resizing that keeps every k-th pixel, as a convolution with a window of one pixel and a stride."""
    x, op, size = xs[0], node.op, node.value.size
    assert isinstance(op, Resize | Upsample)
    if op.interpolates:
        raise RefusedError("NIR has no interpolation", "write `mode = nearest` where the size shrinks by a whole factor")
    if isinstance(op, Resize) and op.margin:
        raise RefusedError("NIR has no margins around a value", "use the padding of a convolution")
    if size == x.size:
        return x
    if any(n % m for n, m in zip(x.size, size, strict=True)) or not x.size:
        raise RefusedError("NIR has no upsampling, and no resizing but by a whole factor", "reduce sizes by a stride")
    stride = tuple(n // m for n, m in zip(x.size, size, strict=True))

    def make(first: int, end: int) -> nir.NIRNode:
        eye = np.eye(end - first, dtype=np.float32)
        return convolution(eye.reshape(*eye.shape, *(1,) * len(size)), None, x.size, stride, (0,) * len(size))

    return writer.each(node, x, make, size)


def output(writer: Writer, node: Node, x: Wires) -> str:
    """The one node that gives an output: readers don't add what several edges bring to an output.

    Raises:
        RefusedError: The output is 0 whatever the inputs are.
    """
    x = writer.single(node, x)
    (part,) = x.parts
    if not part.sources:
        raise RefusedError("NIR has no constant, and this output is always 0", "remove it")
    if len(part.sources) == 1:
        return part.sources[0]
    return writer.add(node, matrix(np.eye(x.channels, dtype=np.float32), None, x.size), part.sources)
