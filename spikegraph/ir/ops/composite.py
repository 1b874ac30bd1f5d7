"""Composite operations, which passes expand: stem, restore, cell, trellis, auxiliary classifier (Che et al., NeurIPS 2022)."""

from typing import ClassVar, Literal

from pydantic import NonNegativeInt, PositiveInt
from typing_extensions import override

from spikegraph.ir.cellspec import CellSpec, KeptEdge
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, TypeRuleError, closed, register
from spikegraph.ir.ops.convolution import Conv, shrunk
from spikegraph.ir.ops.resizing import Mode
from spikegraph.ir.types import Kind, Value


@register
class Stem(Op):
    """Stem: convolution, norm and activation; the phase sets the activation.

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
    """Restores a resolution: nearest upsampling by 2, convolution, norm, neuron, repeated up to the size of `like`.

    x: any kind, [C, *size], or a trellis; like: any, [L, *other]  ->  spike, [out, *other]; the default of `out` is L. There
    is at least one convolution. With `last = membrane` the result is the membrane potential of the last neuron, real.
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
            raise TypeRuleError(f"`restore` needs operands with equal numbers of axes, not {x} and {like}", code="SG0302")
        if any(a > b for a, b in zip(x.size, like.size, strict=True)):
            raise TypeRuleError(f"`restore` can't reduce the resolution from {x} to {like}", code="SG0302")
        kind = Kind.REAL if self.last == "membrane" or x.levels > 1 else Kind.SPIKE
        return Value(kind, self.out or like.channels, like.size)


@register
class Cell(Op):
    """Searchable cell (section 3.2.1): each node sums its afferent edges and fires; the output concatenates the nodes.

    prev2, prev: outputs of the two cells before; like: a value whose size divided by `down` is the cell's size
    ->  spike, [nodes * width, *size]. `genotype` has the kept edges; without it all edges are open. In a searched trellis
    `source` is the level of `prev`; the edges from `prev` have separate weights for each.
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
    genotype: tuple[KeptEdge, ...] | None = None

    @override
    def infer(self, *operands: Value) -> Value:
        for v in operands:
            closed(self.name, v)
        like = operands[-1]
        return Value(Kind.SPIKE, self.width * self.cell.nodes, shrunk(like.size, self.down))


@register
class Trellis(Op):
    """Trellis: layers x levels of one cell, and a path through them (section 3.2.2); levels halve sizes and double channels.

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
    """Auxiliary classifier for training: pooling, two spiking convolutions, global pooling, linear layer, mean over time.

    x: any kind, [C, *size]  ->  real, [classes], once per sequence. Average pooling with kernel 5 and stride 3, a
    convolution with kernel 1 to `channels` and one with kernel 3 to `features`, each with norm and neuron. It exists only
    if a loss uses it; statistics and deployment exclude its weights.
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
            raise TypeRuleError(f"`auxiliary` needs a feature map, not {x}", "put it before the pooling", "SG0302")
        return Value(Kind.REAL, self.classes, (), steps=False)
