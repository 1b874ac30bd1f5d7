"""Norms."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.ops.wide import WideNorm
from spikegraph.ir.traits import CurrentTerm, Member, Normalisation, Share, Traits
from spikegraph.ir.type_rules import closed
from spikegraph.ir.types import Kind, Value


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
