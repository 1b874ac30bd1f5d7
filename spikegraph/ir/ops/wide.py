"""Operations that evaluate several of a kind at once, which `widen` makes: same function, less work."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Data, Op, TypeRuleError, register
from spikegraph.ir.ops.convolution import product, shrunk
from spikegraph.ir.types import Kind, Value


class Share(Data):
    """The channels of one of the operations: the name of its weights, and how many there are."""

    weights: str
    channels: PositiveInt


@register
class WideConv(Op):
    """Several convolutions of one input as one, each with the weights of its own name.

    x: any kind, [C, *size]  ->  real, [sum of the shares, *ceil(size / stride)]. `apart` says that only `part`s of one share
    each take its result, which needn't lie together then; `sparse` lets silent inputs be passed over.
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
        del name
        (x,) = operands
        window = [self.kernel] * len(x.size)
        return {s.weights: {"weight": (s.channels, x.channels, *window), "bias": (s.channels,)} for s in self.shares}

    @override
    def additions(self, *operands: Value) -> int:
        (x,) = operands
        return product(self.infer(x).shape) * x.channels * self.kernel ** len(x.size)


@register
class WideNorm(Op):
    """The batch norms behind a wide convolution, each with the affine pair and statistics of its own name.

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
        del name, operands
        return {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for s in self.shares}


@register
class WideLif(Op):
    """The neurons behind a wide norm; they differ in their surrogates' b only.

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. `b` has the value of each stretch of `width` channels.
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
    """One candidate of one edge: where its values are, and its place in the architecture parameter."""

    operand: NonNegativeInt
    start: NonNegativeInt
    edge: NonNegativeInt
    candidate: NonNegativeInt


@register
class Fan(Op):
    """The open choices (Eq. 4) of all edges that leave one source, side by side.

    xs: the candidates' values, several in one operand  ->  real, [edges * width, *size].
    `edges` are rows of the architecture parameter `CELL.alpha`; `takes` says which channels of which operand are candidate k
    of edge e, which counts from 0 in `edges`.
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
    """Some channels of a value.

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
            raise TypeRuleError(f"`part` takes channels {self.start} to {self.start + self.channels - 1} of {x}")
        return x.with_(channels=self.channels)
