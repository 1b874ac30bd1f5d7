"""One time step of a computation: the nodes that its results need, those of the last step in place of those of all steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from torch import fx

from spikegraph.backends.torch.foreign.intercepted import makes_constant
from spikegraph.backends.torch.foreign.nodes import at_place, operands
from spikegraph.backends.torch.foreign.steps import Folding
from spikegraph.foreign.errors import ForeignError


@dataclass(frozen=True)
class Taken:
    """What a node takes: another node's value at the same step, or at the step before."""

    node: fx.Node
    before: bool = False


@dataclass(frozen=True)
class OneStep:
    """The nodes of one step.

    Attributes:
        graph: The whole computation.
        folding: Its time steps.
    """

    graph: fx.Graph
    folding: Folding

    def takes(self, node: fx.Node) -> list[Taken]:
        """What a node takes, each as often as it stands among its arguments.

        Raises:
            ForeignError: It takes the value of another step than its own and the one before.
        """
        joined = self.folding.joined.get(node) or self.folding.repeated.get(node)
        if makes_constant(node):  # of whose operands only the shape counts
            return []
        return [Taken(joined[0])] if joined is not None else [self.taken(node, o) for o in operands(node)]

    def taken(self, node: fx.Node, operand: fx.Node) -> Taken:
        """What an operand of a node is in one step.

        Raises:
            ForeignError: It is the value of another step.
        """
        folding = self.folding
        step, time = folding.step.get(operand), folding.time
        if step is None or time is None or step == time - 1:
            return Taken(operand)
        if node in folding.step and step == time - 2:
            return Taken(folding.last[operand], before=True)
        raise ForeignError(
            f"{at_place(node)}: it takes what step {step} of {time} computes",
            "take the value of the same step or of the one before, and return all steps, or their mean",
        )

    @cached_property
    def nodes(self) -> tuple[fx.Node, ...]:
        """The nodes that results need, in the order of the code."""
        output = next(n for n in self.graph.nodes if n.op == "output")
        needed, waiting = {output}, [output]
        while waiting:
            for taken in self.takes(waiting.pop()):
                if taken.node not in needed:
                    needed.add(taken.node)
                    waiting.append(taken.node)
        return tuple(n for n in self.graph.nodes if n in needed or n.op == "placeholder")

    @cached_property
    def users(self) -> dict[fx.Node, list[tuple[fx.Node, bool]]]:
        """For each node those that take it, and whether they take its value of the step before."""
        found: dict[fx.Node, list[tuple[fx.Node, bool]]] = {n: [] for n in self.nodes}
        for node in self.nodes:
            for taken in self.takes(node):
                found[taken.node].append((node, taken.before))
        return found

    def earlier(self) -> Iterator[tuple[fx.Node, fx.Node]]:
        """Each node whose value of the step before is taken, with the node that takes it."""
        for node, users in self.users.items():
            yield from ((node, user) for user, before in users if before)
