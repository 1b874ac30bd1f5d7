"""The typed dataflow graph, and the methods that build and rewrite it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spikegraph.dsl.shown import counted, few
from spikegraph.dsl.source import Span
from spikegraph.ir.applied import Applied
from spikegraph.ir.limits import BEYOND, MOST_OPERATIONS
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.node import Node, Notes, NoteValue
from spikegraph.ir.opdef import AnyOp, Op
from spikegraph.ir.path import Path
from spikegraph.ir.stage import Stage
from spikegraph.ir.text import print_graph
from spikegraph.ir.type_rules import GraphError, TypeRuleError
from spikegraph.ir.types import Value
from spikegraph.plugins.targets import Shown

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["MOST_ROUNDS", "Graph", "GraphError", "Node", "NoteValue", "Notes"]

Known = dict[tuple[int, tuple[Value, ...]], Applied]

MOST_ROUNDS = 8
"""Rounds after which the types of carried values must agree with those of their sources, and one more for each of them.

A change goes on by one carried value in a round, since that has the type that its source had in the round before.
"""


@dataclass
class Graph(Shown):
    """A typed dataflow graph. Its nodes are operations in an executable order; edges carry operand index and type.

    Attributes:
        name: Name of the network.
        stage: Stage of the lowering.
        neurons: Neurons that the spec declares; passes use them.
        time: Number of time steps if the input is the same at every step (an image); None if each step has its own input.
        outputs: Node of each output, by the output's name.
        taps: Node of each further value that a loss uses, such as an auxiliary classifier's or an input, by name.
        carried: For each node that has the value of another one at the step before, this other node.
    """

    name: str
    stage: Stage = Stage.SPACE
    time: int | None = None
    neurons: Mapping[str, Neuron] = field(default_factory=dict[str, Neuron])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    taps: dict[str, str] = field(default_factory=dict[str, str])
    carried: dict[str, str] = field(default_factory=dict[str, str])
    _nodes: dict[str, Node] = field(default_factory=dict[str, Node], repr=False)
    _known_users: dict[str, list[str]] | None = field(default=None, repr=False)
    """For each node the nodes that use it, repeated for repeated uses, once they are asked for: few graphs need them."""
    _known: Known = field(default_factory=Known, repr=False)
    """What follows from operations and their operands, by the identity of the one and the types of the others."""

    def __repr__(self) -> str:
        ends = f"{few(self.inputs())} -> {few(self.outputs)}"
        return f"<Graph {self.name} at {self.stage}, {counted(len(self._nodes), 'operation')}: {ends}>"

    def __str__(self) -> str:
        """The canonical text, one line for each operation, as `spikegraph compile SPEC --emit ir` prints it."""
        return print_graph(self)

    def add(self, path: Path | str, op: Op, operands: tuple[str, ...], span: Span, notes: Notes | None = None) -> str:
        """Adds an operation and infers its type; returns its name.

        Raises:
            GraphError: The operands don't fit the operation's type rule, or the graph has too many operations.
            KeyError: An operand is not in the graph.
            ValueError: The graph already has a node of this name.
        """
        path = Path.read(path) if isinstance(path, str) else path
        if len(self._nodes) >= MOST_OPERATIONS and not op.traits.joined:
            help = f"a network has at most {MOST_OPERATIONS:,} operations; use fewer cells, layers or levels"
            error = TypeRuleError("the network is too large once its cells are taken apart", help, BEYOND)
            raise GraphError(error, str(path), span)
        return self._made(path, op, operands, span, notes)

    def _made(self, path: Path, op: Op, operands: tuple[str, ...], span: Span, notes: Notes | None) -> str:
        values = tuple([self._nodes[o].value for o in operands])
        try:
            op = op.timed(self.time)
            known = self._known.get(form := (id(op), values))
            node = Node(path, op, operands, span, values, notes or {}, known)
        except TypeRuleError as error:
            raise GraphError(error, str(path), span) from error
        if known is not node.applied:
            self._known[form] = node.applied
        return self._put(node)

    def keep(self, node: Node, operands: tuple[str, ...]) -> str:
        """Adds a node of another graph on these operands; its type is inferred again only if theirs differ.

        Raises:
            GraphError, KeyError, ValueError: As `add` does.
        """
        unchanged = operands == node.operands and node.operand_values == tuple([self._nodes[o].value for o in operands])
        return self._put(node) if unchanged else self._made(node.path, node.op, operands, node.span, node.notes)

    def change(self, node: Node, operands: tuple[str, ...], op: Op | None = None, notes: Notes | None = None) -> str:
        """Adds a node of another graph with another operation or further notes; name and span stay.

        Raises:
            GraphError, KeyError, ValueError: As `add` does.
        """
        return self._made(node.path, op or node.op, operands, node.span, {**node.notes, **(notes or {})})

    def _put(self, node: Node) -> str:
        if node.name in self._nodes:
            raise ValueError(f"the graph already has a node {node.name}")
        self._nodes[node.name] = node
        if self._known_users is not None:
            self._add_uses(self._known_users, node)
        return node.name

    @staticmethod
    def _add_uses(users: dict[str, list[str]], node: Node) -> None:
        users[node.name] = []
        for operand in node.operands:
            users[operand].append(node.name)

    @property
    def _users(self) -> dict[str, list[str]]:
        if self._known_users is None:
            self._known_users = {}
            for node in self:
                self._add_uses(self._known_users, node)
        return self._known_users

    def node(self, name: str) -> Node:
        """The node called `name`.

        Raises:
            KeyError: The graph has no node of this name.
        """
        return self._nodes[name]

    def __contains__(self, name: object) -> bool:
        """True if the graph has a node of this name."""
        return name in self._nodes

    def __len__(self) -> int:
        """The number of nodes."""
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        """Iterates over the nodes in an executable order."""
        return iter(self._nodes.values())

    def values(self, node: Node) -> tuple[Value, ...]:
        """The types of a node's operands."""
        return tuple([self._nodes[o].value for o in node.operands])

    def users(self, name: str) -> list[Node]:
        """The nodes that use `name`, each once."""
        return [self._nodes[u] for u in dict.fromkeys(self._users[name])]

    def uses(self, name: str) -> int:
        """The number of uses of `name`: as an operand, as an output, by losses and at the next step."""
        ends = (*self.outputs.values(), *self.taps.values(), *self.carried.values())
        return len(self._users[name]) + sum(n == name for n in ends)

    def inputs(self) -> dict[str, Node]:
        """The network's inputs by name."""
        return {n.name: n for n in self if n.op.traits.source}

    def of(self, kind: type[AnyOp]) -> dict[str, AnyOp]:
        """The operations of a class by node, for a pass that exists for this class; other code asks for traits."""
        return {n.name: n.op for n in self if isinstance(n.op, kind)}

    def ancestors(self, names: Iterable[str]) -> set[str]:
        """These nodes and all that they depend on, at this step or an earlier one."""
        needed, found = {*names}, -1
        while found < len(needed):  # again only where values are carried from one step to the next
            found = len(needed)
            for node in reversed(self._nodes.values()):
                if node.name in needed:
                    needed.update(self.sources(node.name) if self.carried else node.operands)
            if not self.carried:
                break
        return needed

    def sources(self, name: str) -> tuple[str, ...]:
        """The nodes that a node takes its value from: its operands, or its source at the step before."""
        carried = self.carried.get(name)
        return self._nodes[name].operands if carried is None else (carried,)

    def descendants(self, names: Iterable[str]) -> set[str]:
        """These nodes and all that depend on them, at this step or a later one."""
        found, open_ = set[str](), list(names)
        later: dict[str, list[str]] = {}
        for name, source in self.carried.items():
            later.setdefault(source, []).append(name)
        while open_:
            name = open_.pop()
            if name not in found:
                found.add(name)
                open_ += (*self._users[name], *later.get(name, ()))
        return found

    def untempered(self) -> list[object]:
        """All that it computes, apart from the temperatures of surrogates and where they are searched, for comparisons."""
        nodes = [(n.name, n.op.untempered(), {**n.notes, "dgs": None}, n.operands, n.operand_values, n.value) for n in self]
        return [*nodes, self.time, self.outputs, self.taps, self.carried]

    def networkx(self) -> "nx.MultiDiGraph[str]":
        """Converts to networkx: node attribute `node`, edge attribute `value`, operand index as edge key."""
        import networkx as nx  # noqa: PLC0415 (slow to import and rarely needed)

        made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self:
            made.add_node(node.name, node=node)
            for index, (operand, value) in enumerate(zip(node.operands, node.operand_values, strict=True)):
                made.add_edge(operand, node.name, key=index, value=value)
        return made

    def like(self) -> "Graph":
        """An empty graph of the same name, stage, time steps and neurons."""
        return Graph(self.name, self.stage, self.time, dict(self.neurons))

    def rewrite(self, rule: "Rule", where: Callable[[Node], bool] | None = None) -> "Graph":
        """Rewrites the graph node by node, in order, into a new graph; types are inferred again where they change.

        `rule(node, operands, out)` adds the replacement of `node` to `out` and returns the name of its result. `operands`
        are the names of the node's operands in `out`. With `where`, nodes for which it is false are kept.

        Raises:
            GraphError: The rule adds an operation that does not accept its operands.
        """
        out, renamed, changed = self.like(), dict[str, str](), set[str]()
        for node in self:
            replaced = where is None or where(node)
            if not replaced and changed.isdisjoint(node.operands):
                renamed[node.name] = out._put(node)
                continue
            operands = tuple([renamed[o] for o in node.operands])
            renamed[node.name] = made = rule(node, operands, out) if replaced else out.keep(node, operands)
            if where is not None and (made != node.name or out.node(made).value != node.value):
                changed.add(node.name)
        out.outputs = {k: renamed[v] for k, v in self.outputs.items()}
        out.taps = {k: renamed[v] for k, v in self.taps.items()}
        out.carried |= {renamed[k]: renamed[v] for k, v in self.carried.items()}
        return out.settled()

    def carried_type(self, name: str) -> Value:
        """The type that a carried value has from its source; it has time steps, since it is zero at the first one."""
        return self._nodes[self.carried[name]].value.with_(steps=True)

    def settled(self) -> "Graph":
        """The graph in which carried values have the types of their sources; types behind them are inferred again.

        Raises:
            GraphError: There is no such graph, since a type grows in each round.
        """
        graph, types, rounds = self, self._other_types(), MOST_ROUNDS + len(self.carried)
        while types and rounds:
            rounds -= 1
            before, graph = graph, self.like()
            for node in before:
                op = node.op.carrying(types[node.name]) if node.name in types else None
                graph.change(node, node.operands, op) if op is not None else graph.keep(node, node.operands)
            graph.outputs, graph.taps, graph.carried = self.outputs, self.taps, self.carried
            types = graph._other_types()
        if not types:
            return graph
        name, node = next((k, graph.node(k)) for k in types)
        summary = f"the type of {graph.carried[name]} grows at each step, from {node.value} to {types[name]}"
        raise GraphError(TypeRuleError(summary, "put a neuron into the loop", "SG0331"), name, node.span)

    def _other_types(self) -> dict[str, Value]:
        """The types that carried values must have from their sources, where they have others."""
        return {name: value for name in self.carried if (value := self.carried_type(name)) != self._nodes[name].value}

    def __eq__(self, other: object) -> bool:
        """True if name, stage, time steps, neurons, outputs, taps, carried values and the order of nodes are equal."""
        if not isinstance(other, Graph):
            return NotImplemented
        mine = (self.name, self.stage, self.time, self.neurons, self.outputs, self.taps, self.carried)
        its = (other.name, other.stage, other.time, other.neurons, other.outputs, other.taps, other.carried)
        return mine == its and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


Rule = Callable[[Node, tuple[str, ...], Graph], str]
