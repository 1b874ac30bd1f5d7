"""Which nodes of a time step are neurons: cycles through time of elementwise functions, and functions that fire."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor, fx

from spikegraph.backends.torch.foreign.elementwise import CASTS, COMPARES, ELEMENTWISE
from spikegraph.backends.torch.foreign.example import several
from spikegraph.backends.torch.foreign.intercepted import is_function, makes_constant
from spikegraph.backends.torch.foreign.one_step import OneStep
from spikegraph.backends.torch.foreign.trace import VALUE

SUMS = ("add", "iadd")


@dataclass(frozen=True)
class Cycle:
    """The nodes of a layer of neurons.

    Attributes:
        nodes: The nodes, in the order of the code.
        outside: Those of them that others take.
    """

    nodes: tuple[fx.Node, ...]
    outside: tuple[fx.Node, ...]


def short_name(node: fx.Node) -> str:
    """The last part of the name of a node's function, without the underscore of one that computes in place."""
    if node.op == "call_function" and node.target is getattr:
        return str(node.args[1])
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return name.rstrip("_") if name not in ("and_", "or_") else name


def is_elementwise(node: fx.Node) -> bool:
    """Whether a node computes each number of a tensor by itself."""
    if node.op not in ("call_function", "call_method") or makes_constant(node) or not isinstance(node.meta[VALUE], Tensor):
        return False
    return is_function(node.target) or short_name(node) in ELEMENTWISE


def reshapes(node: fx.Node) -> bool:
    """Whether a node gives the same numbers in another shape, as one learned for each channel gets axes for the pixels."""
    if node.op not in ("call_function", "call_method"):
        return False
    if short_name(node) == "getitem":
        return all(key is None or key is ... or key == slice(None) for key in several(node.args[1]))
    return short_name(node) in ("view", "reshape", "unsqueeze")


def is_constant(node: fx.Node) -> bool:
    """Whether a node is a tensor that doesn't depend on the inputs."""
    return node.op == "get_attr" or makes_constant(node)


def fires(node: fx.Node) -> bool:
    """Whether a node is a comparison, or a function with a gradient of its own."""
    return node.op in ("call_function", "call_method") and (is_function(node.target) or short_name(node) in COMPARES)


def cycles(step: OneStep) -> list[Cycle]:
    """The layers of neurons of a time step that are written by hand, in the order of the code."""
    groups = _Groups(step)
    for node, user in step.earlier():
        around = _cycle(step, user) if is_elementwise(user) else set[fx.Node]()
        if node in around:  # else what a layer gives, or what the code remembers for one step
            groups.join(around)
    for node in step.nodes:
        if is_elementwise(node) and fires(node):
            groups.join({node})
    groups.grow()
    return groups.found()


def _cycle(step: OneStep, start: fx.Node) -> set[fx.Node]:
    """The nodes on ways from a node back to it."""
    after = _reached(start, lambda n: [user for user, _ in step.users[n]])
    before = _reached(start, lambda n: [taken.node for taken in step.takes(n)])
    return after & before


def _reached(start: fx.Node, following: Callable[[fx.Node], Iterable[fx.Node]]) -> set[fx.Node]:
    found, waiting = {start}, [start]
    while waiting:
        for node in following(waiting.pop()):
            if node not in found and is_elementwise(node):
                found.add(node)
                waiting.append(node)
    return found


def total_of(step: OneStep, cycle: Cycle) -> fx.Node | None:
    """The node whose values of all steps a cycle adds, if it does nothing else and only its last sum is taken."""
    node = cycle.nodes[0]
    others = [user for user, before in step.users[node] if not (user is node and before)]
    if (
        len(cycle.nodes) != 1
        or short_name(node) not in SUMS
        or any(user in step.folding.step or user in step.folding.joined for user in others)
    ):
        return None
    return next((t.node for t in step.takes(node) if t.node is not node and not t.before), None)


class _Groups:
    """Disjoint sets of nodes."""

    def __init__(self, step: OneStep) -> None:
        self.step, self.of = step, dict[fx.Node, set[fx.Node]]()

    def join(self, nodes: set[fx.Node]) -> None:
        """Puts nodes, with all that are together with one of them, into one set."""
        whole = set(nodes)
        for node in nodes:
            whole |= self.of.get(node, set())
        for node in whole:
            self.of[node] = whole

    def grow(self) -> None:
        """Adds what a neuron takes or gives and the language has only within neurons, until there is nothing more."""
        changed = True
        while changed:
            changed = any(self._before(node) or self._behind(node) or self._scaled(node) for node in self.step.nodes)

    def _before(self, node: fx.Node) -> bool:
        """Adds a node that one set alone takes, if the language can't compute it elsewhere."""
        if node in self.of or is_constant(node) or not (self._fixed(node) or (is_elementwise(node) and self._within(node))):
            return False
        users = {id(self.of[user]) if user in self.of else 0 for user, _ in self.step.users[node]}
        if len(users) != 1 or 0 in users:
            return False
        self.join({node, self.step.users[node][0][0]})
        return True

    def _within(self, node: fx.Node) -> bool:
        """Whether the language has a function within neurons alone: all but sums and products of values."""
        takes = self.step.takes(node)
        values = [t for t in takes if not self._fixed(t.node)]
        return not (short_name(node) in (*SUMS, "mul", "imul", *CASTS) and len(values) == len(takes) == _arguments(node))

    def _fixed(self, node: fx.Node) -> bool:
        """Whether a node is computed from constants alone, such as a decay from what is learned."""
        if is_constant(node):
            return True
        takes = self.step.takes(node) if is_elementwise(node) or reshapes(node) else []
        return bool(takes) and all(not t.before and self._fixed(t.node) for t in takes)

    def _behind(self, node: fx.Node) -> bool:
        """Joins a function that fires with the cycle whose potential it takes, and a comparison with what takes it."""
        if node not in self.of:
            return False
        for user, before in self.step.users[node]:
            if before or (user in self.of and self.of[user] is self.of[node]):
                continue
            comparison = short_name(node) in COMPARES and is_elementwise(user)
            fired = user in self.of and self._alone(user) and not fires(node) and not self._fired(node)
            if comparison or fired:
                self.join({node, user})
                return True
        return False

    def _scaled(self, node: fx.Node) -> bool:
        """Adds what multiplies or divides the result of a set by a constant, if nothing else takes it."""
        if node not in self.of:
            return False
        outside = {user for user, _ in self.step.users[node] if self.of.get(user) is not self.of[node]}
        if len(outside) != 1 or not (outside <= set(self.step.nodes)):
            return False
        (user,) = outside
        takes = self.step.takes(user)
        scales = is_elementwise(user) and user not in self.of and short_name(user) in ("mul", "imul", "truediv", "div")
        if not scales or any(t.node is not node and not is_constant(t.node) for t in takes) or len(takes) < _arguments(user):
            return False
        self.join({node, user})
        return True

    def _alone(self, node: fx.Node) -> bool:
        """Whether a set has no state."""
        return not any(before and user in self.of[node] for n in self.of[node] for user, before in self.step.users[n])

    def _fired(self, node: fx.Node) -> bool:
        """Whether a node is computed from spikes of its own set at the same step."""
        waiting, seen = [node], set[fx.Node]()
        while waiting:
            for taken in self.step.takes(waiting.pop()):
                if taken.before or taken.node in seen or self.of.get(taken.node) is not self.of[node]:
                    continue
                if fires(taken.node) and self._now(taken.node):
                    return True
                seen.add(taken.node)
                waiting.append(taken.node)
        return False

    def _now(self, node: fx.Node) -> bool:
        """Whether a node of a set depends on what the set is given at this step, and not on the step before alone."""
        waiting, seen = [node], set[fx.Node]()
        while waiting:
            for taken in self.step.takes(waiting.pop()):
                if taken.before or taken.node in seen or is_constant(taken.node):
                    continue
                if self.of.get(taken.node) is not self.of[node]:
                    return True
                seen.add(taken.node)
                waiting.append(taken.node)
        return False

    def found(self) -> list[Cycle]:
        """The sets in the order of the code; a sum over all steps is none."""
        order = {node: k for k, node in enumerate(self.step.nodes)}
        rows = {id(group): sorted(group, key=order.__getitem__) for group in self.of.values()}
        result: list[Cycle] = []
        for nodes in rows.values():
            outside = tuple(
                n
                for n in nodes
                if any(user not in self.of or self.of[user] is not self.of[n] for user, _ in self.step.users[n])
            )
            result.append(Cycle(tuple(nodes), outside))
        return sorted(result, key=lambda cycle: order[cycle.nodes[-1]])


def _arguments(node: fx.Node) -> int:
    return len([a for a in node.args if not isinstance(a, str)])
