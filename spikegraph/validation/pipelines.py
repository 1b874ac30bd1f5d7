"""Validation of a pipeline: after each pass the network computes what it did before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from spikegraph.base.errors import MisfitError, ValidationError
from spikegraph.base.nearest import listed
from spikegraph.ir.choices import Choices
from spikegraph.ir.folding import FOLDED
from spikegraph.ir.graph import Graph
from spikegraph.meaning.api import Reference, Trace
from spikegraph.meaning.call import Array
from spikegraph.meaning.composites import flat
from spikegraph.meaning.rounding.bounded import FLOAT64, Bounded
from spikegraph.meaning.rounding.network import BoundedReference
from spikegraph.meaning.rounding.spikes import Explained, explained
from spikegraph.meaning.weights import checked
from spikegraph.passes import pipeline
from spikegraph.passes.base import Pass
from spikegraph.validation.compared import CLOSE, Difference, first_difference, numbers
from spikegraph.validation.drawn import drawn_inputs, drawn_weights
from spikegraph.validation.folding import folded
from spikegraph.validation.smaller import smallest
from spikegraph.validation.substeps import wrong_substep

MOST_UNKNOWN = 0.01
"""The largest share of spikes that rounding may leave unknown."""

Stages = list[tuple[Pass, Graph]]
"""Passes, each with the graph that it made."""


@dataclass
class Validated:
    """What a validation has compared.

    Attributes:
        inputs: The sizes of the inputs by name, which are smaller than the network's where they can be.
        passes: The names of the passes that keep what the network computes.
        defining: Those that define what it computes, such as those of a search method, and aren't compared.
        numbers: How many results and spikes were compared.
        neurons: How many neurons the network has on these inputs, and how many of them fired.
        fired: How many of them fired.
        explained: How many spikes differ because rounding decides them.
        unknown: How many of the compared spikes any rounding would explain.
    """

    inputs: dict[str, tuple[int, ...]]
    passes: list[str] = field(default_factory=list[str])
    defining: list[str] = field(default_factory=list[str])
    numbers: int = 0
    neurons: int = 0
    fired: int = 0
    explained: int = 0
    unknown: int = 0

    def __str__(self) -> str:
        sizes = sorted({"x".join(map(str, size)) or "1" for size in self.inputs.values()})
        passes = f"{len(self.passes)} pass{'es' if len(self.passes) != 1 else ''} on inputs of {' and '.join(sizes)}"
        share = f", {self.fired / self.neurons:.0%} of {self.neurons:,} neurons fired" if self.neurons else ""
        defining = f"; {listed(self.defining, last='and')} defines what is computed" if self.defining else ""
        return f"{passes}{share}{defining}"

    def as_object(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)


def validate(graph: Graph, passes: Sequence[Pass], seed: int = 0, weights: Mapping[str, Array] | None = None) -> Validated:
    """Runs the graphs of a pipeline on small random inputs, and compares each with that of the spec.

    Args:
        graph: What the spec says of the network.
        passes: The pipeline.
        seed: Of weights and inputs.
        weights: The network's own weights by name, before norms are folded; by default random ones.

    Raises:
        ValidationError: A pass changes what the network computes.
        NoReferenceError: An operation has no reference.
        PassError, GraphError: A pass refuses the network.
    """
    stages: Stages = []

    def suits(small: Graph) -> None:
        stages.clear()
        pipeline.run(passes, small, lambda p, made: stages.append((p, made)))
        if weights is not None:
            checked(flat(small, decided(passes)), weights)

    small = smallest(graph, suits)
    if small is graph:
        suits(small)
    return _Validation(small, passes, seed, weights or {}).run(stages)


class _Validation:
    """One validation: the graph that the next ones are compared with, and what has been decided since."""

    def __init__(self, graph: Graph, passes: Sequence[Pass], seed: int, weights: Mapping[str, Array]) -> None:
        self.base, self.seed = graph, seed
        self.open = replace(decided(passes), mix=None, edges=False)
        self.done = Choices()
        self.inputs = drawn_inputs(flat(graph, self.open), seed)
        self.given, self.weights = weights, dict(weights)
        self.runs: dict[object, tuple[Reference, Trace]] = {}
        self.found = Validated({name: node.value.size for name, node in graph.inputs().items()})

    def run(self, stages: Stages) -> Validated:
        before = self.base
        for p, graph in stages:
            if not p.keeps or self._declares(p, before):
                self._start_at(graph, p)
            else:
                self.done = self.done.and_of(p.decides())
                if graph != before:
                    self._compare(p, graph)
                self.found.passes.append(p.name)
            before = graph
        return self.found

    def _declares(self, p: Pass, before: Graph) -> bool:
        """Whether a pass only declares where the operations of cells mix, which differs from mixing where they are."""
        return p.decides().mix is not None and any(node.op.cell_spec() is not None for node in before)

    def _start_at(self, graph: Graph, p: Pass) -> None:
        self.base, self.done = graph, Choices()
        self.weights = dict(self.given)  # what was drawn before may have other shapes
        self.runs.clear()
        self.found.defining.append(p.name)

    def _compare(self, p: Pass, graph: Graph) -> None:
        choices = replace(self.open, mix=self.done.mix, edges=self.done.edges)
        taps = frozenset(graph.taps)  # deployment removes what only losses use
        key = choices.mix, choices.edges, taps
        if key not in self.runs:
            self.runs[key] = self._run(self.base, choices, taps)
        reference, wanted = self.runs[key]
        simple = reference.graph
        self._count(wanted)
        try:
            own, found = self._run(graph, self.open, taps)
        except MisfitError as error:
            raise _changed(p, graph, Difference(f"its weights have other shapes, {error.summary}")) from error
        wrong = wrong_substep(own.graph, own.weights, found)
        if wrong is not None:
            raise _changed(p, graph, wrong)
        apart = [node.name for node in graph if FOLDED in node.notes]
        difference = first_difference(wanted, found, simple, apart)
        if difference is None:
            return
        if not difference.place:
            raise _changed(p, graph, difference)
        how = self._explain(p, graph, simple, found, difference)
        if how.differing == 0 and first_difference(wanted, found, simple, apart, CLOSE) is not None:
            raise _changed(p, graph, difference)

    def _explain(self, p: Pass, graph: Graph, simple: Graph, found: Trace, difference: Difference) -> Explained:
        """Whether rounding explains a difference: the graph before follows the spikes of the one after.

        Raises:
            ValidationError: It doesn't, or too many numbers are unknown.
        """
        spikes = {name: x for name, x in found.spikes.items() if name in simple and simple.node(name).op.traits.fires}
        reference = BoundedReference(simple, self.weights, FLOAT64)
        how = explained(reference, self.inputs, spikes)
        if how.wrong is not None:
            raise _changed(p, graph, replace(difference, margin=how.wrong))
        outside = [name for name, value in how.outputs.items() if not _within(value, found.outputs[name])]
        if outside:
            raise _changed(p, graph, difference)
        self.found.explained += how.differing
        self.found.unknown += how.unknown
        if how.unknown > MOST_UNKNOWN * how.spikes:
            share = f"{how.unknown:,} of {how.spikes:,} spikes"
            summary = f"the pass `{p}` can't be validated: rounding could explain any value of {share}"
            raise ValidationError(summary, "write a network whose potentials aren't decided by rounding, or report it")
        return how

    def _run(self, graph: Graph, choices: Choices, taps: frozenset[str]) -> tuple[Reference, Trace]:
        """A graph as its reference, in which the values that losses take are outputs too, and its run."""
        simple = flat(graph, choices)
        simple.outputs |= {name: node for name, node in simple.taps.items() if name in taps}
        weights = drawn_weights(simple, self.seed)
        if graph is self.base:
            self.weights = weights | self.weights
        reference = Reference(simple, weights | self.weights | folded(simple, self.weights))
        return reference, reference.trace(self.inputs)

    def _count(self, trace: Trace) -> None:
        self.found.numbers += numbers(trace.outputs) + numbers(trace.spikes) + numbers(trace.potentials)
        fires = [spikes.any(axis=(0, 1)) for spikes in trace.spikes.values() if spikes.ndim > 1]
        self.found.neurons, self.found.fired = sum(f.size for f in fires), sum(int(f.sum()) for f in fires)


def _within(value: Bounded, found: Array) -> bool:
    """Whether a result is within its bounds."""
    return bool((np.abs(value.value - found) <= value.error).all())


def decided(passes: Iterable[Pass]) -> Choices:
    """What the passes of a pipeline decide together."""
    found = Choices()
    for p in passes:
        found = found.and_of(p.decides())
    return found


def _changed(p: Pass, graph: Graph, found: Difference) -> ValidationError:
    where = ""
    if found.node is not None:
        line = f" ({graph.node(found.node).span.start})" if found.node in graph else ""
        where = f", first at `{found.node}`{line}"
    numbers = (
        f": {found.number} {found.before:.9g} before and {found.after:.9g} after, at {list(found.place)}" if found.place else ""
    )
    margin = "" if found.margin is None else f"; the first spike that differs is that of {found.margin}"
    summary = f"the pass `{p}` changes what the network computes: {found.of}{where}{numbers}{margin}"
    return ValidationError(summary, "this is a bug of the pass; report it to its author")
