"""Layers of several plain operations, which `expand-layers` takes apart (Che et al., NeurIPS 2022, section 3.2.2)."""

from collections.abc import Mapping, Sequence
from operator import ge
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveInt
from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.activation import Relu, activation
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.normalisation import Norm
from spikegraph.ir.ops.pooling import Mean, Pool
from spikegraph.ir.ops.resizing import Fit, Upsample
from spikegraph.ir.ops.windows import Window, across, striding
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, spatial
from spikegraph.ir.types import Kind, Value

if TYPE_CHECKING:
    from spikegraph.ir.parts import Parts


def doublings(size: tuple[int, ...], target: tuple[int, ...]) -> int:
    """The number of doublings from `size` to `target`, where halves of `target` are rounded up."""
    steps, halved = 0, target
    while any(a < b for a, b in zip(size, halved, strict=True)):
        halved = tuple(-(-n // 2) for n in halved)
        steps += 1
    return steps


@register
class Stem(Op):
    """Stem: convolution, norm and activation; the run sets the activation.

    x: any kind, [C, *size]  ->  spike (real with ReLU), [out, *ceil(size / stride)]. A stem with a `neuron` of its own keeps
    it in a run whose `stems` are another neuron; `stems = relu` replaces it.
    """

    name: ClassVar[str] = "stem"
    traits: ClassVar[Traits] = Traits(expanded_by="expand-layers", layer="weights", stem=True)
    hidden: ClassVar[tuple[str, ...]] = ("relu", "keeps_neuron")
    kernel: Window
    out: PositiveInt
    stride: Window = 1
    neuron: Neuron
    relu: bool = False
    keeps_neuron: bool = False

    @override
    def infer(self, x: Value) -> Value:
        current = Conv(kernel=self.kernel, out=self.out, stride=self.stride).infer(x)
        return current if self.relu else self.neuron.result(current)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not 1 <= len(x.size) <= 3:
            return None
        arguments = {"kernel": draw.integer(1, 4), "out": draw.integer(1, 5)}
        return Sample(arguments | draw.some(0.2, stride=lambda: draw.integer(2, 3)))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        window = f"{across(self.kernel, value)}{striding(self.stride)}"
        return f"stem {window}, {'ReLU' if self.relu else 'spiking' if self.neuron.spikes else 'real'}"

    @override
    def with_activation(self, neuron: Neuron | None) -> "Stem":
        kept = neuron is None or self.keeps_neuron
        return self.model_copy(update={"neuron": self.neuron if kept else neuron, "relu": neuron is None})

    @override
    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        x = parts.add("conv", Conv(kernel=self.kernel, out=self.out, stride=self.stride), operands)
        x = parts.add("norm", Norm(), (x,))
        return parts.end(Relu() if self.relu else activation(self.neuron), x)


@register
class Restore(Op):
    """Restores a resolution: nearest upsampling by 2, convolution, norm, neuron, repeated up to the size of `like`.

    x: any kind, [C, *size], or a trellis; like: any, [L, *other]  ->  spike, [out, *other]; the default of `out` is L. There
    is at least one convolution. With `last = membrane` the result is the membrane potential of the last neuron, real.
    """

    name: ClassVar[str] = "restore"
    traits: ClassVar[Traits] = Traits(expanded_by="expand-layers", layer="weights", sums_levels=True)
    out: PositiveInt | None = None
    last: Literal["spike", "membrane"] = "spike"
    kernel: Window = 3
    neuron: Neuron

    @override
    def infer(self, x: Value, like: Value) -> Value:
        spatial(self.name, like)
        if len(x.size) != len(like.size):
            raise TypeRuleError(f"`restore` needs operands with equal numbers of axes, not {x} and {like}", code="SG0302")
        if any(a > b for a, b in zip(x.size, like.size, strict=True)):
            raise TypeRuleError(f"`restore` can't reduce the resolution from {x} to {like}", code="SG0302")
        summed = Value(Kind.REAL, self.out or like.channels, like.size)
        return summed if self.last == "membrane" or x.levels > 1 else self.neuron.result(summed)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if not x.size:
            return None
        larger = [y for y in others if y.levels == 1 and len(y.size) == len(x.size) and all(map(ge, y.size, x.size))]
        arguments = draw.some(0.3, out=lambda: draw.integer(1, 4), last=lambda: "membrane", kernel=lambda: draw.integer(1, 2))
        return Sample(arguments, (draw.choice((*larger, ())),)) if larger or x.levels == 1 else None

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        membrane = ", membrane potential" if self.last == "membrane" else ""
        return f"restore, {across(self.kernel, value)}{membrane}"

    @override
    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        x, like = operands
        value, target = parts.value(x), parts.value(like)
        steps = doublings(value.size, target.size)
        channels = value.channels
        for step in range(max(steps, 1)):
            last = step >= steps - 1
            up, operands = (Fit(), (x, like)) if last else (Upsample(), (x,))
            x = parts.add(f"{step}.up", up, operands)
            channels = (self.out or target.channels) if last else max(channels // 2, 1)
            x = parts.add(f"{step}.conv", Conv(kernel=self.kernel, out=channels), (x,))
            x = parts.add(f"{step}.norm", Norm(), (x,))
            bare = last and self.last == "membrane"
            end = activation(self.neuron.silent if bare else self.neuron)
            x = parts.end(end, x) if last else parts.add(f"{step}.{end.name}", end, (x,))
        return x


@register
class Auxiliary(Op):
    """Auxiliary classifier for training: pooling, two spiking convolutions, global pooling, linear layer, mean over time.

    x: any kind, [C, *size]  ->  real, [classes], once per sequence. Average pooling with kernel 5 and stride 3, a
    convolution with kernel 1 to `channels` and one with kernel 3 to `features`, each with norm and neuron. It exists only
    if a loss uses it; statistics and deployment exclude its weights.
    """

    name: ClassVar[str] = "auxiliary"
    traits: ClassVar[Traits] = Traits(expanded_by="expand-layers", layer="weights")
    classes: PositiveInt
    channels: PositiveInt = 128
    features: PositiveInt = 768
    neuron: Neuron

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if len(x.size) not in (2, 3):
            raise TypeRuleError(f"`auxiliary` needs a feature map, not {x}", "put it before the pooling", "SG0302")
        return Value(Kind.REAL, self.classes, (), steps=False)

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample | None:
        if len(x.size) not in (2, 3):
            return None
        return Sample({"classes": draw.integer(1, 3), "channels": draw.integer(1, 3), "features": draw.integer(1, 3)})

    @override
    def expand(self, parts: "Parts", operands: tuple[str, ...]) -> str:
        x = parts.add("pool", Pool(kind="avg", kernel=5, stride=3), operands)
        for i, (kernel, channels) in enumerate(((1, self.channels), (3, self.features))):
            x = parts.add(f"{i}.conv", Conv(kernel=kernel, out=channels), (x,))
            x = parts.add(f"{i}.norm", Norm(), (x,))
            neurons = activation(self.neuron)
            x = parts.add(f"{i}.{neurons.name}", neurons, (x,))
        x = parts.add("mean", Pool(), (x,))
        x = parts.add("linear", Linear(out=self.classes), (x,))
        return parts.end(Mean(over="time"), x)
