"""Operations with weights: convolution, batch norm, linear layer."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.opdef import Op, TypeRuleError, closed, register
from spikegraph.ir.types import Kind, Value


def shrunk(size: tuple[int, ...], stride: int) -> tuple[int, ...]:
    """The sizes after a stride: n -> ceil(n / stride)."""
    return tuple(-(-n // stride) for n in size)


def product(numbers: tuple[int, ...]) -> int:
    """The product of sizes."""
    result = 1
    for n in numbers:
        result *= n
    return result


@register
class Conv(Op):
    """Convolution over the spatial axes, 2-d or 3-d like its input, padded so that stride 1 keeps the size.

    x: any kind, [C, *size]  ->  real, [out, *ceil(size / stride)]. All time steps use the same weights. `folded` names the
    batch norm that is folded into weight and bias, with its `eps`; `sparse` allows kernels to skip silent inputs.
    """

    name: ClassVar[str] = "conv"
    hidden: ClassVar[tuple[str, ...]] = ("folded", "eps", "sparse")
    kernel: PositiveInt
    out: PositiveInt | None = None
    stride: PositiveInt = 1
    bias: bool = True
    folded: str | None = None
    eps: NonNegativeFloat = 1e-5
    sparse: bool = False

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
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


@register
class Norm(Op):
    """Batch norm over samples, time steps and pixels, with weight and bias for each channel.

    x: any kind, [C, *size]  ->  real, [C, *size].
    """

    name: ClassVar[str] = "norm"
    statistics: ClassVar[bool] = True
    eps: PositiveFloat = 1e-5
    momentum: NonNegativeFloat = 0.1

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        closed(self.name, x)
        return x.with_(kind=Kind.REAL)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        (x,) = operands
        return {"weight": (x.channels,), "bias": (x.channels,)}


@register
class Linear(Op):
    """Linear layer over the channels, after a global pooling.

    x: any kind, [C]  ->  real, [out].
    """

    name: ClassVar[str] = "linear"
    out: PositiveInt

    @override
    def infer(self, *operands: Value) -> Value:
        (x,) = operands
        if x.size:
            raise TypeRuleError(f"`linear` needs a value without spatial axes, not {x}", "put `pool` before it", "SG0305")
        return Value(Kind.REAL, self.out, (), steps=x.steps)

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        return {"weight": (self.out, operands[0].channels), "bias": (self.out,)}

    @override
    def additions(self, *operands: Value) -> int:
        return self.out * operands[0].channels
