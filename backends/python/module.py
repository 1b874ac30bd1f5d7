"""The whole module: its docstring, its classes, and how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.backends.python.classes import Class
from spikegraph.backends.python.drafts import Context, Draft, Place
from spikegraph.backends.python.helpers import HELPERS
from spikegraph.backends.python.holes import skeleton
from spikegraph.backends.python.module_text import block_doc, module_text, network_doc
from spikegraph.backends.python.names import MODULES, class_name, free
from spikegraph.backends.python.neuron_classes import NeuronClasses, neuron_of
from spikegraph.backends.python.rule_table import RULES, DissolvedError, Expression, Layer, UnwritableError
from spikegraph.backends.python.rule_table import Place as WrittenPlace
from spikegraph.backends.python.scopes import Cells, Scope, scopes_of
from spikegraph.backends.python.surrogates import SLOPES, spike_names
from spikegraph.backends.python.units import Called
from spikegraph.backends.python.writer import Writer
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import in_loops
from spikegraph.program.refusals import Refusal


class RefusedError(Exception):
    """A network that can't be written in Python.

    Attributes:
        refusals: What can't be written, each with its line in the spec.
    """

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__(refusals[0].summary)
        self.refusals = refusals


@dataclass(frozen=True)
class Module:
    """A network in Python.

    Attributes:
        text: The module.
        name: The class of the network.
        spiking: The classes of its neurons that fire.
        weights: For each tensor of the class the name of the weights in the network, and which of their tensors it is.
    """

    text: str
    name: str
    spiking: tuple[str, ...]
    weights: Mapping[str, Place]


class _Writer:
    def __init__(self, graph: Graph, cells: Cells, reserved: frozenset[str], without: set[str]) -> None:
        self.graph = graph
        self.taken = {*MODULES, *HELPERS, *spike_names()}
        self.root = scopes_of(graph, cells, without)
        self.network = free(class_name(graph.name), self.taken)
        self.taken.add(self.network)
        self.helpers: dict[str, None] = {}
        self.neurons = NeuronClasses(graph, frozenset(in_loops(graph)), self.taken, reserved)
        self.classes: list[Class] = []
        self.of: dict[int, Class] = {}
        self.drafts: dict[int, Draft] = {}
        self.refused: dict[str, Refusal] = {}
        self.context = Context(graph, self._rule, self._called, self._help, reserved)

    def _help(self, name: str) -> str:
        self.helpers[name] = None
        return name

    def _rule(self, node: Node, in_loop: bool) -> Layer | tuple[Layer, ...] | Expression:
        return RULES[node.op.name](WrittenPlace(node, self.neurons, self.helpers, in_loop))

    def _called(self, scope: Scope) -> Called:
        draft = self.drafts[id(scope)]
        return Called(self.of[id(scope)].calls[id(scope)], tuple(draft.operands), tuple(draft.results))

    def write(self) -> Class:
        """Drafts all scopes from the inside out; returns the class of the network."""
        levels: dict[int, list[Scope]] = {}
        waiting = [self.root]
        while waiting:
            scope = waiting.pop(0)
            levels.setdefault(scope.depth, []).append(scope)
            waiting += scope.scopes
        for depth in sorted(levels):
            groups: dict[tuple[str, str], list[Draft]] = {}
            for scope in levels[depth]:
                if scope is self.root:
                    continue
                draft = Writer(scope, self.context).written()
                self.drafts[id(scope)] = draft
                groups.setdefault((scope.name, skeleton(draft.text)), []).append(draft)
            for (name, _), drafts in groups.items():
                own = free(class_name(name), self.taken)
                self.taken.add(own)
                kind = "block" if drafts[0].scope.step is not None else "cell"
                made = Class(own, block_doc(kind, name), drafts)
                made.resolve(self.context.reserved)
                self.classes.append(made)
                self.of |= {id(draft.scope): made for draft in drafts}
        draft = Writer(self.root, self.context).network()
        network = Class(self.network, network_doc(self.graph, draft.arguments), [draft])
        network.resolve(self.context.reserved)
        self.drafts[id(self.root)] = draft
        return network

    def weights(self, scope: Scope) -> dict[str, Place]:
        """The tensors of a scope by their names in its module."""
        draft = self.drafts[id(scope)]
        found = dict(draft.weights)
        for attribute, inner in draft.inner.items():
            found |= {f"{attribute}.{name}": place for name, place in self.weights(inner).items()}
        return found


def module_of(graph: Graph, cells: Cells, spec: str, reserved: frozenset[str], *, double: bool = False) -> Module:
    """A network as a module of PyTorch alone.

    Args:
        graph: The plain graph of the network.
        cells: The cells by their paths.
        spec: The text of the spec, for the docstring.
        reserved: Names that attributes of modules can't have.
        double: Whether its weights are float64.

    Raises:
        RefusedError: An operation can't be written.
    """
    refuse(graph)
    without = set[str]()
    while True:
        writer = _Writer(graph, cells, reserved, without)
        try:
            network = writer.write()
            break
        except DissolvedError as error:
            without.add(error.path)
        except UnwritableError as error:
            node = error.node or next(iter(graph))
            raise RefusedError([_refusal(node, str(error), error.help)]) from error
    classes = [*writer.classes, network]
    neurons = writer.neurons.texts()
    text = module_text(graph, spec, writer.helpers, neurons, classes, double=double)
    spiking = tuple(each.name for each in neurons if each.neuron.spikes)
    return Module(text, network.name, spiking, writer.weights(writer.root))


def refuse(graph: Graph) -> None:
    """Checks that all operations of a graph can be written.

    Raises:
        RefusedError: Some can't.
    """
    loops = in_loops(graph)
    refused: list[Refusal] = []
    neurons = None
    for node in graph:
        why = _unwritable(node)
        if why is None and not node.op.traits.source:
            neurons = neurons or NeuronClasses(graph, frozenset(loops), set(MODULES))
            try:
                RULES[node.op.name](WrittenPlace(node, neurons, {}, node.name in loops))
            except UnwritableError as error:
                why = str(error), error.help
        if why is not None:
            refused.append(_refusal(node, *why))
    if refused:
        raise RefusedError(refused)


def _refusal(node: Node, why: str, help: str | None) -> Refusal:
    return Refusal(node.name, node.span, f"{why}, so it can't be written in Python", help)


def _unwritable(node: Node) -> tuple[str, str | None] | None:
    if node.op.traits.source:
        return None
    if node.op.name not in RULES:
        return f"`{node.op.name}` has no rule for Python", "register one with `spikegraph.backends.python.rule_table.rule`"
    neuron = neuron_of(node)
    if neuron is None:
        return None
    if neuron.written_model is None:
        return f"neurons of the model `{neuron.model}` are code", "write the model as `model NAME(I) { ... }`"
    if neuron.spikes and neuron.surrogate.name not in SLOPES:
        help = "register a line with `spikegraph.backends.python.surrogates.SLOPES`"
        return f"the surrogate `{neuron.surrogate.name}` has no line of Python", help
    return None
