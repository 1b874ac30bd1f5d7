"""Neurons of any model that passes join with norms, or with each other."""

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from spikegraph.ir.opdef import register
from spikegraph.ir.ops.grouped_neurons import GroupedNeurons
from spikegraph.ir.traits import MEAN_AND_VARIANCE, CurrentTerm, Member, Traits
from spikegraph.ir.type_rules import TypeRuleError, groups_fill, shares_fill
from spikegraph.ir.types import Value


class JoinedNeurons(GroupedNeurons):
    """Neurons of one or more nodes of the plain graph, which differ only in b of their surrogates and in what they learn.

    `b` has the surrogate's b for each group of `width` channels; each group is the neuron of one of the names in `neurons`, and
    has its learned numbers under one of the names in `learned`. A single group that isn't named is the node's own.
    """

    learned: tuple[str, ...] = ()

    @override
    def initial_of(self, leaf: str) -> Mapping[str, float]:
        found, temperature = self.neuron.initial(), self.neuron.temperature
        if temperature in found:
            b = self.b[self.learned.index(leaf)]
            found[temperature] = self.neuron.form(temperature).parameter(b)
        return found

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        tensors = self.neuron.weights(self.width)
        return dict.fromkeys(self.learned, tensors) if tensors else {}

    def result(self, x: Value) -> Value:
        """The type of the spikes for a current of type `x`."""
        groups_fill(self.name, self.b, self.width, self.neurons, x)
        return self.neuron.result(x.with_(steps=True))


@register
class NormNeurons(JoinedNeurons):
    """Spiking neurons of any model, each of whose currents is a sum of values, each with its batch norm or unchanged.

    xs: values before their norms, or currents, [C, *size] each, first all those of the model's first current  ->  what the
    neurons give, [C, *size].
    """

    name: ClassVar[str] = "norm_neuron"
    traits: ClassVar[Traits] = Traits(statistics=True, own_steps=True, fires=True, stateful=True, joined=True)
    currents: tuple[tuple[CurrentTerm, ...], ...]

    @property
    def terms(self) -> tuple[CurrentTerm, ...]:
        """The terms of all currents."""
        return tuple(term for terms in self.currents for term in terms)

    @override
    def centring(self, weights: str, operand: int) -> tuple[str, ...]:
        return tuple(s.weights for s in self.terms[operand].norms)

    @override
    def infer(self, *xs: Value) -> Value:
        count = len(self.terms)
        if len(self.currents) != len(self.neuron.inputs) or len(xs) != count or any(v.shape != xs[0].shape for v in xs):
            given = ", ".join(map(str, xs))
            raise TypeRuleError(f"`{self.name}` needs {count} terms of one shape for the model's currents, not {given}")
        for term in self.terms:
            if term.norms:
                shares_fill(self.name, term.norms, xs[0])
        return self.result(xs[0])

    @override
    def initial_of(self, leaf: str) -> Mapping[str, float]:
        scales = (t.scale for t in self.terms if any(s.weights == leaf for s in t.norms))
        scale = next(scales, None)
        return super().initial_of(leaf) if scale is None else {"weight": scale}

    @override
    def leaves(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        norms = {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for t in self.terms for s in t.norms}
        return {**norms, **super().leaves(name, *operands)}

    @override
    def statistics(self, name: str, *operands: Value) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        return {s.weights: dict.fromkeys(MEAN_AND_VARIANCE, (s.channels,)) for t in self.terms for s in t.norms}


@register
class WideNeurons(JoinedNeurons):
    """Spiking neurons of any model with one current, after a wide norm.

    x: current, any kind, [C, *size]  ->  what the neurons give, [C, *size].
    """

    name: ClassVar[str] = "wide_neuron"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True, joined=True)

    @override
    def infer(self, x: Value) -> Value:
        return self.result(x)

    @override
    def fused(self, currents: tuple[tuple[CurrentTerm, ...], ...], part: Member) -> NormNeurons:
        fields: dict[str, Any] = {name: getattr(self, name) for name in JoinedNeurons.model_fields}
        return NormNeurons(currents=currents, **fields)
