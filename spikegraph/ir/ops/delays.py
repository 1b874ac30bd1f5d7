"""Layers whose weights have learned delays (Hammouamri et al., ICLR 2024)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt
from typing_extensions import override

from spikegraph.ir.arithmetic import Arithmetic, Layer
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.pooling import Pool
from spikegraph.ir.ops.shapes import Flatten
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.traits import Normalisation, Traits
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value

LONGEST = 4095
"""The longest delay, in time steps."""


@register
class Delayed(Op):
    """Linear layer over the channels in which each weight has a learned delay, in time steps (Hammouamri et al., ICLR 2024).

    x: any kind, [C]  ->  real, [out]: y[t, o] = bias[o] + sum over the channels c and d = 0 .. most of
    weight[o, c] * k[o, c, d] * x[t - d, c], where x is 0 before the first step. k[o, c] is a Gaussian of the width `sigma`
    around the delay D[o, c], exp(-((d - D) / sigma)^2 / 2), divided by its sum over d. D is most * sigmoid(a) of a trained
    parameter a, so it stays between 0 and `most`; before training delays are drawn uniformly.
    """

    name: ClassVar[str] = "delayed"
    by_place: ClassVar[int | None] = 1
    traits: ClassVar[Traits] = Traits(stateful=True)
    out: PositiveInt
    most: Annotated[int, Field(ge=1, le=LONGEST)]
    sigma: Annotated[float, Field(ge=0.2, le=LONGEST)] = 0.5
    bias: bool = True

    @override
    def infer(self, x: Value) -> Value:
        if x.size:
            help = "put `pool` or `flatten` before it"
            raise TypeRuleError(f"`delayed` needs a value without spatial axes, not {x}", help, "SG0305")
        return Value(Kind.REAL, self.out, ())

    @classmethod
    @override
    def sample(cls, draw: Draw, x: Value, others: Sequence[Value]) -> Sample:
        before = () if not x.size else (draw.choice((Pool(), Flatten())),)
        more = draw.some(0.2, bias=lambda: False, sigma=lambda: draw.choice((0.2, 0.75, 3.0)))
        return Sample({"out": draw.integer(1, 5), "most": draw.integer(1, 4), **more}, before=before)

    @override
    def arithmetic(self, *operands: Value) -> Arithmetic:
        return Layer()

    @override
    def weights(self, *operands: Value) -> Mapping[str, tuple[int, ...]]:
        shape = (self.out, operands[0].channels)
        found = {"weight": shape, "delay": shape}
        return {**found, "bias": (self.out,)} if self.bias else found

    @override
    def drawn(self) -> Collection[str]:
        return ("delay",)

    @override
    def additions(self, *operands: Value) -> int:
        return self.out * operands[0].channels * (self.most + 1)

    @override
    def with_norm(self, norm: Normalisation) -> "Delayed":
        return self.model_copy(update={"bias": True})

    @override
    def describe(self, value: Value, notes: Mapping[str, object]) -> str:
        folded = ", norm folded" if "folded" in notes else ""
        return f"linear, delays up to {self.most}{folded}"
