"""A network in float64 with bounds; where rounding decides, its neurons follow another program."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spikegraph.ir.choices import Choices
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.loops import carried_sizes, components, is_loop
from spikegraph.meaning.call import Array, Call, Recorded
from spikegraph.meaning.composites import flat
from spikegraph.meaning.inputs import Inputs
from spikegraph.meaning.interpreter import reference_for, require_single_steps
from spikegraph.meaning.rounding.bounded import FLOAT32, Bounded, Evaluation, Precision
from spikegraph.meaning.rounding.bounds import BOUNDS, fan_in, layered, measured
from spikegraph.meaning.rounding.neurons import Alternatives, alternatives
from spikegraph.meaning.rounding.stateful import STATEFUL, remembers
from spikegraph.meaning.weights import Weights, checked, read

States = Mapping[str, Mapping[str, Bounded]]
"""What nodes remember, [N, C, *size] by node and name; `last` is what `previous` gives at the next step."""

LAST = "last"


@dataclass(frozen=True)
class Fired:
    """Neurons, or another operation that remembers something, at one time step.

    Attributes:
        evaluation: The operation.
        step: The time step.
        operands: Its operands, [N, C, *size].
        before: What it remembers before the step, by name.
        found: What it may give.
    """

    evaluation: Evaluation
    step: int
    operands: tuple[Bounded, ...]
    before: Mapping[str, Bounded]
    found: Alternatives

    @property
    def node(self) -> Node:
        """The operation's node."""
        return self.evaluation.node

    @property
    def spikes(self) -> bool:
        """Whether the results are numbers of spikes."""
        return self.node.op.traits.fires and self.node.value.kind != "real"

    @property
    def real(self) -> Bounded:
        """The result as a real number."""
        return self.found.value(self.evaluation.precision.of_one)


Follow = Callable[[Fired], tuple[Bounded, Mapping[str, Bounded]]]
"""Neurons -> their result and what they remember after the step: it says what the other program decided."""


@dataclass(frozen=True)
class Ran:
    """What a run of a network gives.

    Attributes:
        outputs: The outputs by name, [T, N, C, *size], with T = 1 for those that are the same at every step.
        nodes: The nodes that were asked for, by name.
        states: What nodes remember after the last step.
    """

    outputs: Mapping[str, Bounded]
    nodes: Mapping[str, Bounded]
    states: States


class BoundedReference:
    """A network in float64, with bounds of how far another program's numbers may be from its own.

    Attributes:
        graph: The simple operations of the network.
        precision: The precision of the program that follows it.
        measured: The operations without a rule in `BOUNDS`, by name.
    """

    def __init__(
        self,
        graph: Graph,
        weights: Mapping[str, Array],
        precision: Precision = FLOAT32,
        *,
        nodes: Iterable[str] = (),
        others: Mapping[str, Callable[..., Array]] | None = None,
        training: bool = False,
    ) -> None:
        """A graph of simple operations and its weights; use `bounded_reference_of` for any graph.

        Args:
            graph: The graph.
            weights: The weights by name.
            precision: The precision of the program that follows.
            nodes: Nodes to compute though no output needs them.
            others: By name of nodes what computes them in place of their operation's reference.
            training: Whether norms use the statistics of the samples.
        """
        self.graph, self.precision, self._weights, self._training = graph, precision, weights, training
        self._asked, self._others = tuple(nodes), others or {}
        needed = checked(graph, weights, self._asked)
        self._order = [names for names in components(graph) if needed.issuperset(names)]
        self._unused = self._last_uses()
        self.measured = tuple(sorted({node.op.name for node in graph if node.name in needed and _without_rule(node)}))

    @property
    def steps(self) -> int | None:
        """The most time steps that it can run; None if it can run any number."""
        return min((n for names in self._order for name in names if (n := self.graph.node(name).op.longest())), default=None)

    def run(self, given: Inputs, follow: Follow, states: States | None = None) -> Ran:
        """Runs some time steps of a sequence.

        Args:
            given: The inputs at these steps.
            follow: Says what the neurons do.
            states: What nodes remember from the steps before; without it these are the first steps.

        Raises:
            NoReferenceError: An operation has no reference.
            UserError: A loop needs all time steps at once.
        """
        running = _Run(self, given, follow, states or {})
        for names, unused in zip(self._order, self._unused, strict=True):
            running.compute(names)
            for name in unused:
                del running.values[name]
        outputs = {name: running.values[source] for name, source in self.graph.outputs.items()}
        return Ran(outputs, {name: running.values[name] for name in self._asked}, running.after)

    def evaluation(self, node: Node, first: int, steps: int) -> Evaluation:
        """A node at some time steps."""
        call = Call(node, self._weights, steps, first, self._training, {}, Recorded())
        return Evaluation(call, self.precision, self._others.get(node.name) or reference_for(node))

    def _last_uses(self) -> list[list[str]]:
        """The values that nobody needs any more after each component."""
        kept = {*self.graph.outputs.values(), *self._asked}
        last: dict[str, int] = {}
        for number, names in enumerate(self._order):
            last |= {used: number for name in names for used in (*self.graph.sources(name), name)}
        unused: list[list[str]] = [[] for _ in self._order]
        for name, number in last.items():
            if name not in kept:
                unused[number].append(name)
        return unused


def bounded_reference_of(
    graph: Graph,
    weights: Weights,
    choices: Choices | None = None,
    precision: Precision = FLOAT32,
    *,
    nodes: Iterable[str] = (),
    others: Mapping[str, Callable[..., Array]] | None = None,
) -> BoundedReference:
    """The reference of a graph of any stage, with bounds; arguments and errors as those of `reference_of`.

    Operations that passes have joined have no bounds: give the graph before.

    Args:
        graph: The graph.
        weights: Arrays by name, or a file of them.
        choices: What decides choices, trellises and stems.
        precision: The precision of the program that follows.
        nodes: Nodes to compute though no output needs them.
        others: By name of nodes what computes them in place of their operation's reference.
    """
    return BoundedReference(flat(graph, choices or Choices()), read(weights), precision, nodes=nodes, others=others)


@dataclass
class _Run:
    reference: BoundedReference
    given: Inputs
    follow: Follow
    before: States
    values: dict[str, Bounded] = field(default_factory=dict[str, Bounded])
    after: dict[str, Mapping[str, Bounded]] = field(default_factory=dict[str, Mapping[str, Bounded]])

    @property
    def _graph(self) -> Graph:
        return self.reference.graph

    def compute(self, names: Collection[str]) -> None:
        """Computes a node, or the nodes of a loop."""
        if is_loop(self._graph, names):
            self._loop(names)
            return
        (node,) = map(self._graph.node, names)
        if node.op.traits.carries:
            source = self.values[self._graph.carried[node.name]]
            last = [source.at(step) for step in range(self.given.steps)]
            first = self.before.get(node.name, {}).get(LAST) or Bounded.zeros(last[0].value.shape)
            self.values[node.name] = _stacked([first, *last[:-1]])
            self.after[node.name] = {LAST: last[-1]}
        else:
            self.values[node.name] = self._result(node, [self.values[o] for o in node.operands], 0, self.given.steps)

    def _loop(self, names: Collection[str]) -> None:
        """All steps of a loop, one after the other; what it carries is 0 before the first one."""
        sizes = carried_sizes(self._graph, {name: x.shape[3:] for name, x in self.given.values.items()})
        steps: dict[str, list[Bounded]] = {name: [] for name in names}
        for step in range(self.given.steps):
            now: dict[str, Bounded] = {}
            for name in names:
                node = self._graph.node(name)
                if node.op.traits.carries:
                    shape = (self.given.samples, node.value.channels, *sizes[name])
                    before = self._remembered(name).get(LAST) or Bounded.zeros(shape)
                    now[name] = _stacked([before])
                else:
                    require_single_steps(node)
                    operands = [now[o] if o in now else self.values[o].during(step) for o in node.operands]
                    now[name] = self._result(node, operands, step, 1)
                steps[name].append(now[name])
            carried = {name: now[self._graph.carried[name]].at(0) for name in names if name in self._graph.carried}
            self.after |= {name: {LAST: value} for name, value in carried.items()}
        self.values |= {name: _joined(found) for name, found in steps.items()}

    def _remembered(self, name: str) -> Mapping[str, Bounded]:
        """What a node remembers at this point of the run."""
        return self.after.get(name) or self.before.get(name, {})

    def _result(self, node: Node, xs: list[Bounded], first: int, steps: int) -> Bounded:
        if node.op.traits.source:
            return Bounded.exact(self.given.values[node.name])
        f = self.reference.evaluation(node, first, steps)
        if not remembers(node):
            y, rule = f([x.value for x in xs]), BOUNDS.get(node.op.name, measured)
            return Bounded.of(y, rule(f, xs, y), fan_in(f) if rule is layered else 0)
        if node.op.name in STATEFUL:
            value, self.after[node.name] = STATEFUL[node.op.name](f, xs, self._remembered(node.name))
            return value
        return _stacked([self._fired(f, step, [x.at(step - first) for x in xs]) for step in range(first, first + steps)])

    def _fired(self, f: Evaluation, step: int, xs: Sequence[Bounded]) -> Bounded:
        name = f.node.name
        before = self._remembered(name)
        fired = Fired(f.first(step), step, tuple(xs), before, alternatives(f.first(step), xs, before))
        result, self.after[name] = self.follow(fired)
        return result


def _stacked(steps: Sequence[Bounded]) -> Bounded:
    """Values [N, C, *size] of time steps as one."""
    return Bounded(np.stack([s.value for s in steps]), np.stack([s.error for s in steps]))


def _joined(steps: Sequence[Bounded]) -> Bounded:
    """Values [1, N, C, *size] of time steps as one."""
    return Bounded(np.concatenate([s.value for s in steps]), np.concatenate([s.error for s in steps]), steps[0].terms)


def _without_rule(node: Node) -> bool:
    return not (node.op.traits.source or node.op.traits.carries or remembers(node) or node.op.name in BOUNDS)
