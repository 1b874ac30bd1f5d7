"""A deployed network as a graph of NIR, or the reasons why it isn't one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import nir
import numpy as np

from spikegraph.backends.nir.rule_table import RULES
from spikegraph.backends.nir.wires import RefusedError, Wires
from spikegraph.backends.nir.writer import Array, Writer, matrix
from spikegraph.base.nearest import listed
from spikegraph.dsl.source import Span
from spikegraph.ir.folding import Uses
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import OPS
from spikegraph.ir.weight_names import tensors_of
from spikegraph.program.refusals import Refusal

LACKS = "NIR has no node for"
TAKES_RULES = "register a rule for it (docs/extending.md)"
NO_RULE = "leave it out, or export to torch or onnx"
"""What helps where an operation of a plug-in, or one of the language, has no rule."""


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


@dataclass
class _Walk:
    writer: Writer
    uses: Uses
    values: dict[str, Wires] = field(default_factory=dict[str, Wires])
    refused: list[Refusal] = field(default_factory=list[Refusal])
    lacking: dict[Span, dict[str, None]] = field(default_factory=dict[Span, dict[str, None]])
    """The operations without a rule by their place; a statement of the spec may consist of several."""

    def refuse(self, node: Node, error: RefusedError) -> None:
        self.refused.append(Refusal(node.name, node.span, error.summary, error.help, error.declared))

    def visit(self, node: Node) -> None:
        """Adds the nodes of an operation; another one stands in for what is refused, so that all behind it is checked."""
        try:
            self.values[node.name] = self._made(node)
        except RefusedError as error:
            self.refuse(node, error)
            instead = nir.Scale(scale=np.broadcast_to(np.float32(1), node.value.shape))
            value = Wires.of(self.writer.add(node, instead, ()), node.value.channels, node.value.size)
            averaged = not node.op.traits.fires and any(self.values[name].averaged for name in node.operands)
            self.values[node.name] = replace(value, averaged=averaged)

    def _made(self, node: Node) -> Wires:
        if node.op.traits.carries:
            raise RefusedError("NIR doesn't say which edge of a loop is a time step late", "use a network without `previous`")
        stays = self.uses.why_it_stays(node) if node.op.normalises else None
        if stays is not None:
            reason, help = stays
            raise RefusedError(f"NIR has no batch norm, and `{node.weights}` can't be folded: {reason}", help)
        if node.op.name not in RULES:
            self.lacking.setdefault(node.span, {})[node.op.name] = None
            raise RefusedError(LACKS, NO_RULE if OPS.is_built_in(node.op.name) else TAKES_RULES)
        return RULES[node.op.name](self.writer, node, tuple(self.values[name] for name in node.operands))

    def all_refused(self) -> tuple[Refusal, ...]:
        """What was refused; operations without a rule are named together with those of the same place."""
        return tuple(
            replace(r, summary=f"{LACKS} {listed(self.lacking[r.span], last='and')}") if r.summary == LACKS else r
            for r in self.refused
        )


def convert(graph: Graph, tensor: Callable[[str], Array] | None, dt: float) -> Converted:
    """Writes a network in NIR.

    Args:
        graph: The deployed network as the spec says it, before passes join its operations.
        tensor: Its weights by name; without them zeros take their place, to find out what is refused.
        dt: The length of a time step in seconds.
    """
    writer = Writer(dt, tensor or zeros(graph))
    walk = _Walk(writer, Uses.of(graph))
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
        try:
            source = _ended(writer, node, walk.values[of])
        except RefusedError as error:
            walk.refuse(node, error)
            continue
        made = nir.Output(output_type={"output": np.array(node.value.shape)})
        outputs[name] = writer.named("output" if len(graph.outputs) == 1 else f"output_{name}", made, source)
        means += [outputs[name]] * walk.values[of].averaged
    names = dict(zip(inputs, (n for n, made in writer.nodes.items() if isinstance(made, nir.Input)), strict=True))
    if walk.refused:
        return Converted(None, names, outputs, writer.neurons, walk.all_refused())
    metadata: dict[str, Any] = {"dt": dt, "network": graph.name, "mean_over_time": ", ".join(means)}
    metadata |= {} if graph.time is None else {"time_steps": graph.time}
    kinds = {str(node.value.kind) for node in inputs.values()}
    metadata |= {"input_kind": kinds.pop()} if len(kinds) == 1 else {}
    return Converted(nir.NIRGraph(writer.nodes, writer.edges, metadata=metadata), names, outputs, writer.neurons)


def zeros(graph: Graph) -> Callable[[str], Array]:
    """Weights of the right shapes that take no memory."""
    shapes = tensors_of(graph)
    return lambda name: np.broadcast_to(np.float32(0), shapes[name])


def _ended(writer: Writer, node: Node, x: Wires) -> str:
    """The one node that gives an output: readers don't add what several edges bring to an output.

    Raises:
        RefusedError: The output is 0 whatever the inputs are.
    """
    x = writer.single(node, x)
    (part,) = x.parts
    if not part.sources:
        raise RefusedError("NIR has no constant, and this output is always 0", "remove it")
    if len(part.sources) == 1:
        return part.sources[0]
    return writer.add(node, matrix(np.eye(x.channels, dtype=np.float32), None, x.size), part.sources)
