"""Operations that passes take apart: stem, cell, trellis, restore, auxiliary classifier."""

from typing import ClassVar, Literal

from pydantic import NonNegativeInt, PositiveInt
from typing_extensions import override

from spikegraph.ir.cellspec import CellSpec, Choice
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, TypeRuleError, closed, register
from spikegraph.ir.ops.convolution import Conv, shrunk
from spikegraph.ir.ops.resizing import Mode
from spikegraph.ir.types import Kind, Value


@register
class Stem(Op):
    """Stem: convolution, norm, and the activation that the phase names.

    x: any kind, [C, *size]  ->  spike (real with ReLU), [out, *ceil(size / stride)].
    """

    name: ClassVar[str] = "stem"
    composite: ClassVar[bool] = True
    hidden: ClassVar[tuple[str, ...]] = ("relu",)
    kernel: PositiveInt
    out: PositiveInt
    stride: PositiveInt = 1
    neuron: Neuron
    relu: bool = False

    @override
    def infer(self, *operands: Value) -> Value:
        current = Conv(kernel=self.kernel, out=self.out, stride=self.stride).infer(*operands)
        return current if self.relu else current.with_(kind=Kind.SPIKE, steps=True)


@register
class Restore(Op):
    """Back to a resolution: nearest upsampling by 2, convolution, norm, neuron, until the size of `like`.

    x: any kind, [C, *size], also a trellis; like: any, [L, *other]  ->  spike, [out, *other]; `out` is L by default. The
    convolution is there at least once. `last = membrane` leaves the last neuron's spikes out and gives its potential, real.
    """

    name: ClassVar[str] = "restore"
    operands: ClassVar[tuple[str, ...]] = ("x", "like")
    composite: ClassVar[bool] = True
    out: PositiveInt | None = None
    last: Literal["spike", "membrane"] = "spike"
    kernel: PositiveInt = 3
    neuron: Neuron

    @override
    def infer(self, *operands: Value) -> Value:
        x, like = operands
        closed(self.name, like)
        if len(x.size) != len(like.size):
            raise TypeRuleError(f"`restore` takes operands with as many axes, not {x} and {like}", code="SG0302")
        if any(a > b for a, b in zip(x.size, like.size, strict=True)):
            raise TypeRuleError(f"`restore` goes to a finer resolution, not from {x} to {like}", code="SG0302")
        kind = Kind.REAL if self.last == "membrane" or x.levels > 1 else Kind.SPIKE
        return Value(kind, self.out or like.channels, like.size)


@register
class Cell(Op):
    """A searchable cell (section 3.2.1): nodes that sum their afferent edges and fire, concatenated.

    prev2, prev: the outputs of the two cells before; like: the value whose size, divided by `down`, is the cell's.
    ->  spike, [nodes * width, *size]. With `genotype` its choices are made, without it every edge is open.
    `source` is the level that `prev` comes from in a searched trellis, whose edges from `prev` have weights of their own.
    """

    name: ClassVar[str] = "cell"
    operands: ClassVar[tuple[str, ...]] = ("prev2", "prev", "like")
    written: ClassVar[bool] = False
    composite: ClassVar[bool] = True
    cell: CellSpec
    width: PositiveInt
    down: PositiveInt = 1
    resize: Mode = "nearest"
    source: NonNegativeInt | None = None
    genotype: tuple[Choice, ...] | None = None

    @override
    def infer(self, *operands: Value) -> Value:
        for v in operands:
            closed(self.name, v)
        like = operands[-1]
        return Value(Kind.SPIKE, self.width * self.cell.nodes, shrunk(like.size, self.down))


@register
class Trellis(Op):
    """Layers x levels of one cell (section 3.2.2), of which a path is chosen; each level halves sizes and doubles channels.

    x: any kind, [C, *size], level 0  ->  spike, [C, *size] at one of the levels.
    """

    name: ClassVar[str] = "trellis"
    written: ClassVar[bool] = False
    composite: ClassVar[bool] = True
    trellis: str
    cell: CellSpec
    layers: PositiveInt
    levels: PositiveInt
    finest: NonNegativeInt = 0
    resize: Mode = "nearest"

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        if x.channels % self.cell.nodes:
            raise TypeRuleError(
                f"the {x.channels} channels of {x} can't be shared among the {self.cell.nodes} nodes of cell "
                f"`{self.cell.name}`",
                f"give the layer before `{self.trellis}` a multiple of {self.cell.nodes} channels",
                "SG0306",
            )
        return x.with_(kind=Kind.SPIKE, bound=1, steps=True, levels=self.levels)


@register
class Auxiliary(Op):
    """Side classifier, in training only: pooling, two spiking convolutions, global pooling, linear layer, mean over time.

    x: any kind, [C, *size]  ->  real, [classes], once for a sequence. Means of 5 pixels at every third, a convolution of
    kernel 1 to `channels` and one of kernel 3 to `features`, each with norm and neuron. It is built where a loss takes it;
    its weights are no part of the network that is measured or deployed.
    """

    name: ClassVar[str] = "auxiliary"
    composite: ClassVar[bool] = True
    classes: PositiveInt
    channels: PositiveInt = 128
    features: PositiveInt = 768
    neuron: Neuron

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        if len(x.size) not in (2, 3):
            raise TypeRuleError(f"`auxiliary` takes a feature map, not {x}", "put it before the pooling", "SG0302")
        return Value(Kind.REAL, self.classes, (), steps=False)
