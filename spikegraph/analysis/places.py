"""Where a deployed network doesn't compute with spikes, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spikegraph.analysis.chains import Chains
from spikegraph.analysis.flow import arithmetic_of, is_layer, refused_products, used
from spikegraph.analysis.quantities import Constant, Count, Current, Encoding, Quantity, Real, Refused, concatenated
from spikegraph.dsl.source import Span
from spikegraph.ir import arithmetic as ir
from spikegraph.ir.folding import Uses
from spikegraph.ir.graph import Graph, Node


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
class Judged:
    """What was found of a network.

    Attributes:
        encoding: The layers that encode inputs.
        spiking: The layers that take spikes or counts.
        places: Where the network doesn't compute with spikes.
    """

    encoding: tuple[str, ...]
    spiking: tuple[str, ...]
    places: tuple[Place, ...]


def judge(graph: Graph, found: Mapping[str, Quantity]) -> Judged:
    """Judges the layers, norms, resizings and products of a network.

    Args:
        graph: Its deployed graph of plain operations.
        found: What the value of each of its nodes is.
    """
    judged = _Judge(graph, found)
    unique = {(p.code, p.span): p for p in reversed(list(judged.places()))}  # the uses of a block have one place in the spec
    return Judged(tuple(judged.encoding), tuple(judged.spiking), tuple(reversed(unique.values())))


class _Judge:
    """A graph, and what its layers take."""

    def __init__(self, graph: Graph, found: Mapping[str, Quantity]) -> None:
        self._graph, self._found = graph, found
        self._chains, self._uses = Chains(graph, found), Uses.of(graph)
        self.encoding: list[str] = []
        self.spiking: list[str] = []
        self._norms: list[Node] = []
        self._wrong: dict[str, tuple[Node, str | None]] = {}
        """For each layer that takes real numbers the operation that makes them, and the fix if it has its own."""
        for node in graph:
            computed = arithmetic_of(node)
            if isinstance(computed, ir.Layer):
                self._judge(node)
            elif isinstance(computed, ir.Multiplication) and computed.terms > 1 and not refused_products(node, found):
                self.spiking.append(node.name)  # attention

    def _judge(self, layer: Node) -> None:
        given = concatenated(self._taken_by(layer))
        help = self._unjoined(layer, given) if isinstance(given, Current) else None
        takes_real = isinstance(given, Real) or help is not None
        if layer.op.normalises and (takes_real or layer.op.normalisation() is None):
            self._norms.append(layer)
        elif takes_real:
            assert isinstance(given, Real | Current)
            self._wrong[layer.name] = self._graph.node(given.maker), help
        elif isinstance(given, Encoding | Constant) or (isinstance(given, Count) and given.of_input):
            self.encoding.append(layer.name)
        elif not isinstance(given, Refused):
            self.spiking.append(layer.name)

    def _taken_by(self, node: Node) -> Sequence[Quantity]:
        return [self._found[name] for name in used(node, arithmetic_of(node))]

    def _unjoined(self, layer: Node, given: Current) -> str | None:
        """How to fix that a layer behind other layers isn't one with them; None if it is."""
        maker = self._graph.node(given.maker).weights
        if self._chains.misfit(layer, given):
            return f"put a neuron after `{maker}`; without one, {_ONE_LAYER}"
        other = self._chains.used_elsewhere(layer)
        if other is not None:
            return f"put a neuron after `{maker}`, or let nothing else use `{other.weights}`"
        return None

    def places(self) -> Iterator[Place]:
        """Where the network doesn't compute with spikes."""
        made_at: dict[Span, list[tuple[Node, Node, str | None]]] = {}
        for layer, (cause, help) in self._wrong.items():
            made_at.setdefault(cause.span, []).append((cause, self._graph.node(layer), help))
        for made in made_at.values():  # the uses of a block and its repetitions have one place in the spec
            yield _taken(made[0][0], {layer.weights: layer.span for _, layer, _ in made}, made[0][2])
        causes = {cause.name for cause, _ in self._wrong.values()}
        computing = [n.name for n in self._graph if n.additions or n.op.traits.stateful or is_layer(n)]
        computed = self._graph.ancestors(computing)
        for node in self._graph:
            if node.name in computed and node.name not in causes and self._interpolates(node):
                summary = f"`{node.weights}` interpolates, so it gives numbers between those of its neighbours"
                yield Place("SG1003", node.name, node.span, summary, _NEAREST)
            products = refused_products(node, self._found)
            if products:
                yield self._product(node, products[0])
        for norm in self._norms:
            yield self._unfolded(norm)

    def _interpolates(self, node: Node) -> bool:
        """True if an operation interpolates other numbers than those of inputs."""
        return isinstance(arithmetic_of(node), ir.Interpolation) and isinstance(self._found[node.name], Real)

    def _product(self, node: Node, product: ir.Product) -> Place:
        """The place of a product of two real numbers, or of a division by one that isn't constant."""
        if isinstance(arithmetic_of(node), ir.Division):
            summary = f"`{node.weights}` divides by {self._operand(node, len(node.operands) - 1)}, which isn't constant"
            return Place("SG1004", node.name, node.span, summary, "multiply spikes by it, or write a constant as `scale`")
        sides = [" and ".join(self._operand(node, i) for i in side) for side in product.sides]
        sides = [f"the product of {text}" if len(of) > 1 else text for text, of in zip(sides, product.sides, strict=True)]
        first, second = (text or "a number that it computes" for text in sides)
        summary = f"`{node.weights}` multiplies {first} by {second}"
        return Place("SG1004", node.name, node.span, summary, "put a neuron after one of them, so that it is spikes")

    def _operand(self, node: Node, index: int) -> str:
        return f"{node.operand_values[index].with_(steps=True)} of `{self._graph.node(node.operands[index]).weights}`"

    def _unfolded(self, norm: Node) -> Place:
        """The place of a norm that multiplies real numbers."""
        before, stays = self._graph.node(norm.operands[0]), self._uses.why_it_stays(norm)
        if stays is not None:
            reason, help = stays
        elif norm.op.normalisation() is None:
            reason = "only a batch norm that is the same at every time step can be"
            help = "use such a norm, directly behind a convolution"
        elif isinstance(self._found[before.name], Real):
            reason = f"`{before.weights}` has no weights"
            help = "put the norm behind a convolution, or behind a sum of convolutions"
        else:
            reason = f"`{before.weights}` can't take it in, or has another use"
            help = "let nothing but the norm use the convolution's result"
        return Place("SG1002", norm.name, norm.span, f"`{norm.weights}` can't be folded into a convolution: {reason}", help)


def _taken(cause: Node, layers: Mapping[str, Span], help: str | None) -> Place:
    """The place of an operation that gives real numbers to layers."""
    code = "SG1001"
    if isinstance(arithmetic_of(cause), ir.Interpolation):
        code, help = "SG1003", _NEAREST
    elif help is None:
        after = f"put a neuron after `{cause.weights}`" if is_layer(cause) else "put a neuron between them"
        help = "add spikes only, or put a neuron after the sum" if cause.op.traits.adds else after
    first, *others = layers
    to = f"`{first}`" + (f" and {len(others)} more" if others else "")
    summary = f"`{cause.weights}` gives {cause.value.with_(steps=True)} to {to}; layers must take spikes or counts"
    return Place(code, cause.name, cause.span, summary, help, tuple(layers.items()))


_ONE_LAYER = "layers without padding are one, or those of which one has a kernel above 1 and none before padding has a bias"
_NEAREST = "write `mode = nearest`, or interpolate only outputs"
