"""The pass `expand-layers`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.activation import Lif, Potential, Relu
from spikegraph.ir.ops.composite import Auxiliary, Restore, Stem
from spikegraph.ir.ops.convolution import Conv, Linear, Norm
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.resizing import Fit, Upsample
from spikegraph.ir.ops.stereo import Estimate, Planes, Subpixel
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class ExpandLayers(Pass):
    """Stems, restores, estimators and auxiliary classifiers to plain operations."""

    name: ClassVar[str] = "expand-layers"

    @override
    def apply(self, graph: Graph) -> Graph:
        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            match node.op:
                case Stem() as op:
                    return stem(op, node, operands[0], out)
                case Restore() as op:
                    return restore(op, node, operands, out)
                case Subpixel() as op:
                    planes = out.add(f"{node.name}.planes", Planes(), operands, node.span)
                    return out.add(node.name, Estimate(step=op.step, support=op.support), (planes,), node.span)
                case Auxiliary() as op:
                    return auxiliary(op, node, operands[0], out)
                case op:
                    return out.add(node.name, op, operands, node.span)

        return graph.rewrite(rule)


def stem(op: Stem, node: Node, x: str, out: Graph) -> str:
    """Convolution, norm, activation."""
    conv = out.add(f"{node.name}.conv", Conv(kernel=op.kernel, out=op.out, stride=op.stride), (x,), node.span)
    norm = out.add(f"{node.name}.norm", Norm(), (conv,), node.span)
    return out.add(node.name, Relu() if op.relu else Lif(neuron=op.neuron), (norm,), node.span)


def restore(op: Restore, node: Node, operands: tuple[str, ...], out: Graph) -> str:
    """Upsampling by 2, convolution, norm, neuron, as often as needed; each step halves the channels, the last has `out`."""
    x, like = operands
    value, target = out.node(x).value, out.node(like).value
    steps = doublings(value.size, target.size)
    channels = value.channels
    for step in range(max(steps, 1)):
        last = step >= steps - 1
        part = f"{node.name}.{step}"
        if steps and not last:
            x = out.add(f"{part}.up", Upsample(), (x,), node.span)
        else:
            x = out.add(f"{part}.up", Fit(), (x, like), node.span)
        channels = (op.out or target.channels) if last else max(channels // 2, 1)
        x = out.add(f"{part}.conv", Conv(kernel=op.kernel, out=channels), (x,), node.span)
        x = out.add(f"{part}.norm", Norm(), (x,), node.span)
        bare = last and op.last == "membrane"
        end = Potential(decay=op.neuron.decay) if bare else Lif(neuron=op.neuron)
        x = out.add(node.name if last else f"{part}.lif", end, (x,), node.span)
    return x


def auxiliary(op: Auxiliary, node: Node, x: str, out: Graph) -> str:
    """Window means, two spiking convolutions, global mean, linear layer, mean over time."""
    x = out.add(f"{node.name}.pool", Pool(kind="avg", kernel=5, stride=3), (x,), node.span)
    for i, (kernel, channels) in enumerate(((1, op.channels), (3, op.features))):
        part = f"{node.name}.{i}"
        x = out.add(f"{part}.conv", Conv(kernel=kernel, out=channels), (x,), node.span)
        x = out.add(f"{part}.norm", Norm(), (x,), node.span)
        x = out.add(f"{part}.lif", Lif(neuron=op.neuron), (x,), node.span)
    x = out.add(f"{node.name}.mean", Pool(), (x,), node.span)
    x = out.add(f"{node.name}.linear", Linear(out=op.classes), (x,), node.span)
    return out.add(node.name, Mean(over="time"), (x,), node.span)


def doublings(size: tuple[int, ...], target: tuple[int, ...]) -> int:
    """How often `size` is doubled to come to `target`, whose halves are rounded up."""
    steps, halved = 0, target
    while any(a < b for a, b in zip(size, halved, strict=True)):
        halved = tuple(-(-n // 2) for n in halved)
        steps += 1
    return steps
