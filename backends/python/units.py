"""The members of a scope as units: chains of layers, expressions, and loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spikegraph.backends.python.rule_table import Expression, Layer, Tensor, Tensors
from spikegraph.backends.python.scopes import Loop, Scope
from spikegraph.dsl.numbered import unnumbered
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.path import Path


@dataclass(frozen=True)
class Item:
    """A layer of a chain.

    Attributes:
        text: What makes it.
        leaf: The name of its weights in the network.
        tensors: Its tensors.
        each_step: Whether it takes [N, C, *size].
        steps: Whether its operand must have time steps.
        once: Whether its operand has none; None where it is what the layer before gives.
        in_loop: How it is called in a loop.
        scope: The use of a block that it is.
    """

    text: str
    leaf: str = ""
    tensors: Tensors = field(default_factory=dict[str, Tensor])
    each_step: bool = False
    steps: bool = True
    once: bool | None = None
    in_loop: str = "{self}({x})"
    scope: Scope | None = None

    @property
    def remembers(self) -> bool:
        """Whether it returns a state in a loop."""
        return "{state}" in self.in_loop


@dataclass
class Unit:
    """One or more members that become one line.

    Attributes:
        members: The members.
        operands: The nodes that it takes, in order.
        results: The nodes whose values it gives, in order.
        items: The layers of a chain.
        expression: The expression, of a single operation.
        attribute: The name of the chain in the module.
        shared: Whether other units have the same weights.
        made: The attribute, once the module has it.
    """

    members: list[Node | Scope | Loop]
    operands: tuple[str, ...]
    results: tuple[str, ...]
    items: tuple[Item, ...] = ()
    expression: Expression | None = None
    attribute: str = ""
    shared: bool = False
    made: str = ""

    @property
    def loop(self) -> Loop | None:
        """The loop, if it is one."""
        first = self.members[0]
        return first if isinstance(first, Loop) else None


@dataclass(frozen=True)
class Called:
    """How a use of a block is called: what makes its class, its operands and results."""

    text: str
    operands: tuple[str, ...]
    results: tuple[str, ...]


Ruled = Callable[[Node], "Layer | tuple[Layer, ...] | Expression"]


def units_of(
    graph: Graph,
    scope: Scope,
    members: Sequence[Node | Scope | Loop],
    rule: Ruled,
    called: Callable[[Scope], Called],
    uses: Counter[str],
    *,
    in_loop: bool,
) -> list[Unit]:
    """The units of members of a scope, in order.

    A layer that alone takes what the chain before it gives, in one statement of the spec, becomes part of this chain.
    """
    parts = [part for each in scope.members for part in (each.nodes if isinstance(each, Loop) else [each])]
    shared = Counter(key for each in parts if (key := weights_of(each)))
    found: list[Unit] = []
    joins, depth = False, len(scope.path.steps)
    for each in members:
        unit = _unit(each, rule, called, graph)
        unit.shared = alone = shared[weights_of(each)] > 1
        chained = bool(unit.items) and len(unit.operands) == len(unit.results) == 1 and not alone
        first = unit.members[0]
        if graph.time is None and isinstance(first, Node) and unit.items and unit.items[0].steps:
            chained = chained and first.operand_values[0].steps  # its operand is repeated for each step, in `forward`
        if in_loop:
            chained = chained and all(item.each_step and not item.remembers for item in unit.items)
        last = found[-1] if found else None
        follows = last is not None and bool(unit.operands) and last.results == unit.operands and uses[last.results[0]] == 1
        if (
            joins
            and chained
            and last is not None
            and follows
            and _statement(last, depth, graph) == _statement(unit, depth, graph)
        ):
            last.members += unit.members
            last.items, last.results = (*last.items, *unit.items), unit.results
        else:
            found.append(unit)
        joins = chained
    return found


def _statement(unit: Unit, depth: int, graph: Graph) -> str:
    """The name of the statement that a unit is in; all unnamed operations of a block's result are in one."""
    member = unit.members[-1]
    steps = path_of(member).steps[depth:]
    return "" if not steps or (len(steps) == 1 and unnamed(member, steps[0].label, graph)) else steps[0].label


def unnamed(member: Node | Scope | Loop, label: str, graph: Graph) -> bool:
    """Whether a label is that of an operation, neuron or block, which they have where the spec gives no name."""
    called = {member.name} if not isinstance(member, Node) else {member.op.name, *graph.neurons}
    return any(name in called for name in unnumbered(label))


def weights_of(member: Node | Scope | Loop) -> str:
    """The name of the weights of an operation or a use; empty without weights."""
    if isinstance(member, Node):
        return member.weights if member.leaves else ""
    if isinstance(member, Scope):
        return member.path.weights if any(node.leaves for node in member.nodes()) else ""
    return ""


def _unit(member: Node | Scope | Loop, rule: Ruled, called: Callable[[Scope], Called], graph: Graph) -> Unit:
    if isinstance(member, Scope):
        how = called(member)
        return Unit([member], how.operands, how.results, (Item(how.text, steps=False, scope=member),))
    if isinstance(member, Loop):
        return Unit([member], (), ())
    found = rule(member)
    if isinstance(found, Expression):
        return Unit([member], graph.sources(member.name), (member.name,), expression=found)
    layers = found if isinstance(found, tuple) else (found,)
    steps = member.value.steps
    once = not member.operand_values[0].steps
    items = tuple(
        Item(
            x.text,
            member.weights,
            x.tensors,
            x.each_step,
            steps and not x.each_step,
            once if x is layers[0] else None,
            x.in_loop,
        )
        for x in layers
    )
    return Unit([member], member.operands[: layers[0].operands], (member.name,), items)


def path_of(member: Node | Scope | Loop) -> Path:
    """Where a member is."""
    return member.nodes[0].path if isinstance(member, Loop) else member.path


def labels(unit: Unit, scope: Scope) -> tuple[str, ...]:
    """The labels that the paths of a unit's members have in common, within the scope; those of the first if there are none."""
    paths = [path_of(each).steps[len(scope.path.steps) :] for each in unit.members]
    found = list[str]()
    for k, step in enumerate(paths[0]):
        if all(len(path) > k and path[k].label == step.label for path in paths):
            same = all(path[k].index == step.index for path in paths)
            found.append(step.weights if same else step.label)
        else:
            break
    return tuple(found) or ("layers" if len(paths) > 1 else paths[0][-1].weights if paths[0] else "layers",)


def named(units: Sequence[Unit], scope: Scope) -> None:
    """Names the chains: as short as what tells them apart allows."""
    chains = [unit for unit in units if unit.items]
    known = [labels(unit, scope) for unit in chains]
    for unit, own in zip(chains, known, strict=True):
        others = [other for other in known if other is not own]
        count = next((k for k in range(1, len(own)) if all(other[:k] != own[:k] for other in others)), len(own))
        unit.attribute = "_".join(own[:count])
