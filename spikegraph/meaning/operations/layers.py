"""Layers of several operations, with the names of their parts (Che et al., NeurIPS 2022, section 3.2.2)."""

from spikegraph.base.errors import UserError
from spikegraph.ir.ops.activation import Relu, activation
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.layers import Auxiliary, Restore, Stem
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.projection import Project
from spikegraph.ir.ops.resizing import Fit, Resize, Upsample
from spikegraph.ir.ops.stereo import Estimate, Planes, Subpixel
from spikegraph.ir.ops.wiring import Identity, Mix
from spikegraph.meaning.composites import Parts
from spikegraph.meaning.references import expansion


@expansion(Stem)
def stem(parts: Parts[Stem], operands: tuple[str, ...]) -> str:
    """Convolution, norm, and neurons or ReLU."""
    op = parts.node.op
    x = parts.part("conv", Conv(kernel=op.kernel, out=op.out, stride=op.stride), *operands)
    x = parts.part("norm", Norm(), x)
    return parts.end(Relu() if op.relu else activation(op.neuron), x)


@expansion(Restore)
def restore(parts: Parts[Restore], operands: tuple[str, ...]) -> str:
    """Nearest upsampling, convolution, norm and neurons, once for each halving of `like` that x has; at least once.

    All but the last upsample by 2 and halve the channels; the last resizes to `like`, and has the channels of the result.
    """
    op = parts.node.op
    x, like = operands
    target = parts.value(like)
    halved, times = target.size, 0
    while any(a < b for a, b in zip(parts.value(x).size, halved, strict=True)):
        halved, times = tuple((n + 1) // 2 for n in halved), times + 1
    for i in range(max(times, 1)):
        last = i + 1 >= times
        channels = (op.out or target.channels) if last else max(parts.value(x).channels // 2, 1)
        up = parts.part(f"{i}.up", Fit(), x, like) if last else parts.part(f"{i}.up", Upsample(), x)
        x = parts.part(f"{i}.conv", Conv(kernel=op.kernel, out=channels), up)
        x = parts.part(f"{i}.norm", Norm(), x)
        if not last:
            neurons = activation(op.neuron)
            x = parts.part(f"{i}.{neurons.name}", neurons, x)
    return parts.end(activation(op.neuron.silent if op.last == "membrane" else op.neuron), x)


@expansion(Auxiliary)
def auxiliary(parts: Parts[Auxiliary], operands: tuple[str, ...]) -> str:
    """Average pooling 5 with stride 3, convolutions 1 and 3 with norm and neurons, global mean, linear, mean over time."""
    op = parts.node.op
    neurons = activation(op.neuron)
    x = parts.part("pool", Pool(kind="avg", kernel=5, stride=3), *operands)
    for i, (kernel, channels) in enumerate([(1, op.channels), (3, op.features)]):
        x = parts.part(f"{i}.conv", Conv(kernel=kernel, out=channels), x)
        x = parts.part(f"{i}.norm", Norm(), x)
        x = parts.part(f"{i}.{neurons.name}", neurons, x)
    x = parts.part("mean", Pool(), x)
    x = parts.part("linear", Linear(out=op.classes), x)
    return parts.end(Mean(over="time"), x)


@expansion(Project)
def project(parts: Parts, operands: tuple[str, ...]) -> str:
    """The value itself where shapes agree, else a 1 x 1 convolution without bias, with the smallest stride, and a norm."""
    x, like = map(parts.value, operands)
    if x.shape == like.shape:
        return parts.end(Identity(), operands[0])
    strides = tuple(-(-a // b) for a, b in zip(x.size, like.size, strict=True))
    one = max(strides)
    stride = one if tuple(-(-n // one) for n in x.size) == like.size else strides
    conv = parts.part("conv", Conv(kernel=1, out=like.channels, stride=stride, bias=False), operands[0])
    return parts.end(Norm(), conv)


@expansion(Subpixel)
def subpixel(parts: Parts[Subpixel], operands: tuple[str, ...]) -> str:
    """The planes at the size of `like`, and the estimate from them (Eq. 5)."""
    op = parts.node.op
    planes = parts.part("planes", Planes(scale=op.scale), *operands)
    return parts.end(Estimate(step=op.step, support=op.support), planes)


@expansion(Fit)
def fit(parts: Parts[Fit], operands: tuple[str, ...]) -> str:
    """A resizing to the size of another value, or to a fraction of it, where x has another size."""
    op = parts.node.op
    x, like = map(parts.value, operands)
    if x.size == tuple(-(-n // op.down) for n in like.size):
        return operands[0]
    return parts.end(Resize(mode=op.mode, down=op.down), *operands)


@expansion(Choose)
def choose(parts: Parts[Choose], operands: tuple[str, ...]) -> str:
    """The branch that the genotype of the network names; the weighted sum of all while the choice is open."""
    op = parts.node.op
    genotype = parts.choices.genotype(op.network)
    if genotype is None:
        return parts.end(Mix(cell=op.parameter, edge=0), *operands)
    chosen = {edge.node: edge.operation for edge in genotype}.get(op.place)
    if chosen not in op.branches:
        raise UserError(f"the genotype of `{op.network}` decides `{op.place}` for none of its branches")
    return operands[op.branches.index(chosen)]
