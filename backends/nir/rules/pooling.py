"""Poolings and `flatten` in NIR, which treat channels alone."""

import nir
import numpy as np

from spikegraph.backends.nir.rule_table import rule
from spikegraph.backends.nir.windows import even, slid
from spikegraph.backends.nir.wires import RefusedError, Wires
from spikegraph.backends.nir.writer import Writer, convolution
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.shapes import Flatten
from spikegraph.ir.ops.windows import along, pads
from spikegraph.ir.types import Kind


@rule(Flatten)
def flatten(writer: Writer, node: Node, xs: tuple[Wires, ...]) -> Wires:
    """Each part flattened: channels come first, so the parts stay side by side."""
    (x,) = xs
    return _flattened(writer, node, x) if x.size else x


def _flattened(writer: Writer, node: Node, x: Wires) -> Wires:
    def make(first: int, end: int) -> nir.NIRNode:
        return nir.Flatten(input_type={"input": np.array([end - first, *x.size])}, start_dim=0, end_dim=-1)

    return writer.each(node, x, make, (), int(np.prod(x.size)))


@rule(Pool)
def pool(writer: Writer, node: Node[Pool], xs: tuple[Wires, ...]) -> Wires:
    """An average pooling without padding, or a maximum of spikes."""
    (x,), op = xs, node.op
    if len(x.size) != 2:
        raise RefusedError(f"NIR pools over two axes, not over {len(x.size)}", "use values with two spatial axes")
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
