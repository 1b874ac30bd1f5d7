"""The PyTorch module of a lowered graph: supernet, derived network or folded network."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.kernels import KERNELS, Call, State
from spikegraph.backends.torch.lifetimes import Step, schedule
from spikegraph.backends.torch.parameters import FORBIDDEN, Leaf, Tree, forbidden, leaf_at, put
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.stage import Stage

States = Mapping[str, State]
"""The states of nodes between time steps, by the node's name; empty at the start of a sequence."""

Watch = Callable[[str, Tensor], None]
"""Called with a node's name and its value `[T, N, C, H, W]`."""

ALPHA_SPREAD = 1e-3
"""Standard deviation of the initial architecture parameters."""


class InputError(ValueError):
    """The inputs don't fit the network; the message names the axis."""


class Model(nn.Module):
    """Runs a lowered graph. It contains weights but no state: membrane potentials are arguments and results.

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
        self.tree = Tree()
        for node in graph:
            for name, shapes in node.op.leaves(node.weights, *graph.values(node)).items():
                if leaf_at(self.tree, name) is None:
                    put(self.tree, name, Leaf(shapes, statistics=node.op.traits.statistics))
        self.alphas = nn.ParameterDict(
            {k.replace(".", "/"): nn.Parameter(ALPHA_SPREAD * torch.randn(p.shape)) for k, p in architecture_of(graph).items()}
        )
        for name, mask in forbidden(graph).items():
            self.architecture[name].data.masked_fill_(mask, FORBIDDEN)
        self._schedules: dict[tuple[tuple[str, ...], frozenset[str]], tuple[Step, ...]] = {}
        self.register_state_dict_post_hook(_names_of_the_graph)
        self.register_load_state_dict_pre_hook(_names_of_the_modules)

    @property
    def architecture(self) -> dict[str, nn.Parameter]:
        """The architecture parameters by name."""
        return {k.replace("/", "."): v for k, v in self.alphas.items()}

    def weights(self) -> list[nn.Parameter]:
        """All weights: the parameters except those of the architecture."""
        return list(self.tree.parameters())

    def forward(self, *inputs: Tensor) -> Tensor | dict[str, Tensor]:
        """Runs a whole sequence from the initial state."""
        names = list(self.graph.inputs())
        if len(inputs) != len(names):
            raise InputError(f"the network needs {len(names)} inputs ({', '.join(names)}), not {len(inputs)}")
        values, _ = self.run(dict(zip(names, inputs, strict=True)))
        outputs = {k: values[v] for k, v in self.graph.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def adopt(self, graph: Graph) -> None:
        """Replaces the graph by one that differs only in parameters such as a surrogate's temperature.

        Raises:
            ValueError: The operations, their operands or their weights differ.
        """
        shape = [(n.name, n.op.name, n.operands, n.op.weights(*graph.values(n))) for n in graph]
        if shape != [(n.name, n.op.name, n.operands, n.op.weights(*self.graph.values(n))) for n in self.graph]:
            raise ValueError(f"the graph {graph.name} has different operations from the model's")
        self.graph = graph
        self._schedules.clear()

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
        names = tuple(wanted) or tuple(self.graph.outputs.values())
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
        names = tuple(wanted) or tuple(self.graph.outputs.values())
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
        for name, node in self.graph.inputs().items():
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

    def _leaves(self, node: Node, given: Mapping[str, nn.Module]) -> tuple[nn.Module, ...]:
        """The modules with an operation's weights, in the order of its shares; those in `given` replace the model's own."""
        names = node.op.leaves(node.weights, *self.graph.values(node))
        found = [given.get(name) or leaf_at(self.tree, name) for name in names]
        return tuple(leaf for leaf in found if leaf is not None)

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
        key = (wanted, frozenset(given))
        if key not in self._schedules:
            self._schedules[key] = schedule(self.graph, wanted, key[1])
        values = dict(given)
        after: dict[str, State] = {}
        chosen = self.architecture
        for s in self._schedules[key]:
            node = s.node
            if node.op.traits.source:
                values[node.name] = inputs[node.name]
            else:
                call = Call(node, self.graph.values(node), self._leaves(node, weights), chosen, steps, self.training, self.bf16)
                operands = [values[o] for o in node.operands]
                values[node.name], next_state = KERNELS[node.op.name](call, operands, state.get(node.name))
                if next_state is not None:
                    after[node.name] = next_state
                if watch is not None and isinstance(values[node.name], Tensor):
                    watch(node.name, values[node.name])
            for name in s.free:
                del values[name]
        return {name: values[name] for name in wanted}, after


def _names_of_the_graph(module: nn.Module, state: dict[str, Any], prefix: str, _: object) -> None:
    """Renames `tree.features.stem0.conv.weight` to the graph's `features.stem0.conv.weight`, in place.

    Tensors become contiguous, as files need them, whatever their memory format in the model.
    """
    ours = (f"{prefix}tree.", f"{prefix}alphas.")
    for key, value in state.items():
        if key.startswith(ours):
            state[key] = value.contiguous()
    _rename(state, lambda k: prefix + k.removeprefix(prefix).partition(".")[2].replace("/", ".") if k.startswith(ours) else k)


def _names_of_the_modules(module: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    """Renames in the other direction, before weights are loaded."""
    assert isinstance(module, Model)
    chosen = module.architecture

    def name(key: str) -> str:
        own = key.removeprefix(prefix)
        return prefix + (f"alphas.{own.replace('.', '/')}" if own in chosen else f"tree.{own}")

    _rename(state, lambda k: name(k) if k.startswith(prefix) else k)


def _rename(state: dict[str, Any], name: Callable[[str], str]) -> None:
    """Renames all keys in place, at once, because a new name may be the old name of another key."""
    renamed = {name(k): v for k, v in state.items()}
    state.clear()
    state.update(renamed)


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
