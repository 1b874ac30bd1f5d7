"""Wide operations: several operations of one kind computed as one, created by `widen` (Che et al., NeurIPS 2022, Eq. 4)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Copies, Layer
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.grouped_neurons import GroupedNeurons
from spikegraph.ir.ops.windows import product, shrunk, skips
from spikegraph.ir.stage import Stage
from spikegraph.ir.traits import ArchitectureParameter, CurrentTerm, Data, Member, Share, Traits
from spikegraph.ir.type_rules import TypeRuleError, closed, groups_fill, same_size, shares_fill
from spikegraph.ir.types import Kind, Value


@register
class WideConv(Op):
    """Several convolutions of one input as one; each keeps its weights under its own name.

    x: any kind, [C, *size]  ->  real, [sum of the shares, *ceil(size / stride)]. With `apart`, only `part`s of single shares
    use the result, so the shares need not be contiguous in memory.
    """

    name: ClassVar[str] = "wide_conv"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(joined=True)
    hidden: ClassVar[tuple[str, ...]] = ("apart",)
    kernel: PositiveInt
    stride: PositiveInt = 1
    shares: tuple[Share, ...]
    apart: bool = False

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if len(x.size) not in (1, 2, 3) or self.kernel % 2 == 0 or not self.shares:
            raise TypeRuleError(f"`wide_conv` needs shares, an odd kernel and 1 to 3 spatial axes, not {self.kernel} on {x}")
        return Value(Kind.REAL, sum(s.channels for s in self.shares), shrunk(x.size, self.stride), steps=x.steps)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer(window=self.kernel > 1, padded=self.kernel > 1)

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        (x,) = operands
        window = [self.kernel] * len(x.size)
        return {s.weights: {"weight": (s.channels, x.channels, *window), "bias": (s.channels,)} for s in self.shares}

    @override
    def additions(self, *operands: Value) -> int:
        (x,) = operands
        return product(self.infer(x).shape) * x.channels * self.kernel ** len(x.size)

    @property
    @override
    def results(self) -> tuple[int, ...]:
        return tuple(s.channels for s in self.shares) if self.apart else ()

    @override
    def split(self) -> "WideConv":
        return self.model_copy(update={"apart": True})

    @override
    def may_skip(self) -> bool:
        return skips(self.kernel, self.stride)


@register
class WideNorm(Op):
    """Batch norms after a wide convolution; each keeps its weight, bias and statistics under its own name.

    x: any kind, [sum of the shares, *size]  ->  real, the same shape.
    """

    name: ClassVar[str] = "wide_norm"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(statistics=True, own_steps=True, joined=True)
    eps: PositiveFloat = 1e-5
    momentum: NonNegativeFloat = 0.1
    shares: tuple[Share, ...]
    scale: PositiveFloat = 1.0

    @override
    def initial(self) -> Mapping[str, float]:
        return {"weight": self.scale}

    @override
    def infer(self, x: Value) -> Value:
        shares_fill(self.name, self.shares, x)
        return x.with_(kind=Kind.REAL)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for s in self.shares}

    @override
    def centring(self, weights: str, operand: int) -> tuple[str, ...]:
        return tuple(s.weights for s in self.shares)

    @override
    def term(self, weights: str, channels: int) -> CurrentTerm:
        return CurrentTerm(norms=self.shares, eps=self.eps, momentum=self.momentum, scale=self.scale)


@register
class WideLif(GroupedNeurons):
    """Neurons after a wide norm; they differ only in b of their surrogates.

    x: current, any kind, [C, *size]  ->  spike, [C, *size]. `b` has one value for each group of `width` channels; each
    group is the neuron of this name in the plain graph.
    """

    name: ClassVar[str] = "wide_lif"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True, joined=True)

    @override
    def infer(self, x: Value) -> Value:
        groups_fill(self.name, self.b, self.width, self.neurons, x)
        return x.with_(kind=Kind.SPIKE, bound=1, steps=True)

    @override
    def fused(self, currents: tuple[tuple[CurrentTerm, ...], ...], part: Member) -> NormLif:
        return NormLif(terms=currents[0], neuron=self.neuron, width=self.width, b=self.b, neurons=self.neurons)


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
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(stages=(Stage.SPACE, Stage.LOWERED), joined=True)
    cell: str
    edges: tuple[NonNegativeInt, ...]
    width: PositiveInt
    takes: tuple[Take, ...]

    @override
    def infer(self, *xs: Value) -> Value:
        same_size(self.name, xs, channels=False)
        for t in self.takes:
            if t.operand >= len(xs) or t.edge >= len(self.edges) or t.start + self.width > xs[t.operand].channels:
                raise TypeRuleError(f"`fan` can't take {self.width} channels from {t.start} of operand {t.operand + 1}")
        if {t.edge for t in self.takes} != set(range(len(self.edges))):
            raise TypeRuleError(f"`fan` has {len(self.edges)} edges, and not a candidate for each")
        return xs[0].with_(kind=Kind.REAL, channels=self.width * len(self.edges), steps=any(v.steps for v in xs))

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def architecture(self, *operands: Value) -> Mapping[str, ArchitectureParameter]:
        candidates = max(t.candidate for t in self.takes) + 1
        return {f"{self.cell}.alpha": ArchitectureParameter((max(self.edges) + 1, candidates))}


@register
class Part(Op):
    """A slice of the channels of a value.

    x: any kind, [C, *size]  ->  the same kind, [channels, *size].
    """

    name: ClassVar[str] = "part"
    written: ClassVar[bool] = False
    traits: ClassVar[Traits] = Traits(joined=True)
    start: NonNegativeInt
    channels: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        if self.start + self.channels > x.channels:
            raise TypeRuleError(f"`part` can't take channels {self.start} to {self.start + self.channels - 1} of {x}")
        return x.with_(channels=self.channels)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Copies(moves=False)

    @override
    def selection(self) -> tuple[int, int]:
        return self.start, self.channels
