"""Composite operations, taken apart by the reference's own reading of docs/language.md; no pass is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

from spikegraph.base.errors import NoReferenceError, UserError
from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph, Node, Notes
from spikegraph.ir.opdef import AnyOp, AnyOp_co, Op
from spikegraph.ir.ops.wiring import Add
from spikegraph.ir.parts import part_path
from spikegraph.ir.path import Path
from spikegraph.ir.stage import Stage
from spikegraph.ir.substeps import UNFOLDED, substeps_of
from spikegraph.ir.types import Value
from spikegraph.meaning.references import EXPANSIONS

Levels = dict[int, str]
"""The results of a searched trellis by level."""


@dataclass(frozen=True)
class Parts(Generic[AnyOp_co]):
    """Where a composite operation puts its parts.

    Attributes:
        node: The composite operation.
        choices: What is decided.
        out: The graph of simple operations that is made.
        taken: The names of the nodes of the graph before.
    """

    node: Node[AnyOp_co]
    choices: Choices
    out: Graph
    taken: frozenset[str]

    def add(self, path: Path, op: Op, *operands: str) -> str:
        """Adds an operation, or what it consists of, at a path; returns the name of its result.

        Parts with weights take counts in as many sub-steps as the composite operation.
        """
        values, steps = tuple(self.value(o) for o in operands), substeps_of(self.node)
        if not op.composite:
            notes: Notes = {} if steps is None or not op.leaves(str(path), *values) else {UNFOLDED: steps}
            return self.out.add(path, op, operands, self.node.span, notes)
        node = Node(path, op, operands, self.node.span, values)
        result = expanded(replace(self, node=node), operands)
        assert isinstance(result, str)
        return result

    def part(self, label: str, op: Op, *operands: str) -> str:
        """Adds a part; a dot in its label separates steps, and a number avoids the names of other nodes."""
        return self.add(part_path(self.node.path, label, self.taken, self.out), op, *operands)

    def end(self, op: Op, *operands: str) -> str:
        """Adds the last part, under the composite operation's own name."""
        return self.add(self.node.path, op, *operands)

    def value(self, name: str) -> Value:
        """The type of a value."""
        return self.out.node(name).value


ExpansionOf = Callable[[Parts[AnyOp], tuple[Any, ...]], str | Levels]
"""(parts, operands) -> result; an operand with levels, a dictionary, only goes to an operation that ends trellises."""

Expansion = ExpansionOf[Any]
"""What the registry knows of an operation."""


def expanded(parts: Parts, operands: tuple[str | Levels, ...]) -> str | Levels:
    """The result of a composite operation.

    Raises:
        NoReferenceError: Nobody has said what it consists of.
    """
    name = parts.node.op.name
    if name not in EXPANSIONS:
        summary = f"the operation `{name}` of `{parts.node.name}` has no reference"
        raise NoReferenceError(summary, "its plug-in gives it one with `@expansion(...)`")
    return EXPANSIONS[name](parts, operands)


def flat(graph: Graph, choices: Choices) -> Graph:
    """The graph of simple operations that a graph of any stage stands for.

    Raises:
        NoReferenceError: An operation has no reference.
        UserError: A choice is neither open nor decided.
    """
    out = Graph(graph.name, Stage.LOWERED, graph.time, dict(graph.neurons))
    taken = frozenset(node.name for node in graph)
    made: dict[str, str | Levels] = {}
    for node in graph:
        given = [made[o] for o in node.operands]
        made[node.name] = _made(_converted(node, choices, graph), given, choices, out, taken)

    def ends(named: Mapping[str, str]) -> dict[str, str]:
        return {name: _closed(made[source], name) for name, source in named.items()}

    out.outputs, out.taps = ends(graph.outputs), ends(graph.taps)
    out.carried |= {_closed(made[name], name): _closed(made[source], source) for name, source in graph.carried.items()}
    return out.settled()


def _converted(node: Node, choices: Choices, graph: Graph) -> Node:
    """A stem with the run's activation."""
    if not node.op.traits.stem or choices.stems is None:
        return node
    neuron = None if choices.stems == "relu" else graph.neurons[choices.stems]
    return replace(node, op=node.op.with_activation(neuron))


def _made(node: Node, given: list[str | Levels], choices: Choices, out: Graph, taken: frozenset[str]) -> str | Levels:
    first = given[0] if given else None
    if isinstance(first, dict) and node.op.traits.forwards:
        return first
    parts = Parts(node, choices, out, taken)
    if node.op.traits.ends_trellis:
        return expanded(parts, tuple(given))
    if isinstance(first, dict) and node.op.traits.sums_levels:
        others = tuple(_closed(each, node.name) for each in given[1:])
        sums = [parts.add(node.path.at(str(level)), node.op, end, *others) for level, end in first.items()]
        return parts.end(Add(), *sums)
    operands = tuple(_closed(each, node.name) for each in given)
    if node.op.composite:
        return expanded(parts, operands)
    return out.change(node, operands)


def _closed(result: str | Levels, name: str) -> str:
    if isinstance(result, dict):
        raise UserError(f"`{name}` takes a trellis whose level is open", "put `restore(...)` after it")
    return result
