"""What an exported step takes and returns: names, shapes and order, as they are written into the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spikegraph.backends.torch.kernels.stateful import step_of
from spikegraph.ir.graph import Graph, Node

VERSION = 1
"""The version of the description in the files."""

LAST = "last"
"""The part of the state of a node that carries the value of another one at the step before."""


@dataclass(frozen=True)
class Array:
    """An input, an output or a part of a state, [N, *shape].

    Attributes:
        name: Its name in the file.
        node: The node of the graph that it belongs to.
        shape: Its shape without the axis N.
        kind: The numbers that it can hold: `spike`, `count(4)`, `events` or `real`.
        initial: For a part of a state, the number at which it begins.
    """

    name: str
    node: str
    shape: tuple[int, ...]
    kind: str
    initial: float = 0.0

    @property
    def part(self) -> str:
        """The part of the node's state, such as `v`."""
        return self.name.removeprefix(f"{self.node}:")

    def described(self) -> dict[str, Any]:
        """The array as JSON; the first axis is the batch."""
        return {"name": self.name, "node": self.node, "shape": ["N", *self.shape], "kind": self.kind}


@dataclass(frozen=True)
class Signature:
    """The arrays that one step takes, inputs and then states, and returns, outputs and then states in the same order.

    Attributes:
        network: The name of the network.
        time: The spec's number of time steps, if its inputs are the same at each; they are given at every step.
        inputs: The inputs in the spec's order.
        states: The states in the order of the graph's nodes.
        outputs: The outputs in the spec's order.
        classes: The names of the data's classes in order; empty without classes.
    """

    network: str
    time: int | None
    inputs: tuple[Array, ...]
    states: tuple[Array, ...]
    outputs: tuple[Array, ...]
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, graph: Graph, classes: tuple[str, ...] = ()) -> "Signature":
        """The signature of a lowered graph, whose data has classes of these names."""
        inputs = tuple(Array(name, name, node.value.shape, _kind(node)) for name, node in graph.inputs().items())
        outputs = tuple(
            Array(name, at, graph.node(at).value.shape, _kind(graph.node(at))) for name, at in graph.outputs.items()
        )
        states = tuple(
            Array(f"{node.name}:{part}", node.name, shape, "real", initial_of(node).get(part, 0.0))
            for node in graph
            for part, shape in parts_of(node).items()
        )
        return cls(graph.name, graph.time, inputs, states, outputs, classes)

    @property
    def taken(self) -> tuple[str, ...]:
        """The names of what the step takes."""
        return tuple(array.name for array in (*self.inputs, *self.states))

    @property
    def returned(self) -> tuple[str, ...]:
        """The names of what the step returns; a state has `:next` behind its name, since a file can't use a name twice."""
        return (*(array.name for array in self.outputs), *(f"{array.name}:next" for array in self.states))

    def described(self) -> dict[str, Any]:
        """The signature as JSON, for the files."""
        states = [{**array.described(), "next": f"{array.name}:next", "initial": array.initial or 0} for array in self.states]
        return {
            "format": "spikegraph streaming step",
            "format_version": VERSION,
            "network": self.network,
            "time": self.time,
            "inputs": [array.described() for array in self.inputs],
            "outputs": [array.described() for array in self.outputs],
            "states": states,
            "classes": list(self.classes),
        }


def parts_of(node: Node) -> Mapping[str, tuple[int, ...]]:
    """The parts of a node's state by name, with their shapes without the axis N; none without a state."""
    if node.op.traits.carries:
        return {LAST: node.value.shape}
    step = step_of(node)
    return {} if step is None else step.parts(node)


def initial_of(node: Node) -> Mapping[str, float]:
    """The numbers at which parts of a node's state begin, by name; the others begin at 0."""
    step = None if node.op.traits.carries else step_of(node)
    return {} if step is None else step.initial(node)


def _kind(node: Node) -> str:
    return f"count({node.value.bound})" if node.value.kind == "count" else str(node.value.kind)
