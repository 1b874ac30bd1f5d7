"""What a model runs: operations over all time steps at once, and loops, one time step at a time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor, nn

from spikegraph.backends.torch.kernels import Call, Kernel, State
from spikegraph.backends.torch.kernels.weighted import require_same_steps
from spikegraph.backends.torch.parameters import Leaf, Tree
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.lifetimes import Step, schedule
from spikegraph.ir.loops import carried_sizes
from spikegraph.ir.types import Value

Values = dict[str, Any]
"""Values by node, [T, N, C, *size]; for an operation with several results a tuple of them."""

States = Mapping[str, State]
"""The states of nodes between time steps, by the node's name; empty at the start of a sequence."""

Watch = Callable[[str, Tensor], None]
"""Called with a node's name and its value `[T, N, C, H, W]`."""


@dataclass(frozen=True)
class Setting:
    """What is the same for all operations of a call.

    Attributes:
        steps: The number T of time steps.
        architecture: The architecture parameters by name.
        weights: Modules that replace the model's own weights, by the weights' name.
        training: If true, norms use the batch's statistics, except those whose statistics are held.
        low: As of `Call`.
        hooked: If true, operations are called as modules, with their hooks.
        watch: Called with each value when it is computed.
        zero: Makes the value [N, C, *size] that a node of a loop carries into the first step of a sequence.
        within: Which steps are the samples' own, bool [T, N]; None if all are.
    """

    steps: int
    architecture: Mapping[str, Tensor]
    weights: Mapping[str, nn.Module]
    training: bool
    low: torch.dtype | None
    hooked: bool
    watch: Watch | None
    zero: Callable[[str], Tensor]
    within: Bool[Tensor, "T N"] | None = None

    def at(self, t: int) -> "Setting":
        """The setting of time step t alone."""
        return replace(self, steps=1, within=None if self.within is None else self.within[t : t + 1])

    def computed(self, name: str, value: Any) -> None:
        """Tells `watch` of a value."""
        if self.watch is not None and isinstance(value, Tensor):
            self.watch(name, value)


@dataclass(frozen=True)
class Operation:
    """An operation: its kernel, the nodes that it takes values from, their types, its module, and its leaves by name.

    `norms` are those that alone use its result and subtract the mean of each channel, if there are such.
    """

    node: Node
    kernel: Kernel
    sources: tuple[str, ...]
    operands: tuple[Value, ...]
    module: Tree | None
    leaves: Mapping[str, Leaf]
    norms: tuple[Leaf, ...] = ()

    def run(self, values: Values, state: State, s: Setting) -> tuple[Any, State]:
        """Value and state of the operation."""
        leaves = tuple([s.weights.get(name, leaf) for name, leaf in self.leaves.items()])
        training = s.training and not any(leaf.held for leaf in self.leaves.values())
        seen = s.hooked or s.watch is not None  # what sees the result could use it for a loss, or change it
        centred = bool(self.norms) and s.training and not seen and not any(norm.held for norm in self.norms)
        call = Call(self.node, self.operands, leaves, s.architecture, s.steps, training, s.low, s.within, centred)
        operands = [values[source] for source in self.sources]
        if s.hooked and self.module is not None:
            return self.module.call(self.kernel, call, operands, state)
        return self.kernel(call, operands, state)


@dataclass(frozen=True)
class Whole:
    """An operation over all time steps at once, and the values that can be freed after it."""

    operation: Operation
    free: tuple[str, ...]

    def run(self, values: Values, state: States, s: Setting) -> States:
        """Adds the operation's value to `values`; returns its state."""
        name = self.operation.node.name
        values[name], after = self.operation.run(values, state.get(name), s)
        s.computed(name, values[name])
        return {} if after is None else {name: after}


@dataclass(frozen=True)
class Loop:
    """Operations that depend on their results of earlier time steps, and the values that can be freed after them.

    Attributes:
        operations: The operations in an executable order, without those that only have a carried value.
        carried: For each node with a carried value, the node whose value at the step before it has.
        outside: The nodes outside of the loop that it takes values with time steps from.
        results: The nodes whose values are needed outside of the loop.
        free: The values that can be freed.
    """

    operations: tuple[Operation, ...]
    carried: Mapping[str, str]
    outside: tuple[str, ...]
    results: tuple[str, ...]
    free: tuple[str, ...]

    def run(self, values: Values, state: States, s: Setting) -> States:
        """Runs all time steps, one after the other; adds the results to `values`, and returns the states."""
        together = [o.node for o in self.operations if s.training and o.node.notes.get("synchronised")]
        if together:
            require_same_steps(together[0], s.steps)
        states = {o.node.name: state.get(o.node.name) for o in self.operations}
        before = {name: state[name] if name in state else s.zero(name) for name in self.carried}
        wanted = self.results if s.watch is None else (*self.carried, *states)
        found: dict[str, list[Any]] = {name: [] for name in wanted}
        for t in range(s.steps):
            now = {**values, **{name: _at(values[name], t) for name in self.outside}}
            now |= {name: value.unsqueeze(0) for name, value in before.items()}
            once = s.at(t)
            for operation in self.operations:
                name = operation.node.name
                now[name], states[name] = operation.run(now, states[name], once)
            before = {name: now[source].squeeze(0) for name, source in self.carried.items()}
            for name, each in found.items():
                each.append(now[name])
        for name, each in found.items():
            value = _joined(each)
            s.computed(name, value)
            if name in self.results:
                values[name] = value
        return {**before, **{name: after for name, after in states.items() if after is not None}}


def carried_zero(graph: Graph, inputs: Mapping[str, Tensor], name: str) -> Tensor:
    """The value [N, C, *size] that a node of a loop carries into the first step of a sequence with these inputs."""
    nodes = graph.inputs()
    sizes = {key: tuple(inputs[key].shape[inputs[key].dim() - len(node.value.size) :]) for key, node in nodes.items()}
    size, (first, node) = graph.node(name).value.size, next(iter(nodes.items()))
    if any(sizes[key] != node.value.size for key, node in nodes.items()):
        size = carried_sizes(graph, sizes)[name]
    batch = inputs[first].shape[1 if node.value.steps else 0]
    return inputs[first].new_zeros(batch, graph.node(name).value.channels, *size)


def planned(
    graph: Graph, wanted: Sequence[str], given: Collection[str], operation: Callable[[Node, Sequence[Node]], Operation]
) -> tuple[Whole | Loop, ...]:
    """The steps that compute the nodes `wanted` if the values of `given` are known; inputs are known too.

    `operation` makes the operation of a node from the nodes that it takes values from.
    """
    steps = [s for s in schedule(graph, wanted, given) if not s.nodes[0].op.traits.source]
    return tuple(
        _loop(graph, s, steps, wanted, operation)
        if s.loop
        else Whole(operation(s.nodes[0], [graph.node(name) for name in graph.sources(s.nodes[0].name)]), s.free)
        for s in steps
    )


def _loop(
    graph: Graph,
    step: Step,
    steps: Sequence[Step],
    wanted: Collection[str],
    operation: Callable[[Node, Sequence[Node]], Operation],
) -> Loop:
    inside = {node.name for node in step.nodes}
    carried = {name: graph.carried[name] for name in inside if name in graph.carried}
    made = [node for node in step.nodes if node.name not in carried]
    operations = tuple(operation(node, [graph.node(name) for name in node.operands]) for node in made)
    taken = dict.fromkeys(source for o in operations for source in o.sources if source not in inside)
    outside = tuple(name for name in taken if graph.node(name).value.steps)
    others = {source for s in steps if s is not step for node in s.nodes for source in graph.sources(node.name)}
    results = tuple(node.name for node in step.nodes if node.name in others or node.name in wanted)
    free = tuple(name for name in step.free if name not in inside)
    return Loop(operations, carried, outside, results, free)


def _at(value: Any, t: int) -> Any:
    """Time step t of a value [T, ...], or of the results of an operation with several."""
    return value[t : t + 1] if isinstance(value, Tensor) else tuple(each[t : t + 1] for each in value)


def _joined(steps: Sequence[Any]) -> Any:
    """The value [T, ...] of single time steps [1, ...], or the results of an operation with several."""
    if isinstance(steps[0], Tensor):
        return torch.cat(tuple(steps))
    return tuple(torch.cat(each) for each in zip(*steps, strict=True))
