"""The operation that `fuse` creates: norms, their sum and the neurons after it (Che et al., NeurIPS 2022, Eq. 1)."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from typing_extensions import override

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Data, Op, TypeRuleError, register
from spikegraph.ir.ops.wide import Share
from spikegraph.ir.types import Kind, Value


class CurrentTerm(Data):
    """One term of a current: the norms of its channels, in order; without norms the value is added unchanged."""

    norms: tuple[Share, ...] = ()
    eps: PositiveFloat = 1e-5
    momentum: NonNegativeFloat = 0.1


@register
class NormLif(Op):
    """Spiking neurons (Eq. 1) whose current is a sum of values, each with its batch norm or unchanged.

    xs: values before their norms, or currents, [C, *size] each  ->  spike, [C, *size]. `b` has the surrogate's b for each
    group of `width` channels.
    """

    name: ClassVar[str] = "norm_lif"
    operands: ClassVar[tuple[str, ...]] = ("*xs",)
    written: ClassVar[bool] = False
    statistics: ClassVar[bool] = True
    terms: tuple[CurrentTerm, ...]
    neuron: Neuron
    width: PositiveInt
    b: tuple[PositiveFloat, ...]

    @override
    def infer(self, *operands: Value) -> Value:
        if len(operands) != len(self.terms) or any(v.shape != operands[0].shape for v in operands):
            raise TypeRuleError(f"`norm_lif` needs {len(self.terms)} terms of one shape, not {', '.join(map(str, operands))}")
        return operands[0].with_(kind=Kind.SPIKE, bound=1, steps=True)

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for t in self.terms for s in t.norms}
