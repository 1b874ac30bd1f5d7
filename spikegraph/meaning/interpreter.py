"""Runs a graph of simple operations: what is in a loop one time step after the other, everything else over all steps."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spikegraph.base.errors import NoReferenceError, UserError
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import carried_sizes, components, is_loop
from spikegraph.meaning.call import Array, Call, Recorded
from spikegraph.meaning.checked_reference import checked_reference
from spikegraph.meaning.inputs import Inputs, taken
from spikegraph.meaning.references import REFERENCES
from spikegraph.meaning.weights import checked


@dataclass(frozen=True)
class Trace:
    """All that a run of a network gives: arrays [T, N, C, *size], or [N, C, *size] for what is the same at every step.

    Attributes:
        outputs: The results of the network by name.
        values: The results of all nodes that the outputs need, and of those that were asked for.
        spikes: The spikes, or counts, of all neurons that fire, under the names that they have in the plain graph.
        potentials: The membrane potentials of all neurons before the reset, [T, N, C, *size].
        statistics: The running statistics after a step of training, by name.
    """

    outputs: dict[str, Array]
    values: dict[str, Array]
    spikes: dict[str, Array]
    potentials: dict[str, Array]
    statistics: dict[str, Array]


def run(
    graph: Graph, tensors: Mapping[str, Array], inputs: Mapping[str, npt.ArrayLike], *, training: bool, nodes: Iterable[str]
) -> Trace:
    """Runs a graph of simple operations on a sequence.

    Raises:
        InputError: An input is missing, or has another form than the network's.
        MisfitError: A weight is missing, or has another shape.
        NoReferenceError: An operation has no reference.
    """
    needed = checked(graph, tensors, nodes)
    found = _Run(graph, tensors, taken(graph, inputs), training)
    for names in components(graph):
        if needed.issuperset(names):
            found.compute(names)
    return found.trace()


def reference_for(node: Node) -> Callable[..., Array]:
    """The reference of a node's operation.

    Raises:
        NoReferenceError: It has none.
    """
    if node.op.name not in REFERENCES:
        summary = f"the operation `{node.op.name}` of `{node.name}` has no reference"
        raise NoReferenceError(summary, "its plug-in gives it one with `@reference(...)`")
    function = REFERENCES[node.op.name]
    return function if node.op.results or REFERENCES.is_built_in(node.op.name) else checked_reference(node, function)


def require_single_steps(node: Node) -> None:
    """Checks that a node of a loop can be computed one time step at a time.

    Raises:
        UserError: It needs all of them.
    """
    if node.op.traits.over_time or not node.value.steps:
        raise UserError(f"`{node.name}` needs all time steps at once, but is in a loop", "take it out of the loop")


@dataclass
class _Run:
    graph: Graph
    tensors: Mapping[str, Array]
    given: Inputs
    training: bool
    values: dict[str, Array] = field(default_factory=dict[str, Array])
    states: dict[str, dict[str, Array]] = field(default_factory=dict[str, dict[str, Array]])
    recorded: Recorded = field(default_factory=Recorded)

    def compute(self, names: Collection[str]) -> None:
        """Computes a node, or the nodes of a loop."""
        if is_loop(self.graph, names):
            self._loop(names)
            return
        (node,) = map(self.graph.node, names)
        if node.op.traits.carries:
            source = self.values[self.graph.carried[node.name]]
            source = np.broadcast_to(source, (self.given.steps, *source.shape[1:]))
            self.values[node.name] = np.concatenate([np.zeros_like(source[:1]), source[:-1]])
        else:
            operands = [self.values[o] for o in node.operands]
            self.values[node.name] = self._result(node, operands, 0, self.given.steps)

    def _loop(self, names: Collection[str]) -> None:
        """All steps of a loop, one after the other; what it carries is 0 before the first one."""
        sizes = carried_sizes(self.graph, {name: x.shape[3:] for name, x in self.given.values.items()})
        steps: dict[str, list[Array]] = {name: [] for name in names}
        before: dict[str, Array] = {}
        for t in range(self.given.steps):
            now: dict[str, Array] = {}
            for name in names:
                node = self.graph.node(name)
                if node.op.traits.carries:
                    shape = (1, self.given.samples, node.value.channels, *sizes[name])
                    now[name] = before[self.graph.carried[name]] if before else np.zeros(shape)
                else:
                    require_single_steps(node)
                    operands = [now[o] if o in now else _at(self.values[o], t) for o in node.operands]
                    now[name] = self._result(node, operands, t, 1)
                steps[name].append(now[name])
            before = now
        self.values |= {name: np.concatenate(found) for name, found in steps.items()}

    def _result(self, node: Node, operands: list[Array], first: int, steps: int) -> Array:
        if node.op.traits.source:
            return self.given.values[node.name]
        compute = reference_for(node)
        state = self.states.setdefault(node.name, {})
        call = Call(node, self.tensors, steps, first, self.training, state, self.recorded)
        y = compute(call, *operands)
        if y.ndim != 3 + len(node.value.size) or y.shape[2] != node.value.channels:
            raise UserError(f"the reference of `{node.op.name}` gives {list(y.shape)} for `{node.name}`, not {node.value}")
        return y

    def trace(self) -> Trace:
        """What has been computed."""
        spikes: dict[str, Array] = {}
        for name, value in self.values.items():
            start = 0
            for neurons, channels in self.graph.node(name).populations.items():
                spikes[neurons] = self._shown(name, value)[..., start : start + channels, *self._rest(value)]
                start += channels
        return Trace(
            {name: self._shown(source, self.values[source]) for name, source in self.graph.outputs.items()},
            {name: self._shown(name, value) for name, value in self.values.items()},
            spikes,
            {name: np.concatenate(parts) for name, parts in self.recorded.potentials.items()},
            dict(self.recorded.statistics),
        )

    def _shown(self, name: str, value: Array) -> Array:
        """[T, N, C, *size], or [N, C, *size] for a value that is the same at every step."""
        if not self.graph.node(name).value.steps:
            return value[0]
        return np.broadcast_to(value, (self.given.steps, *value.shape[1:]))

    @staticmethod
    def _rest(value: Array) -> tuple[slice, ...]:
        return (slice(None),) * (value.ndim - 3)


def _at(value: Array, t: int) -> Array:
    """A value at one step."""
    return value if value.shape[0] == 1 else value[t : t + 1]
