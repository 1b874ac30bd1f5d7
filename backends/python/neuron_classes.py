"""The classes of a network's neurons."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spikegraph.backends.python.holes import FIRST, hole, option
from spikegraph.backends.python.names import class_name, free
from spikegraph.backends.python.neuron_text import SLOPE, NeuronText
from spikegraph.backends.python.terms import one_of
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.neuron import Neuron

Key = tuple[Any, ...]


def neuron_of(node: Node) -> Neuron | None:
    """The neuron of an operation of neurons; None for other operations."""
    own, decay = getattr(node.op, "neuron", None), getattr(node.op, "decay", None)
    if not node.op.traits.neurons or isinstance(own, Neuron):
        return own if node.op.traits.neurons else None
    return None if decay is None else Neuron.model_validate({"decay": decay, "fires": False})


def numbers(neuron: Neuron) -> dict[str, float]:
    """The numbers of a neuron that can differ between uses of its class, by name; that of b of its surrogate is `SLOPE`."""
    found = {"decay": neuron.decay, "threshold": neuron.threshold, **{c.name: c.value for c in neuron.constants}}
    learned = {each.name for each in neuron.trained}
    return {name: value for name, value in {**found, SLOPE: neuron.surrogate.b}.items() if name not in learned}


def form(node: Node, neuron: Neuron) -> Key:
    """All of a neuron but its numbers; 0 and 1 count, since they make lines simpler."""
    special = tuple((name, value) for name, value in numbers(neuron).items() if value in (0, 1) and name != "threshold")
    said = (neuron.model, neuron.text, neuron.reset, neuron.detach_reset, neuron.fires, neuron.levels, neuron.spike_at)
    more = (neuron.decay_input, neuron.options, neuron.trained, neuron.surrogate.name, node.value.steps)
    return (*said, *more, special)


def _by_axes(node: Node, neuron: Neuron) -> bool:
    """Whether the text of a class that is in a loop knows how many spatial axes there are: numbers of channels, no states."""
    text = NeuronText("", neuron, node, {})
    return text.by_channel and neuron.written_model is not None and not text.states


@dataclass
class _Class:
    name: str
    declared: Neuron
    nodes: list[Node] = field(default_factory=list[Node])
    in_loop: bool = False

    @property
    def varying(self) -> dict[str, float]:
        """The numbers that differ between uses, with their defaults."""
        every = [numbers(neuron) for node in self.nodes if (neuron := neuron_of(node)) is not None]
        used = NeuronText(self.name, every_neuron(self.nodes[0]), self.nodes[0], {}).used
        own = numbers(self.declared)
        found: dict[str, float] = {}
        for name, value in every[0].items():
            if name in used and len({each[name] for each in every}) > 1:
                common = Counter(each[name] for each in every).most_common(1)[0][0]
                found[name] = own.get(name, common) if any(each[name] == own.get(name) for each in every) else common
            del value
        return found


def every_neuron(node: Node) -> Neuron:
    """The neuron of an operation that is one of neurons."""
    found = neuron_of(node)
    assert found is not None
    return found


class NeuronClasses:
    """The classes of the neurons of a graph, one for each neuron of the spec and each form that its uses have.

    Attributes of the classes have no `reserved` names.
    """

    def __init__(self, graph: Graph, in_loops: frozenset[str], taken: set[str], reserved: frozenset[str] = frozenset()) -> None:
        self._reserved = reserved
        self._classes: dict[Key, _Class] = {}
        looped = {self._declared(n, graph)[0] for node in graph if node.name in in_loops and (n := neuron_of(node)) is not None}
        for node in graph:
            neuron = neuron_of(node)
            if neuron is None:
                continue
            name, declared = self._declared(neuron, graph)
            key = (name, form(node, neuron), len(node.value.size) if name in looped and _by_axes(node, neuron) else None)
            if key not in self._classes:
                own = free(class_name(name) + ("" if neuron.spikes or neuron.registered == "relu" else "Potential"), taken)
                taken.add(own)
                self._classes[key] = _Class(own, declared)
            self._classes[key].nodes.append(node)
            self._classes[key].in_loop |= node.name in in_loops
        self._of = {node.name: each for each in self._classes.values() for node in each.nodes}
        self._varying = {each.name: each.varying for each in self._classes.values()}

    @staticmethod
    def _declared(neuron: Neuron, graph: Graph) -> tuple[str, Neuron]:
        """The neuron of the spec that this one is most like, with its name."""

        def unlike(other: Neuron) -> int:
            fields = type(neuron).model_fields
            return sum(getattr(neuron, name) != getattr(other, name) for name in fields) + 100 * (neuron.model != other.model)

        found = min(graph.neurons.items(), key=lambda item: unlike(item[1]), default=None)
        return (neuron.model, neuron) if found is None or found[1].model != neuron.model else found

    def _text_of(self, found: _Class) -> NeuronText:
        neuron, varying = every_neuron(found.nodes[0]), self._varying[found.name]
        return NeuronText(found.name, neuron, found.nodes[0], varying, found.in_loop, self._reserved)

    def made(self, node: Node, *, in_loop: bool) -> str:
        """The text that makes the layer of a node."""
        found = self._of[node.name]
        text = self._text_of(found)
        own = numbers(every_neuron(node))
        defaults = self._varying[found.name]
        names = text.attributes
        given = [option(names[name], one_of(own[name]), one_of(default)) for name, default in defaults.items()]
        channels = [hole("channels", node.value.channels)] if text.by_channel else []
        return f"{found.name}({', '.join(channels) or FIRST}{''.join(given)})"

    def attributes(self, node: Node) -> Mapping[str, str]:
        """The attributes of a node's layer by the names of its numbers."""
        return self._text_of(self._of[node.name]).attributes

    def remembers(self, node: Node) -> bool:
        """Whether a node's neurons have states."""
        return bool(self._text_of(self._of[node.name]).states)

    def texts(self) -> list[NeuronText]:
        """The classes, in the order of their first uses."""
        return [self._text_of(found) for found in self._classes.values()]
