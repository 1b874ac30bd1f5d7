"""The operation that `fuse` creates: norms, their sum and the neurons after it (Che et al., NeurIPS 2022, Eq. 1)."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from spikegraph.ir.opdef import register
from spikegraph.ir.ops.grouped_neurons import GroupedNeurons
from spikegraph.ir.traits import CurrentTerm, Traits
from spikegraph.ir.type_rules import TypeRuleError, groups_fill, shares_fill
from spikegraph.ir.types import Kind, Value


@register
class NormLif(GroupedNeurons):
    """Spiking neurons (Eq. 1) whose current is a sum of values, each with its batch norm or unchanged.

    xs: values before their norms, or currents, [C, *size] each  ->  spike, [C, *size]. `b` has the surrogate's b for each
    group of `width` channels; with `neurons`, each group is the neuron of this name in the plain graph.
    """

    name: ClassVar[str] = "norm_lif"
    traits: ClassVar[Traits] = Traits(statistics=True, own_steps=True, fires=True, stateful=True, joined=True)
    terms: tuple[CurrentTerm, ...]

    @override
    def infer(self, *xs: Value) -> Value:
        if len(xs) != len(self.terms) or any(v.shape != xs[0].shape for v in xs):
            raise TypeRuleError(f"`norm_lif` needs {len(self.terms)} terms of one shape, not {', '.join(map(str, xs))}")
        for term in self.terms:
            if term.norms:
                shares_fill(self.name, term.norms, xs[0])
        groups_fill(self.name, self.b, self.width, self.neurons, xs[0])
        return xs[0].with_(kind=Kind.SPIKE, bound=1, steps=True)

    @override
    def centring(self, weights: str, operand: int) -> tuple[str, ...]:
        return tuple(s.weights for s in self.terms[operand].norms)

    @override
    def initial_of(self, leaf: str) -> Mapping[str, float]:
        return {"weight": next(t.scale for t in self.terms if any(s.weights == leaf for s in t.norms))}

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for t in self.terms for s in t.norms}
