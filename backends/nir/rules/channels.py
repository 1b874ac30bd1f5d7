"""Selections, sums and repetitions of channels in NIR: matrices, the same at every position."""

import numpy as np

from spikegraph.backends.nir.rule_table import rule
from spikegraph.backends.nir.wires import RefusedError, Wires
from spikegraph.backends.nir.writer import Writer
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.channels import Split, Spread
from spikegraph.ir.ops.reduction import Reduce, Vote
from spikegraph.ir.ops.wiring import Every


@rule(Vote)
def vote(writer: Writer, node: Node[Vote], xs: tuple[Wires, ...]) -> Wires:
    """The mean over neighbouring channels, as a matrix."""
    weight = np.repeat(np.eye(node.value.channels, dtype=np.float32), node.op.voters, axis=1)
    return writer.mixed(node, xs[0], weight / np.float32(node.op.voters))


@rule(Reduce)
def reduce(writer: Writer, node: Node[Reduce], xs: tuple[Wires, ...]) -> Wires:
    """Means and sums of channels, as a matrix, and means over time."""
    (x,), op = xs, node.op
    if op.by == "max" or op.over not in ("channels", "heads", "time") or (op.over, op.by) == ("time", "sum"):
        what = f"{'maximum' if op.by == 'max' else op.by} over {op.over}"
        help = "write `by = mean`" if op.over in ("channels", "heads", "time") else "use `pool` in its place"
        raise RefusedError(f"NIR has no {what}", help)
    if op.over == "time":
        return Wires(x.parts, x.size, averaged=True)
    one, terms = np.eye(node.value.channels, dtype=np.float32), x.channels // node.value.channels
    weight = np.repeat(one, terms, axis=1) if op.over == "channels" else np.tile(one, terms)
    return writer.mixed(node, x, weight / np.float32(terms if op.by == "mean" else 1))


@rule(Every)
def every(writer: Writer, node: Node[Every], xs: tuple[Wires, ...]) -> Wires:
    """Some of the channels, as a matrix."""
    return writer.mixed(node, xs[0], np.eye(xs[0].channels, dtype=np.float32)[node.op.start :: node.op.step])


@rule(Split)
def split(writer: Writer, node: Node[Split], xs: tuple[Wires, ...]) -> Wires:
    """One of several parts of the channels, as a matrix."""
    first, end = node.op.channels(node.operand_values[0])
    return writer.mixed(node, xs[0], np.eye(xs[0].channels, dtype=np.float32)[first:end])


@rule(Spread)
def spread(writer: Writer, node: Node[Spread], xs: tuple[Wires, ...]) -> Wires:
    """Repeated channels, as a matrix."""
    one = np.eye(xs[0].channels, dtype=np.float32)
    return writer.mixed(node, xs[0], np.repeat(one, node.op.to // xs[0].channels, axis=0))
