"""Instance norm, which has no running statistics."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.type_rules import TypeRuleError, closed
from spikegraph.ir.types import Kind, Value


@register
class InstanceNorm(Op):
    """Norm of each channel of each sample and time step over its pixels, with weight and bias for each channel.

    x: any kind, [C, *size]  ->  real, [C, *size]: (x - mean) / sqrt(var + eps), the same in training and afterwards (Ulyanov et
    al., arXiv:1607.08022). With `axes = 2` mean and variance are those of the last two axes, so that each plane of a cost
    volume is normed alone; `affine = false` leaves out weight and bias. It can't be folded into a convolution.
    """

    name: ClassVar[str] = "instance_norm"
    eps: Annotated[float, Field(ge=1e-12, le=1)] = 1e-5
    affine: bool = True
    axes: Annotated[int, Field(ge=1, le=3)] | Literal["all"] = "all"

    @override
    def infer(self, x: Value) -> Value:
        closed(self.name, x)
        if self.over(x) > len(x.size) or not x.size:
            help = "put it before the pooling" if not x.size else "write a smaller number, or `axes = all`"
            need = f"{self.over(x)} spatial axes" if x.size else "spatial axes"
            raise TypeRuleError(f"`instance_norm` needs {need}, not {x}", help, "SG0302")
        return x.with_(kind=Kind.REAL)

    def over(self, x: Value) -> int:
        """The number of last axes over which mean and variance are computed."""
        return len(x.size) if self.axes == "all" else self.axes

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        shape = (operands[0].channels,)
        return {"scale": shape, "shift": shape} if self.affine else {}

    @override
    def initial(self) -> Mapping[str, float]:
        return {"scale": 1.0}

    @property
    @override
    def normalises(self) -> bool:
        return True

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        return "instance norm"
