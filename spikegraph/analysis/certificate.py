"""Whether a deployed network computes with spikes alone (Che et al., NeurIPS 2022, sections 3.2.2 and 5).

A value is spikes, a count of spikes, a constant multiple of one of these, or real. A network is certified if every product
has spikes, a count or a constant on one side, except where inputs are encoded and within the update of neurons, and if no
layer of weights takes real numbers; docs/language.md has the whole definition. What operations compute is what they say
(`Op.arithmetic`); nothing depends on names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spikegraph.analysis.flow import arithmetic_of, is_layer, is_trusted, quantities, used
from spikegraph.analysis.inside_neurons import NeuronCosts, neuron_costs
from spikegraph.analysis.places import Place, judge
from spikegraph.analysis.plug_in_spikes import places_without_spikes
from spikegraph.analysis.quantities import Count, Quantity
from spikegraph.dsl.diagnostics import MOST_LISTED, Diagnostics, Label
from spikegraph.dsl.shown import counted
from spikegraph.ir.arithmetic import Multiplication
from spikegraph.ir.graph import Graph

__all__ = ["Certificate", "LargestCount", "NeuronCosts", "Place", "certify"]


@dataclass(frozen=True)
class LargestCount:
    """The largest number of spikes that a count can stand for, where a layer or a product takes it.

    Attributes:
        count: The number; that of one time step if `each_step`.
        node: The operation that makes it.
        each_step: True if it is summed over time steps whose number the spec doesn't say.
    """

    count: int
    node: str
    each_step: bool

    @property
    def text(self) -> str:
        """The count in words: ``64 of `logits.pool` ``."""
        return f"{self.count:,}{' for each time step' if self.each_step else ''} of `{self.node}`"


@dataclass(frozen=True)
class Certificate:
    """What the layers of a deployed network take.

    Attributes:
        network: Name of the network.
        encoding: The layers that encode the inputs: with nothing but linear operations between them and inputs.
        spiking: The layers that take spikes or counts.
        places: Where the network doesn't compute with spikes; empty if it does.
        largest_count: The largest count that a layer or a product takes; None if none takes spikes.
        largest_spike: The largest number that neurons give: 1 for spikes, n for those with n levels; 0 without neurons.
        neurons: What neurons compute at each time step, by model.
        trusted: What plug-ins add, whose word is taken for what it computes: ``operation `gain` ``. Whether its spikes and
            counts are whole numbers was looked at, if it can be run.
    """

    network: str
    encoding: tuple[str, ...]
    spiking: tuple[str, ...]
    places: tuple[Place, ...]
    largest_count: LargestCount | None = None
    largest_spike: int = 0
    neurons: tuple[NeuronCosts, ...] = ()
    trusted: tuple[str, ...] = ()

    def __repr__(self) -> str:
        found = f", {counted(len(self.places), 'place')} where not" if self.places else ""
        places = "".join(f"\n  {p.span.start}: [{p.code}] {p.summary[:100]}" for p in self.places[:MOST_LISTED])
        rest = f"\n  and {len(self.places) - MOST_LISTED} more" if len(self.places) > MOST_LISTED else ""
        return f"<Certificate {self.network}: {'' if self.holds else 'not '}spiking, {self.summary}{found}{places}{rest}>"

    @property
    def holds(self) -> bool:
        """True if every product behind the encoding has spikes, a count or a constant on one side, and norms are folded."""
        return not self.places

    @property
    def summary(self) -> str:
        """The layers in words: `1 layer encodes the input, 30 take spikes or counts`."""
        first = len(self.encoding)
        return f"{first} layer{'s encode' if first != 1 else ' encodes'} the input, {len(self.spiking)} take spikes or counts"

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """Names and texts of what else it says: the encoding, the largest count, neurons, and what is trusted."""
        shown = ", ".join(f"`{name}`" for name in self.encoding[:3])
        more = f" and {len(self.encoding) - 3} more" if len(self.encoding) > 3 else ""
        largest = "no layer takes spikes" if self.largest_count is None else self.largest_count.text
        rows = [
            ("encoding", shown + more or "no layer"),
            ("largest count", f"{largest}; neurons give at most {self.largest_spike}"),
        ]
        for costs in self.neurons:
            what = f"{costs.neurons:,} {costs.model}: "
            update = costs.update
            if update is None:
                rows.append(("neurons", f"{what}operations of a plug-in, not counted"))
                continue
            numbers = f"{update.multiplications:,} multiplications, {update.additions:,} additions"
            rows.append(("neurons", f"{what}{numbers}, {update.comparisons:,} comparisons per time step"))
        return (*rows, ("trusted", ", ".join(self.trusted) or "no plug-in"))

    def report(self, diagnostics: Diagnostics) -> None:
        """Adds an error for each place."""
        for place in self.places:
            by_span = {span: name for name, span in reversed(place.taken_by)}
            labels = [Label(span, f"`{name}` takes it here") for span, name in sorted(by_span.items()) if span != place.span]
            diagnostics.error(place.code, place.span, place.summary, help=place.help, labels=labels)

    def as_object(self) -> dict[str, Any]:
        """The certificate as a JSON object."""
        largest = self.largest_count
        return {
            "network": self.network,
            "spiking": self.holds,
            "encoding_layers": list(self.encoding),
            "spiking_layers": list(self.spiking),
            "places": [
                {
                    "code": place.code,
                    "node": place.node,
                    "taken_by": [name for name, _ in place.taken_by],
                    "file": place.span.file,
                    "line": place.span.line,
                    "column": place.span.column,
                    "summary": place.summary,
                    "help": place.help,
                }
                for place in self.places
            ],
            "largest_count": None
            if largest is None
            else {"count": largest.count, "node": largest.node, "for_each_time_step": largest.each_step},
            "largest_spike": self.largest_spike,
            "neurons": [_costs(costs) for costs in self.neurons],
            "trusted": list(self.trusted),
        }


def certify(graph: Graph) -> Certificate:
    """The certificate of a network.

    Args:
        graph: Its deployed graph of plain operations, `program.build("deploy").plain`.
    """
    found = quantities(graph)
    judged = judge(graph, found)
    given = [x.largest for n in graph if n.op.traits.fires and isinstance(x := found[n.name], Count)]
    return Certificate(
        graph.name,
        judged.encoding,
        judged.spiking,
        (*places_without_spikes(graph), *judged.places),
        _largest_count(graph, found),
        max(given, default=0),
        neuron_costs(graph),
        _trusted(graph),
    )


def _largest_count(graph: Graph, found: Mapping[str, Quantity]) -> LargestCount | None:
    largest: LargestCount | None = None
    for node in graph:
        computed = arithmetic_of(node)
        for name in used(node, computed) if is_layer(node) or isinstance(computed, Multiplication) else ():
            taken = found[name]
            if isinstance(taken, Count) and taken.largest > (largest.count if largest is not None else 0):
                largest = LargestCount(taken.largest, name, taken.each_step)
    return largest


def _trusted(graph: Graph) -> tuple[str, ...]:
    operations = [f"operation `{n.op.name}`" for n in graph if is_trusted(n)]
    uncounted = [n for n in graph if n.op.traits.neurons and n.op.update() is None and not is_trusted(n)]
    return tuple(dict.fromkeys((*operations, *(f"neuron model `{n.op.model}`" for n in uncounted))))


def _costs(costs: NeuronCosts) -> dict[str, Any]:
    update = costs.update
    counts = {} if update is None else {name: getattr(update, name) for name in ("additions", "multiplications", "comparisons")}
    return {"model": costs.model, "neurons": costs.neurons, **counts}
