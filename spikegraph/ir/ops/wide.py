"""Wide operations: several operations of one kind computed as one, created by `widen` (Che et al., NeurIPS 2022, Eq. 4)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Data, Op, TypeRuleError, register
from spikegraph.ir.ops.convolution import product, shrunk
from spikegraph.ir.types import Kind, Value


class Share(Data):
    """The share of one operation in a wide one: the name of its weights and its number of channels."""

    weights: str
    channels: PositiveInt


@register
class WideConv(Op):
    """Several convolutions of one input as one; each keeps its weights under its own name.

    x: any kind, [C, *size]  ->  real, [sum of the shares, *ceil(size / stride)]. With `apart`, only `part`s of single shares
    use the result, so the shares need not be contiguous in memory; `sparse` allows kernels to skip silent inputs.
    """

    name: ClassVar[str] = "wide_conv"
    written: ClassVar[bool] = False
    hidden: ClassVar[tuple[str, ...]] = ("apart", "sparse")
    kernel: PositiveInt
    stride: PositiveInt = 1
    shares: tuple[Share, ...]
    apart: bool = False
    sparse: bool = False

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        return Value(Kind.REAL, sum(s.channels for s in self.shares), shrunk(x.size, self.stride), steps=x.steps)

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        (x,) = operands
        window = [self.kernel] * len(x.size)
        return {s.weights: {"weight": (s.channels, x.channels, *window), "bias": (s.channels,)} for s in self.shares}

    @override
    def additions(self, *operands: Value) -> int:
        (x,) = operands
        return product(self.infer(x).shape) * x.channels * self.kernel ** len(x.size)


@register
class WideNorm(Op):
    """Batch norms after a wide convolution; each keeps its weight, bias and statistics under its own name.

    x: any kind, [sum of the shares, *size]  ->  real, the same shape.
    """

    name: ClassVar[str] = "wide_norm"
    written: ClassVar[bool] = False
    statistics: ClassVar[bool] = True
    eps: PositiveFloat = 1e-5
    momentum: PositiveFloat = 0.1
    shares: tuple[Share, ...]

    @override
    def infer(self, *operands: Value) -> Value:
        return operands[0].with_(kind=Kind.REAL)

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for s in self.shares}


@register
class WideLif(Op):
    """Neurons after a wide norm; they differ only in b of their surrogates.

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. `b` has one value for each group of `width` channels.
    """

    name: ClassVar[str] = "wide_lif"
    written: ClassVar[bool] = False
    neuron: Neuron
    width: PositiveInt
    b: tuple[PositiveFloat, ...]

    @override
    def infer(self, *operands: Value) -> Value:
        return operands[0].with_(kind=Kind.SPIKE, bound=1, steps=True)


class Take(Data):
    """One candidate of one edge: operand and first channel of its values, edge and candidate number for its alpha."""

    operand: NonNegativeInt
    start: NonNegativeInt
    edge: NonNegativeInt
    candidate: NonNegativeInt


@register
class Fan(Op):
    """Open choices (Eq. 4) of all edges from one source, concatenated.

    xs: values of the candidates, several in one operand  ->  real, [edges * width, *size].
    `edges` are rows of the architecture parameter `CELL.alpha`; each of `takes` gives the operand and first channel of one
    candidate of one edge, whose number is an index of `edges`.
    """

    name: ClassVar[str] = "fan"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)
    written: ClassVar[bool] = False
    cell: str
    edges: tuple[NonNegativeInt, ...]
    width: PositiveInt
    takes: tuple[Take, ...]

    @override
    def infer(self, *operands: Value) -> Value:
        steps = any(v.steps for v in operands)
        return operands[0].with_(kind=Kind.REAL, channels=self.width * len(self.edges), steps=steps)


@register
class Part(Op):
    """A slice of the channels of a value.

    x: any kind, [C, *size]  ->  the same kind, [channels, *size].
    """

    name: ClassVar[str] = "part"
    written: ClassVar[bool] = False
    start: NonNegativeInt
    channels: PositiveInt

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        if self.start + self.channels > x.channels:
            raise TypeRuleError(f"`part` can't take channels {self.start} to {self.start + self.channels - 1} of {x}")
        return x.with_(channels=self.channels)
