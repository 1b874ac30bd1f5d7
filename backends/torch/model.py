"""The PyTorch module of a lowered graph: supernet, derived network or folded network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.kernels import KERNELS, Call, Kernel, State
from spikegraph.backends.torch.lifetimes import schedule
from spikegraph.backends.torch.parameters import FORBIDDEN, Leaf, Tree, forbidden, leaf_at, put, tree_at
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Value

States = Mapping[str, State]
"""The states of nodes between time steps, by the node's name; empty at the start of a sequence."""

Watch = Callable[[str, Tensor], None]
"""Called with a node's name and its value `[T, N, C, H, W]`."""

ALPHA_SPREAD = 1e-3
"""Standard deviation of the initial architecture parameters."""


class InputError(ValueError):
    """The inputs don't fit the network; the message names the axis."""


@dataclass(frozen=True)
class _Step:
    """An operation to run: its kernel (None for inputs), leaves by name, and the values that can be freed after it."""

    node: Node
    kernel: Kernel | None
    operands: tuple[Value, ...]
    leaves: dict[str, Leaf]
    free: tuple[str, ...]


class Model(Tree):
    """Runs a lowered graph. It contains weights but no state: membrane potentials are arguments and results.

    Parameters and buffers have the graph's names, such as `features.stem0.conv.weight` or `CELL.alpha`.

    `forward` takes the network's inputs in order, each `[T, N, C, H, W]` (or `[N, C, H, W]` if the spec has `time`). It
    returns the output, or a dict of several by name: `[T, N, C, H, W]`, or without T after `mean(time)`.

    Attributes:
        graph: The lowered graph.
        architecture: Architecture parameters by name: `CELL.alpha` [edges, candidates], `TRELLIS.beta` [layers, levels, 3].
        bf16: If true, convolutions run in bfloat16; membrane potentials stay in float32.
    """

    def __init__(self, graph: Graph, *, bf16: bool = False) -> None:
        super().__init__()
        if graph.stage is not Stage.LOWERED:
            raise ValueError(f"a graph of stage {graph.stage} can't be run; lower it with a pipeline first")
        missing = sorted({n.op.name for n in graph if not n.op.traits.source} - set(KERNELS))
        if missing:
            raise ValueError(f"there is no kernel for {', '.join(missing)}")
        self.graph, self.bf16 = graph, bf16
        for node in graph:
            for name, shapes in node.leaves.items():
                if leaf_at(self, name) is None:
                    statistics = name in node.op.normalised(node.weights, *node.operand_values)
                    put(self, name, Leaf(shapes, statistics=statistics, initial=node.op.initial()))
        self._choices: dict[str, nn.Module] = {}
        for name, parameter in architecture_of(graph).items():
            place, _, last = name.rpartition(".")
            self._choices[name] = tree_at(self, place)
            self._choices[name]._parameters[last] = nn.Parameter(ALPHA_SPREAD * torch.randn(parameter.shape))
        for name, mask in forbidden(graph).items():
            self.architecture[name].data.masked_fill_(mask, FORBIDDEN)
        self._plans: dict[tuple[tuple[str, ...], frozenset[str]], tuple[_Step, ...]] = {}
        self._inputs = graph.inputs()
        self._plan(self.outputs, frozenset())

    @property
    def architecture(self) -> dict[str, nn.Parameter]:
        """The architecture parameters by name."""
        found = {name: place._parameters[name.rpartition(".")[2]] for name, place in self._choices.items()}
        return {name: parameter for name, parameter in found.items() if parameter is not None}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The nodes of the outputs."""
        return tuple(self.graph.outputs.values())

    def weights(self) -> list[nn.Parameter]:
        """All weights: the parameters except those of the architecture."""
        return [parameter for name, parameter in self.named_parameters() if name not in self._choices]

    def forward(self, *inputs: Tensor) -> Tensor | dict[str, Tensor]:
        """Runs a whole sequence from the initial state."""
        names = list(self._inputs)
        if len(inputs) != len(names):
            raise InputError(f"the network needs {len(names)} inputs ({', '.join(names)}), not {len(inputs)}")
        values, _ = self.run(dict(zip(names, inputs, strict=True)))
        outputs = {k: values[v] for k, v in self.graph.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def adopt(self, graph: Graph) -> None:
        """Replaces the graph by one that differs only in the temperatures of surrogates.

        Raises:
            ValueError: Something else differs: an operation, its operands, types or weights, or an output.
        """
        if _identity(graph) != _identity(self.graph):
            raise ValueError(f"the graph {graph.name} has different operations from the model's")
        self.graph = graph
        self._inputs = graph.inputs()
        self._plans.clear()
        self._plan(self.outputs, frozenset())

    def run(
        self,
        inputs: Mapping[str, Tensor],
        state: States | None = None,
        wanted: Sequence[str] = (),
        *,
        given: Mapping[str, Tensor] | None = None,
        weights: Mapping[str, nn.Module] | None = None,
        watch: Watch | None = None,
    ) -> tuple[dict[str, Tensor], States]:
        """Computes values of nodes, and the state after the last time step.

        Args:
            inputs: Inputs by name, `[T, N, C, H, W]`, or `[N, C, H, W]` if the spec has `time`.
            state: The state that an earlier call returned, to continue its sequence; None starts a sequence.
            wanted: The nodes to compute; by default the outputs. Nodes that these don't need aren't computed.
            given: Known values of nodes, which aren't computed again.
            weights: Modules that replace the model's own weights, by the weights' name.
            watch: Called with each value when it is computed.

        Raises:
            InputError: An input is missing or has the wrong shape.
        """
        names = tuple(wanted) or self.outputs
        return self._evaluate(inputs, state or {}, names, self._steps(inputs), given or {}, weights or {}, watch)

    def step(
        self,
        inputs: Mapping[str, Tensor],
        state: States | None = None,
        wanted: Sequence[str] = (),
        *,
        watch: Watch | None = None,
    ) -> tuple[dict[str, Tensor], States]:
        """Runs one time step: like `run`, but inputs and values have no axis T, `[N, C, H, W]`."""
        names = tuple(wanted) or self.outputs
        static = self.graph.time is not None
        whole = inputs if static else {k: v.unsqueeze(0) for k, v in inputs.items()}
        values, after = self._evaluate(whole, state or {}, names, 1, {}, {}, watch)
        return {k: v.squeeze(0) if self.graph.node(k).value.steps else v for k, v in values.items()}, after

    def stream(self, wanted: Sequence[str] = (), *, watch: Watch | None = None) -> "Stream":
        """Starts a sequence that is run one time step at a time."""
        return Stream(self, tuple(wanted), watch)

    def _steps(self, inputs: Mapping[str, Tensor]) -> int:
        """The number T of time steps; checks that the inputs fit the network."""
        steps = self.graph.time or 0
        batch: tuple[str, int] | None = None
        for name, node in self._inputs.items():
            if name not in inputs:
                raise InputError(f"the input `{name}` is missing")
            shape, value = tuple(inputs[name].shape), node.value
            axes = (["T"] if value.steps else []) + ["N", "C", *("D", "H", "W")[3 - len(value.size) :]]
            if len(shape) != len(axes):
                raise InputError(f"the input `{name}` needs the axes [{', '.join(axes)}], not the shape {list(shape)}")
            if shape[axes.index("C")] != value.channels:
                raise InputError(f"the input `{name}` needs {value.channels} channels (axis C), not {shape[axes.index('C')]}")
            if batch is not None and shape[axes.index("N")] != batch[1]:
                raise InputError(f"`{batch[0]}` and `{name}` differ in axis N: {batch[1]} and {shape[axes.index('N')]}")
            batch = (name, shape[axes.index("N")])
            if value.steps:
                if steps not in (0, shape[0]):
                    raise InputError(f"the inputs differ in axis T: {steps} and {shape[0]} (`{name}`)")
                steps = shape[0]
                if steps == 0:
                    raise InputError(f"the input `{name}` has no time step (axis T)")
        return steps

    def _plan(self, wanted: tuple[str, ...], given: frozenset[str]) -> tuple[_Step, ...]:
        """The steps that compute the nodes `wanted` if the values of `given` are known."""
        key = (wanted, given)
        if key not in self._plans:
            self._plans[key] = tuple(self._planned(s.node, s.free) for s in schedule(self.graph, wanted, given))
        return self._plans[key]

    def _planned(self, node: Node, free: tuple[str, ...]) -> _Step:
        found = {name: leaf_at(self, name) for name in node.leaves}
        leaves = {name: leaf for name, leaf in found.items() if leaf is not None}
        return _Step(node, KERNELS.get(node.op.name), self.graph.values(node), leaves, free)

    def _evaluate(
        self,
        inputs: Mapping[str, Tensor],
        state: States,
        wanted: tuple[str, ...],
        steps: int,
        given: Mapping[str, Tensor],
        weights: Mapping[str, nn.Module],
        watch: Watch | None,
    ) -> tuple[dict[str, Tensor], States]:
        values = dict(given)
        after: dict[str, State] = {}
        chosen = self.architecture
        for s in self._plan(wanted, frozenset(given)):
            name = s.node.name
            if s.kernel is None:
                values[name] = inputs[name]
            else:
                leaves = tuple([weights.get(key, leaf) for key, leaf in s.leaves.items()])
                call = Call(s.node, s.operands, leaves, chosen, steps, self.training, self.bf16)
                operands = [values[o] for o in s.node.operands]
                values[name], next_state = s.kernel(call, operands, state.get(name))
                if next_state is not None:
                    after[name] = next_state
                if watch is not None and isinstance(values[name], Tensor):  # pyright: ignore[reportUnnecessaryIsInstance]
                    watch(name, values[name])
            for unused in s.free:
                del values[unused]
        return {name: values[name] for name in wanted}, after


def _identity(graph: Graph) -> list[object]:
    """What a graph computes apart from the temperatures of surrogates."""
    nodes = [(n.name, n.op.untempered(), n.notes, n.operands, n.operand_values, n.value) for n in graph]
    return [*nodes, graph.time, graph.outputs, graph.taps]


class Stream:
    """A sequence that is run one time step at a time; it keeps the state, the model doesn't.

    Attributes:
        state: The state after the last step, by node; assign an earlier one to return to it.
    """

    def __init__(self, model: Model, wanted: tuple[str, ...], watch: Watch | None = None) -> None:
        self.model, self.wanted, self.watch = model, wanted, watch
        self.state: States = {}

    def step(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Runs one time step with inputs `[N, C, H, W]`; returns the wanted nodes' values, `[N, C, H, W]`."""
        values, self.state = self.model.step(inputs, self.state, self.wanted, watch=self.watch)
        return values
