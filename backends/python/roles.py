"""The arguments of a scope: which values from outside it takes, and what they are called."""

from collections.abc import Collection
from dataclasses import dataclass

from spikegraph.backends.python.names import free, variable
from spikegraph.backends.python.scopes import ROLES, Scope
from spikegraph.ir.graph import Graph, Node


@dataclass
class Argument:
    """An argument of a scope.

    Attributes:
        name: Its name.
        source: The node that it is.
        places: The operations that take it, with the number of the operand.
    """

    name: str
    source: str
    places: set[tuple[str, int]]


def arguments_of(scope: Scope, graph: Graph, inside: Collection[str]) -> list[Argument]:
    """A block's parameters, or what values are to a cell, of which one value can be two."""
    found: dict[tuple[str, str], Argument] = {}
    for node in scope.nodes():
        for place, source in enumerate(graph.sources(node.name)):
            if source in inside:
                continue
            role = _role(scope, node, place, graph.node(source))
            key = (source, role if scope.step is None else "")
            if key not in found:
                found[key] = Argument(free(variable(role), {a.name for a in found.values()}), source, set())
            found[key].places.add((node.name, place))
    arguments = list(found.values())
    if scope.step is None:
        return sorted(arguments, key=lambda a: ROLES.index(a.name) if a.name in ROLES else len(ROLES))
    if len(arguments) == 1 and len(scope.step.operands) == 1:
        arguments[0].name = variable(scope.step.operands[0][0])
    order = {variable(name): k for k, (name, _) in enumerate(scope.step.operands)}
    return sorted(arguments, key=lambda a: order.get(a.name, len(order)))


def _role(scope: Scope, node: Node, place: int, source: Node) -> str:
    if scope.step is not None:
        named = next((name for name, value in scope.step.operands if value == source.name), None)
        return named or (source.path.steps[-1].label if source.path.steps else "x")
    steps = [step.label for step in node.path.steps[len(scope.path.steps) :]]
    own = next((label for label in steps if label in ROLES), None)
    if own is not None and place == 0:
        return own
    adapted = source.path.steps[-1].label
    if adapted in ROLES:
        return adapted
    operands = () if scope.cell is None else scope.cell.operands
    return next((role for role, name in zip(ROLES, operands, strict=False) if name == source.name), "x")
