"""Whether a deployed network computes with spikes alone (Che et al., NeurIPS 2022, sections 3.2.2 and 5).

Types and traits decide, never names. A layer is an operation that multiplies values by weights or by each other: a
convolution, a linear layer, an attention. The layers that take nothing but inputs of the network encode them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from spikegraph.analysis.energy import SPIKING
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.source import Span
from spikegraph.ir.folding import Uses
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.types import Kind, Value


@dataclass(frozen=True)
class Place:
    """A place where a network doesn't compute with spikes.

    Attributes:
        code: Code of the diagnostic.
        node: The operation.
        span: Its source location.
        summary: What is wrong.
        help: How to fix it.
        taken_by: The layers that take the result and shouldn't, with their source locations.
    """

    code: str
    node: str
    span: Span
    summary: str
    help: str
    taken_by: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True)
class Certificate:
    """What the layers of a deployed network take.

    Attributes:
        network: Name of the network.
        encoding: The layers that take only inputs of the network.
        spiking: The layers that take spikes or counts.
        places: Where the network doesn't compute with spikes; empty if it does.
    """

    network: str
    encoding: tuple[str, ...]
    spiking: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def holds(self) -> bool:
        """True if every layer behind the encoding takes spikes or counts, no resizing interpolates, and norms are folded."""
        return not self.places

    @property
    def summary(self) -> str:
        """The layers in words: `1 layer encodes the input, 30 take spikes or counts`."""
        first = len(self.encoding)
        return f"{first} layer{'s encode' if first != 1 else ' encodes'} the input, {len(self.spiking)} take spikes or counts"

    def report(self, diagnostics: Diagnostics) -> None:
        """Adds an error for each place."""
        for place in self.places:
            by_span = {span: name for name, span in reversed(place.taken_by)}
            labels = [Label(span, f"`{name}` takes it here") for span, name in sorted(by_span.items()) if span != place.span]
            diagnostics.error(place.code, place.span, place.summary, help=place.help, labels=labels)

    def as_object(self) -> dict[str, Any]:
        """The certificate as a JSON object."""
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
        }


def certify(graph: Graph) -> Certificate:
    """The certificate of a network.

    Args:
        graph: Its deployed graph of plain operations, `program.build("deploy").plain`.
    """
    found = _Examined(graph)
    places = {(p.code, p.span): p for p in reversed(list(found.places()))}
    return Certificate(graph.name, tuple(found.encoding), tuple(found.spiking), tuple(reversed(places.values())))


class _Examined:
    """A graph, and what its layers take."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.encoding: list[str] = []
        self.spiking: list[str] = []
        self._wrong: dict[str, str] = {}
        """For each layer that takes other numbers the operation that makes them, by name."""
        for layer in graph:
            if layer.additions:
                self._judge(layer)

    def _judge(self, layer: Node) -> None:
        taken = [self.graph.node(name) for name in dict.fromkeys(layer.operands)]
        wrong = [node for node in taken if node.name not in self._inputs and self._summed(node).kind not in SPIKING]
        if wrong:
            self._wrong[layer.name] = self._cause(wrong[0]).name
        else:
            encodes = all(node.name in self._inputs for node in taken)
            (self.encoding if encodes else self.spiking).append(layer.name)

    @cached_property
    def _uses(self) -> Uses:
        return Uses.of(self.graph)

    @cached_property
    def _inputs(self) -> set[str]:
        """The network's inputs and what is made of them without weights and neurons."""
        found: set[str] = set()
        for node in self.graph:
            plain = bool(node.operands) and not (node.additions or node.leaves or node.op.traits.stateful)
            if node.op.traits.source or (plain and found.issuperset(node.operands)):
                found.add(node.name)
        return found

    def _summed(self, node: Node) -> Value:
        """The type of a value without a constant factor: the weights of the layer that takes it can have the factor."""
        values = self.graph.values(node)
        if len(values) != 1 or node.leaves or node.op.traits.stateful:
            return node.value
        before = self._summed(self.graph.node(node.operands[0]))
        if before.kind not in SPIKING:
            return node.value
        return node.op.summed(before) or node.op.infer(before)

    def _cause(self, node: Node) -> Node:
        """The operation that makes the numbers of a value: the value's own, or one before it that would keep spikes."""
        while True:
            spikes = [value.with_(kind=Kind.SPIKE) for value in self.graph.values(node)]
            if not spikes or node.op.infer(*spikes).kind is not Kind.SPIKE:
                return node
            for i, name in enumerate(node.operands):
                given = [*spikes[:i], self.graph.node(name).value, *spikes[i + 1 :]]
                if node.op.infer(*given).kind not in SPIKING:
                    node = self.graph.node(name)
                    break
            else:
                return node

    def places(self) -> Iterator[Place]:
        """Where the network doesn't compute with spikes."""
        made_at: dict[Span, list[tuple[Node, Node]]] = {}
        for layer, by in self._wrong.items():
            cause = self.graph.node(by)
            made_at.setdefault(cause.span, []).append((cause, self.graph.node(layer)))
        for pairs in made_at.values():  # the uses of a block and its repetitions have one place in the spec
            yield self._taken(pairs[0][0], {layer.weights: layer.span for _, layer in pairs})
        found = set(self._wrong.values())
        computed = self.graph.ancestors(n.name for n in self.graph if n.additions or n.op.traits.stateful)
        for node in self.graph:
            if node.op.interpolates and node.name in computed - self._inputs and node.name not in found:
                summary = f"`{node.weights}` interpolates, so it gives numbers between those of its neighbours"
                yield Place("SG1003", node.name, node.span, summary, _NEAREST)
            if node.op.normalises and node.name not in found:
                yield self._unfolded(node)

    def _taken(self, cause: Node, layers: Mapping[str, Span]) -> Place:
        code, help = "SG1001", "put a neuron between them"
        if cause.op.interpolates:
            code, help = "SG1003", _NEAREST
        elif cause.op.traits.adds:
            help = "add spikes only, or put a neuron after the sum"
        elif cause.additions:
            help = f"put a neuron after `{cause.weights}`"
        first, *others = layers
        to = f"`{first}`" + (f" and {len(others)} more" if others else "")
        summary = f"`{cause.weights}` gives {cause.value.with_(steps=True)} to {to}; layers must take spikes or counts"
        return Place(code, cause.name, cause.span, summary, help, tuple(layers.items()))

    def _unfolded(self, norm: Node) -> Place:
        before, stays = self.graph.node(norm.operands[0]), self._uses.why_it_stays(norm)
        if stays is not None:
            reason, help = stays
        elif norm.op.normalisation() is None:
            reason = "only a batch norm that is the same at every time step can be"
            help = "use such a norm, directly behind a convolution"
        elif not before.additions:
            reason = f"`{before.weights}` has no weights"
            help = "put the norm behind a convolution"
        else:
            reason = f"`{before.weights}` can't take it in, or has another use"
            help = "let nothing but the norm use the convolution's result"
        return Place("SG1002", norm.name, norm.span, f"`{norm.weights}` can't be folded into a convolution: {reason}", help)


_NEAREST = "write `mode = nearest`, or interpolate only outputs"
