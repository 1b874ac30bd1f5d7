"""Operations with weights: convolution, batch norm, linear layer."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.wide import WideConv, WideNorm
from spikegraph.ir.ops.windows import Window, across, product, shrunk, skips, striding
from spikegraph.ir.traits import CurrentTerm, Member, Normalisation, Share, Traits
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value


@register
class Conv(Op):
    """Convolution over the spatial axes, 2-d or 3-d like its input, padded so that stride 1 keeps the size.

    x: any kind, [C, *size]  ->  real, [out, *ceil(size / stride)]. All time steps use the same weights. The notes `folded`
    and `eps` are the batch norm that is folded into weight and bias; `sparse` allows kernels to skip silent inputs.
    """

    name: ClassVar[str] = "conv"
    traits: ClassVar[Traits] = Traits(on_edge=True, set_by_edge=("out", "stride"))
    kernel: Window
    out: PositiveInt | None = None
    stride: Window = 1
    bias: bool = True

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if len(x.size) not in (2, 3):
            raise TypeRuleError(f"`conv` needs 2 or 3 spatial axes, not {x}")
        if self.out is None:
            raise TypeRuleError("`conv` needs a number of output channels here", "write `out = ...`", "SG0304")
        if self.kernel % 2 == 0:
            raise TypeRuleError(f"the kernel of `conv` must be odd, not {self.kernel}", "write 1, 3, 5, ...", "SG0304")
        return Value(Kind.REAL, self.out, shrunk(x.size, self.stride), steps=x.steps)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        (x,) = operands
        assert self.out is not None
        weight = {"weight": (self.out, x.channels, *([self.kernel] * len(x.size)))}
        return {**weight, "bias": (self.out,)} if self.bias else weight

    @override
    def additions(self, *operands: Value) -> int:
        (x,) = operands
        return product(self.infer(x).shape) * x.channels * self.kernel ** len(x.size)

    @override
    def with_norm(self, norm: Normalisation) -> "Conv":
        return self.model_copy(update={"bias": True})

    @override
    def family(self) -> tuple[int, int] | None:
        return (self.kernel, self.stride) if self.bias else None

    @override
    def widened(self, parts: Sequence[Member]) -> WideConv:
        return WideConv(kernel=self.kernel, stride=self.stride, shares=tuple(m.share for m in parts))

    @override
    def may_skip(self) -> bool:
        return skips(self.kernel, self.stride)

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        folded = ", norm folded" if "folded" in notes else ""
        return f"conv {across(self.kernel, value)}{striding(self.stride)}{folded}"


@register
class Norm(Op):
    """Batch norm over samples, time steps and pixels, with weight and bias for each channel.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "norm"
    traits: ClassVar[Traits] = Traits(statistics=True, on_edge=True)
    eps: Annotated[float, Field(ge=1e-12, le=1)] = 1e-5
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.1

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        return x.with_(kind=Kind.REAL)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        (x,) = operands
        return {"weight": (x.channels,), "bias": (x.channels,)}

    @override
    def normalisation(self) -> Normalisation:
        return Normalisation(eps=self.eps, momentum=self.momentum)

    @override
    def term(self, weights: str, channels: int) -> CurrentTerm:
        return CurrentTerm(norms=(Share(weights=weights, channels=channels),), eps=self.eps, momentum=self.momentum)

    @override
    def family(self) -> tuple[float, float]:
        return self.eps, self.momentum

    @override
    def widened(self, parts: Sequence[Member]) -> WideNorm:
        return WideNorm(eps=self.eps, momentum=self.momentum, shares=tuple(m.share for m in parts))

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "batch norm"


@register
class Linear(Op):
    """Linear layer over the channels, after a global pooling.

    x: any kind, [C]  ->  real, [out].
    """

    name: ClassVar[str] = "linear"
    out: PositiveInt

    @override
    def infer(self, x: Value) -> Value:
        if x.size:
            raise TypeRuleError(f"`linear` needs a value without spatial axes, not {x}", "put `pool` before it", "SG0305")
        return Value(Kind.REAL, self.out, (), steps=x.steps)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        return {"weight": (self.out, operands[0].channels), "bias": (self.out,)}

    @override
    def additions(self, *operands: Value) -> int:
        return self.out * operands[0].channels

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "linear"
