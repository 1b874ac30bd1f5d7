"""A deployed network as a graph of NIR, or the reasons why it isn't one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nir
import numpy as np

from spikegraph.backends.nir.rule_table import RULES
from spikegraph.backends.nir.rules import output
from spikegraph.backends.nir.wires import RefusedError, Wires
from spikegraph.backends.nir.writer import Array, Writer
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.source import Span
from spikegraph.ir.graph import Graph, Node

CODE = "SG1101"


@dataclass(frozen=True)
class Refusal:
    """An operation that can't be exported, with its place in the spec."""

    span: Span
    summary: str
    help: str | None


@dataclass(frozen=True)
class Converted:
    """A graph of NIR.

    Attributes:
        graph: The graph, if nothing was refused.
        inputs: The input node of each input of the network.
        outputs: The output node of each output.
        neurons: The neurons that each node of NIR has: the network's node, and its channels from one to another.
        refused: What can't be exported, in the order of the spec.
    """

    graph: nir.NIRGraph | None
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    neurons: Mapping[str, tuple[str, int, int]]
    refused: tuple[Refusal, ...] = ()

    def report(self, diagnostics: Diagnostics) -> None:
        """Adds what was refused to the diagnostics."""
        for refusal in self.refused:
            diagnostics.error(CODE, refusal.span, refusal.summary, help=refusal.help)


@dataclass
class _Walk:
    writer: Writer
    values: dict[str, Wires] = field(default_factory=dict[str, Wires])
    refused: list[Refusal] = field(default_factory=list[Refusal])

    def refuse(self, node: Node, error: RefusedError) -> None:
        self.refused.append(Refusal(node.span, f"{error.summary} (at {node.name})", error.help))

    def visit(self, node: Node) -> None:
        """Adds the nodes of an operation, unless something before it was refused."""
        if any(name not in self.values for name in node.operands):
            return
        try:
            self.values[node.name] = self._made(node)
        except RefusedError as error:
            self.refuse(node, error)

    def _made(self, node: Node) -> Wires:
        if node.op.traits.carries:
            raise RefusedError("NIR doesn't say which edge of a loop is a time step late", "use a network without `previous`")
        if node.op.name not in RULES:
            raise RefusedError(f"NIR has no node for `{node.op.name}`")
        return RULES[node.op.name](self.writer, node, tuple(self.values[name] for name in node.operands))


def convert(graph: Graph, tensor: Callable[[str], Array] | None, dt: float) -> Converted:
    """Writes a network in NIR.

    Args:
        graph: The deployed network as the spec says it, before passes join its operations.
        tensor: Its weights by name; without them zeros take their place, to find out what is refused.
        dt: The length of a time step in seconds.
    """
    writer = Writer(dt, tensor or zeros(graph))
    walk = _Walk(writer)
    inputs = graph.inputs()
    for name, node in inputs.items():
        made = nir.Input(input_type={"input": np.array(node.value.shape)})
        source = writer.named("input" if len(inputs) == 1 else f"input_{name}", made)
        walk.values[name] = Wires.of(source, node.value.channels, node.value.size)
    needed = graph.ancestors(graph.outputs.values())
    for node in graph:
        if node.name in needed and not node.op.traits.source:
            walk.visit(node)
    outputs, means = dict[str, str](), list[str]()
    for name, of in graph.outputs.items():
        node = graph.node(of)
        if of not in walk.values:
            continue
        try:
            source = output(writer, node, walk.values[of])
        except RefusedError as error:
            walk.refuse(node, error)
            continue
        made = nir.Output(output_type={"output": np.array(node.value.shape)})
        outputs[name] = writer.named("output" if len(graph.outputs) == 1 else f"output_{name}", made, source)
        means += [outputs[name]] * walk.values[of].averaged
    names = dict(zip(inputs, (n for n, made in writer.nodes.items() if isinstance(made, nir.Input)), strict=True))
    if walk.refused:
        return Converted(None, names, outputs, writer.neurons, tuple(walk.refused))
    metadata: dict[str, Any] = {"dt": dt, "network": graph.name, "mean_over_time": ", ".join(means)}
    metadata |= {} if graph.time is None else {"time_steps": graph.time}
    kinds = {str(node.value.kind) for node in inputs.values()}
    metadata |= {"input_kind": kinds.pop()} if len(kinds) == 1 else {}
    return Converted(nir.NIRGraph(writer.nodes, writer.edges, metadata=metadata), names, outputs, writer.neurons)


def zeros(graph: Graph) -> Callable[[str], Array]:
    """Weights of the right shapes that take no memory."""
    shapes = {f"{leaf}.{name}": shape for n in graph for leaf, own in n.leaves.items() for name, shape in own.items()}
    for node in graph:
        for leaf in node.op.normalised(node.weights, *node.operand_values):
            for name in ("running_mean", "running_var"):
                shapes[f"{leaf}.{name}"] = (node.operand_values[0].channels,)
    return lambda name: np.broadcast_to(np.float32(0), shapes[name])
