"""A lowered graph as a PyTorch module: supernet, retrain model and folded model alike."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from spikegraph.backends.torch.kernels import KERNELS, Call, State
from spikegraph.backends.torch.parameters import FORBIDDEN, Leaf, Tree, architecture, forbidden, leaf_at, put
from spikegraph.backends.torch.schedule import Step, schedule
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.legality import Stage

States = Mapping[str, State]
"""By node, what it hands on to the next step; empty at the start of a sequence."""

Watch = Callable[[str, Tensor], None]
"""Told of a value, `[T, N, C, H, W]`, by its node's name."""

ALPHA_SPREAD = 1e-3
"""The standard deviation of the architecture parameters before a search."""


class InputError(ValueError):
    """Inputs that a network can't take; the message names the axis."""


class Model(nn.Module):
    """Runs a lowered graph. It holds weights and no membrane potentials: state goes in and comes out.

    `forward` takes the network's inputs in order, each `[T, N, C, H, W]` (or `[N, C, H, W]` where the spec has `time`), and
    gives its output, or a dict of several by name, `[T, N, C, H, W]` or without T behind `mean(time)`.

    Attributes:
        graph: The lowered graph.
        architecture: Architecture parameters by name: `CELL.alpha` [edges, candidates], `TRELLIS.beta` [layers, levels, 3].
        bf16: Whether convolutions run in bfloat16; membranes stay in float32.
    """

    def __init__(self, graph: Graph, *, bf16: bool = False) -> None:
        super().__init__()
        if graph.stage is not Stage.LOWERED:
            raise ValueError(f"a graph of stage {graph.stage} can't be run: lower it with a pipeline first")
        missing = sorted({n.op.name for n in graph if n.op.name != "input"} - set(KERNELS))
        if missing:
            raise ValueError(f"there is no kernel for {', '.join(missing)}")
        self.graph, self.bf16 = graph, bf16
        self.tree = Tree()
        for node in graph:
            for name, shapes in node.op.leaves(node.weights, *graph.values(node)).items():
                if leaf_at(self.tree, name) is None:
                    put(self.tree, name, Leaf(shapes, statistics=node.op.statistics))
        self.alphas = nn.ParameterDict(
            {k.replace(".", "/"): nn.Parameter(ALPHA_SPREAD * torch.randn(s)) for k, s in architecture(graph).items()}
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
        """The weights: every parameter that is none of the architecture's."""
        return list(self.tree.parameters())

    def forward(self, *inputs: Tensor) -> Tensor | dict[str, Tensor]:
        """The output of a whole sequence, from a fresh state."""
        names = list(self.graph.inputs())
        if len(inputs) != len(names):
            raise InputError(f"the network takes {len(names)} inputs ({', '.join(names)}), not {len(inputs)}")
        values, _ = self.run(dict(zip(names, inputs, strict=True)))
        outputs = {k: values[v] for k, v in self.graph.outputs.items()}
        return next(iter(outputs.values())) if len(outputs) == 1 else outputs

    def adopt(self, graph: Graph) -> None:
        """Takes a graph that differs in parameters without weights, such as the temperature of a surrogate.

        Raises:
            ValueError: Its operations are others, or take others.
        """
        shape = [(n.name, n.op.name, n.operands, n.op.weights(*graph.values(n))) for n in graph]
        if shape != [(n.name, n.op.name, n.operands, n.op.weights(*self.graph.values(n))) for n in self.graph]:
            raise ValueError(f"the graph {graph.name} has other operations than the model's")
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
        """Values of nodes, and the state after the last step.

        Args:
            inputs: By name, `[T, N, C, H, W]`, or `[N, C, H, W]` where the spec has `time`.
            state: What an earlier call gave back, to go on from there; None starts a sequence.
            wanted: The nodes whose values are wanted; by default those of the outputs. Only what they need is computed.
            given: Values of nodes that are known already, and not computed; nothing is computed that only they need.
            weights: By an operation's weights' name, tensors in place of the model's own.
            watch: Told of each value as it is computed, by its node's name; so nothing is kept for it.

        Raises:
            InputError: An input is missing or of another shape.
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
        """One step: as `run`, with inputs and values without the axis T, `[N, C, H, W]`."""
        names = tuple(wanted) or tuple(self.graph.outputs.values())
        static = self.graph.time is not None
        whole = inputs if static else {k: v.unsqueeze(0) for k, v in inputs.items()}
        values, after = self._evaluate(whole, state or {}, names, 1, {}, {}, watch)
        return {k: v.squeeze(0) if self.graph.node(k).value.steps else v for k, v in values.items()}, after

    def stream(self, wanted: Sequence[str] = (), *, watch: Watch | None = None) -> "Stream":
        """A sequence that is fed one step at a time."""
        return Stream(self, tuple(wanted), watch)

    def _steps(self, inputs: Mapping[str, Tensor]) -> int:
        """T; refuses inputs that don't fit the network."""
        steps = self.graph.time or 0
        batch: tuple[str, int] | None = None
        for name, node in self.graph.inputs().items():
            if name not in inputs:
                raise InputError(f"the input `{name}` is missing")
            shape, value = tuple(inputs[name].shape), node.value
            axes = (["T"] if value.steps else []) + ["N", "C", *("D", "H", "W")[3 - len(value.size) :]]
            if len(shape) != len(axes):
                raise InputError(f"the input `{name}` has the axes [{', '.join(axes)}], not the shape {list(shape)}")
            if shape[axes.index("C")] != value.channels:
                raise InputError(f"the input `{name}` has {value.channels} channels (axis C), not {shape[axes.index('C')]}")
            if batch is not None and shape[axes.index("N")] != batch[1]:
                raise InputError(f"`{batch[0]}` and `{name}` differ in axis N: {batch[1]} and {shape[axes.index('N')]}")
            batch = (name, shape[axes.index("N")])
            if value.steps:
                if steps not in (0, shape[0]):
                    raise InputError(f"the inputs differ in axis T: {steps} and {shape[0]} (`{name}`)")
                steps = shape[0]
                if steps == 0:
                    raise InputError(f"the input `{name}` has no step (axis T)")
        return steps

    def _leaves(self, node: Node, given: Mapping[str, nn.Module]) -> tuple[nn.Module, ...]:
        """The tensors of an operation, in the order of its shares; those that are given come before the model's own."""
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
            if node.op.name == "input":
                values[node.name] = inputs[node.name]
            else:
                call = Call(
                    node,
                    self.graph.values(node),
                    self._leaves(node, weights),
                    chosen,
                    steps,
                    self.training,
                    self.bf16,
                )
                operands = [values[o] for o in node.operands]
                values[node.name], handed = KERNELS[node.op.name](call, operands, state.get(node.name))
                if handed is not None:
                    after[node.name] = handed
                if watch is not None and isinstance(values[node.name], Tensor):
                    watch(node.name, values[node.name])
            for name in s.free:
                del values[name]
        return {name: values[name] for name in wanted}, after


def _names_of_the_graph(module: nn.Module, state: dict[str, Any], prefix: str, _: object) -> None:
    """Makes `tree.features.stem0.conv.weight` the graph's `features.stem0.conv.weight`, in place.

    Tensors come in the order of their axes, as files want them, whatever order the model keeps them in.
    """
    del module
    ours = (f"{prefix}tree.", f"{prefix}alphas.")
    for key, value in state.items():
        if key.startswith(ours):
            state[key] = value.contiguous()
    _rename(state, lambda k: prefix + k.removeprefix(prefix).partition(".")[2].replace("/", ".") if k.startswith(ours) else k)


def _names_of_the_modules(module: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    """The reverse, before weights are loaded."""
    assert isinstance(module, Model)
    chosen = module.architecture

    def name(key: str) -> str:
        own = key.removeprefix(prefix)
        return prefix + (f"alphas.{own.replace('.', '/')}" if own in chosen else f"tree.{own}")

    _rename(state, lambda k: name(k) if k.startswith(prefix) else k)


def _rename(state: dict[str, Any], name: Callable[[str], str]) -> None:
    """Other names for all keys, in place; all at once, since a new name may be another key's old one."""
    renamed = {name(k): v for k, v in state.items()}
    state.clear()
    state.update(renamed)


class Stream:
    """A sequence that is fed one step at a time; the state is a value here, not in the model.

    Attributes:
        state: What the last step handed on, by node; assign one kept before to go back to it.
    """

    def __init__(self, model: Model, wanted: tuple[str, ...], watch: Watch | None = None) -> None:
        self.model, self.wanted, self.watch = model, wanted, watch
        self.state: States = {}

    def step(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The wanted nodes' values, `[N, C, H, W]`, for one step of the inputs, `[N, C, H, W]`."""
        values, self.state = self.model.step(inputs, self.state, self.wanted, watch=self.watch)
        return values
