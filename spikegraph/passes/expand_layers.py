"""The pass `expand-layers`."""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from spikegraph.errors import PassError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.ops.activation import Lif, Potential, Relu
from spikegraph.ir.ops.composite import Auxiliary, Restore, Stem
from spikegraph.ir.ops.convolution import Conv, Linear, Norm
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.resizing import Fit, Upsample
from spikegraph.ir.ops.stereo import Estimate, Planes, Subpixel
from spikegraph.passes.base import Pass


@dataclass(frozen=True)
class ExpandLayers(Pass):
    """Expands stems, restores, subpixel estimates and auxiliary classifiers to plain operations."""

    name: ClassVar[str] = "expand-layers"

    @override
    def apply(self, graph: Graph) -> Graph:
        early = next((n for n in graph if isinstance(n.op, Restore) and graph.values(n)[0].levels > 1), None)
        if early is not None:
            summary = f"{early.name} restores a trellis whose level is open"
            raise PassError(summary, "put `expand-layers` after `bind-genotype` or `expand-trellis`")

        def rule(node: Node, operands: tuple[str, ...], out: Graph) -> str:
            if not node.op.composite:
                return out.keep(node, operands)
            parts = _Parts(node, out, graph)
            match node.op:
                case Stem() as op:
                    return stem(op, parts, operands[0])
                case Restore() as op:
                    return restore(op, parts, operands)
                case Subpixel() as op:
                    planes = parts.add("planes", Planes(), operands)
                    return parts.end(Estimate(step=op.step, support=op.support), planes)
                case Auxiliary() as op:
                    return auxiliary(op, parts, operands[0])
                case _:
                    return out.keep(node, operands)

        return graph.rewrite(rule)


@dataclass(frozen=True)
class _Parts:
    """Adds the parts of a layer to `out`, named after the layer; a number avoids names of nodes in `before`."""

    node: Node
    out: Graph
    before: Graph

    def add(self, part: str, op: Op, operands: tuple[str, ...]) -> str:
        """Adds one part."""
        wanted = f"{self.node.name}.{part}"
        name, count = wanted, 1
        while name in self.before:
            count += 1
            name = f"{wanted}{count}"
        return self.out.add(name, op, operands, self.node.span)

    def end(self, op: Op, x: str) -> str:
        """Adds the last part, which gets the layer's name."""
        return self.out.add(self.node.name, op, (x,), self.node.span)


def stem(op: Stem, parts: _Parts, x: str) -> str:
    """Adds convolution, norm and activation."""
    x = parts.add("conv", Conv(kernel=op.kernel, out=op.out, stride=op.stride), (x,))
    x = parts.add("norm", Norm(), (x,))
    return parts.end(Relu() if op.relu else Lif(neuron=op.neuron), x)


def restore(op: Restore, parts: _Parts, operands: tuple[str, ...]) -> str:
    """Adds upsampling by 2, convolution, norm and neuron repeatedly; each halves the channels, the last has `out`."""
    x, like = operands
    out = parts.out
    value, target = out.node(x).value, out.node(like).value
    steps = doublings(value.size, target.size)
    channels = value.channels
    for step in range(max(steps, 1)):
        last = step >= steps - 1
        up, operands = (Fit(), (x, like)) if last else (Upsample(), (x,))
        x = parts.add(f"{step}.up", up, operands)
        channels = (op.out or target.channels) if last else max(channels // 2, 1)
        x = parts.add(f"{step}.conv", Conv(kernel=op.kernel, out=channels), (x,))
        x = parts.add(f"{step}.norm", Norm(), (x,))
        bare = last and op.last == "membrane"
        end = Potential(decay=op.neuron.decay) if bare else Lif(neuron=op.neuron)
        x = parts.end(end, x) if last else parts.add(f"{step}.lif", end, (x,))
    return x


def auxiliary(op: Auxiliary, parts: _Parts, x: str) -> str:
    """Adds average pooling, two spiking convolutions, global pooling, a linear layer and the mean over time."""
    x = parts.add("pool", Pool(kind="avg", kernel=5, stride=3), (x,))
    for i, (kernel, channels) in enumerate(((1, op.channels), (3, op.features))):
        x = parts.add(f"{i}.conv", Conv(kernel=kernel, out=channels), (x,))
        x = parts.add(f"{i}.norm", Norm(), (x,))
        x = parts.add(f"{i}.lif", Lif(neuron=op.neuron), (x,))
    x = parts.add("mean", Pool(), (x,))
    x = parts.add("linear", Linear(out=op.classes), (x,))
    return parts.end(Mean(over="time"), x)


def doublings(size: tuple[int, ...], target: tuple[int, ...]) -> int:
    """The number of doublings from `size` to `target`, where halves of `target` are rounded up."""
    steps, halved = 0, target
    while any(a < b for a, b in zip(size, halved, strict=True)):
        halved = tuple(-(-n // 2) for n in halved)
        steps += 1
    return steps
