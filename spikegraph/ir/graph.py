"""The graph: the only way to build and change one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spikegraph.dsl.source import Span
from spikegraph.ir.legality import Stage
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, TypeRuleError
from spikegraph.ir.types import Value
from spikegraph.targets import Shown

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Node:
    """An operation in a graph. Making one infers its type, so that no node has a type that its rule doesn't give.

    Attributes:
        name: Unique in the graph, from the spec: `features@left.stem0.conv`. What follows an `@` up to the next dot names
            one of several uses of the same weights.
        op: The operation.
        operands: The names of the nodes it takes, in order.
        span: The text that it came from.
        operand_values: The types of its operands.
        value: The type of its result.

    Raises:
        TypeRuleError: The operands don't fit the operation's type rule.
    """

    name: str
    op: Op
    operands: tuple[str, ...]
    span: Span
    operand_values: tuple[Value, ...] = field(repr=False, compare=False)
    value: Value = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.op.infer(*self.operand_values))

    @property
    def weights(self) -> str:
        """The name of its weights, the same for each use: `features.stem0.conv`."""
        return weights_name(self.name)


def weights_name(name: str) -> str:
    """A node's name without what tells its uses apart."""
    return ".".join(part.partition("@")[0] for part in name.split("."))


class GraphError(Exception):
    """An operation that doesn't fit where it is put, with the place in the spec."""

    def __init__(self, cause: TypeRuleError, name: str, span: Span) -> None:
        super().__init__(f"{span.start}: {cause.summary} (at {name})")
        self.cause, self.name, self.span = cause, name, span


@dataclass
class Graph(Shown):
    """A typed dataflow graph. Operations are nodes, in an order in which they can run; edges carry operand index and type.

    Attributes:
        name: The network's name.
        stage: How far it has come.
        neurons: The spec's declared neurons, for the passes.
        time: Steps of a sequence whose input is the same at every step (an image); None where each step has its own input.
        outputs: The outputs' names and their nodes.
        taps: Wires beside the outputs whose values a loss takes, such as an auxiliary classifier's, and their nodes.
    """

    name: str
    stage: Stage = Stage.SPACE
    time: int | None = None
    neurons: Mapping[str, Neuron] = field(default_factory=dict[str, Neuron])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    taps: dict[str, str] = field(default_factory=dict[str, str])
    _nodes: dict[str, Node] = field(default_factory=dict[str, Node], repr=False)
    _users: dict[str, list[str]] = field(default_factory=dict[str, list[str]], repr=False)
    """Per node those that take it, as often as they do."""

    def add(self, name: str, op: Op, operands: tuple[str, ...], span: Span) -> str:
        """Adds an operation behind its operands and infers its type; returns its name.

        Raises:
            GraphError: The operands don't fit the operation's type rule.
            KeyError: An operand isn't there.
            ValueError: The name is taken.
        """
        try:
            return self._put(Node(name, op, operands, span, tuple([self._nodes[o].value for o in operands])))
        except TypeRuleError as error:
            raise GraphError(error, name, span) from error

    def keep(self, node: Node, operands: tuple[str, ...]) -> str:
        """Adds a node of another graph behind its operands here; its type is inferred anew only where theirs are others.

        Raises:
            GraphError, KeyError, ValueError: As `add` does.
        """
        unchanged = operands == node.operands and node.operand_values == tuple([self._nodes[o].value for o in operands])
        return self._put(node) if unchanged else self.add(node.name, node.op, operands, node.span)

    def _put(self, node: Node) -> str:
        if node.name in self._nodes:
            raise ValueError(f"the graph has a node {node.name} already")
        self._nodes[node.name] = node
        self._users[node.name] = []
        for operand in node.operands:
            self._users[operand].append(node.name)
        return node.name

    def node(self, name: str) -> Node:
        """The node called `name`.

        Raises:
            KeyError: There is none.
        """
        return self._nodes[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a node of this name."""
        return name in self._nodes

    def __len__(self) -> int:
        """The number of nodes."""
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        """The nodes in an order in which they can run."""
        return iter(self._nodes.values())

    def values(self, node: Node) -> tuple[Value, ...]:
        """The types of a node's operands."""
        return tuple([self._nodes[o].value for o in node.operands])

    def users(self, name: str) -> list[Node]:
        """The nodes that take `name`, each once."""
        return [self._nodes[u] for u in dict.fromkeys(self._users[name])]

    def uses(self, name: str) -> int:
        """How often `name` is taken: as an operand, as an output, and by a loss."""
        return len(self._users[name]) + sum(n == name for n in (*self.outputs.values(), *self.taps.values()))

    def inputs(self) -> dict[str, Node]:
        """The network's inputs by name."""
        return {n.name: n for n in self if n.op.name == "input"}

    def networkx(self) -> "nx.MultiDiGraph[str]":
        """The graph for other programs: node attribute `node`, edge attribute `value`, edge key the operand's index."""
        import networkx as nx  # noqa: PLC0415 (slow to import, and only other programs need it)

        made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self:
            made.add_node(node.name, node=node)
            for index, (operand, value) in enumerate(zip(node.operands, node.operand_values, strict=True)):
                made.add_edge(operand, node.name, key=index, value=value)
        return made

    def like(self) -> "Graph":
        """An empty graph of the same name, stage and neurons."""
        return Graph(self.name, self.stage, self.time, dict(self.neurons))

    def rewrite(self, rule: "Rule") -> "Graph":
        """The graph that `rule` makes of this one, node by node in order; types are inferred anew.

        `rule(node, operands, out)` adds to `out` what stands for `node`, whose operands are called `operands` there, and
        returns the name of the result.

        Raises:
            GraphError: What the rule adds doesn't fit.
        """
        out, renamed = self.like(), dict[str, str]()
        for node in self:
            renamed[node.name] = rule(node, tuple(renamed[o] for o in node.operands), out)
        out.outputs = {k: renamed[v] for k, v in self.outputs.items()}
        out.taps = {k: renamed[v] for k, v in self.taps.items()}
        return out

    def __eq__(self, other: object) -> bool:
        """Whether both are the same: name, stage, neurons, outputs, taps and nodes in order."""
        if not isinstance(other, Graph):
            return NotImplemented
        mine = (self.name, self.stage, self.time, self.neurons, self.outputs, self.taps, list(self))
        return mine == (other.name, other.stage, other.time, other.neurons, other.outputs, other.taps, list(other))

    __hash__ = None  # type: ignore[assignment]


Rule = Callable[[Node, tuple[str, ...], Graph], str]
