"""The operation that `fuse` makes: norms, their sum and the neurons behind it."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Data, Op, TypeRuleError, register
from spikegraph.ir.ops.wide import Share
from spikegraph.ir.types import Kind, Value


class Term(Data):
    """One term of a current: the norms of its channels, in order; with none it is added as it is."""

    norms: tuple[Share, ...] = ()
    eps: PositiveFloat = 1e-5
    momentum: NonNegativeFloat = 0.1


@register
class NormLif(Op):
    """Spiking neurons (Eq. 1) whose current is a sum of values, each behind its batch norm or as it is.

    xs: currents or what a norm makes one of, [C, *size] each  ->  spike, [C, *size]. `b` has the surrogate's value for each
    stretch of `width` channels.
    """

    name: ClassVar[str] = "norm_lif"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)
    written: ClassVar[bool] = False
    statistics: ClassVar[bool] = True
    terms: tuple[Term, ...]
    neuron: Neuron
    width: PositiveInt
    b: tuple[PositiveFloat, ...]

    @override
    def infer(self, *operands: Value) -> Value:
        if len(operands) != len(self.terms) or any(v.shape != operands[0].shape for v in operands):
            raise TypeRuleError(f"`norm_lif` has {len(self.terms)} terms of one shape, not {', '.join(map(str, operands))}")
        return operands[0].with_(kind=Kind.SPIKE, bound=1, steps=True)

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        del name, operands
        return {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for t in self.terms for s in t.norms}
