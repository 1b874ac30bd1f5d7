"""The order of a network's wires, where `like` replaced some: each behind those that it uses."""

import heapq
from collections.abc import Iterator

from spikegraph.dsl import ast
from spikegraph.dsl.traversal import Node, children

_LATER = "previous"
"""The operation whose operands may be defined later."""


def in_order(body: tuple[ast.Statement, ...]) -> tuple[ast.Statement, ...]:
    """The statements with every wire behind the wires that it uses; otherwise their order stays.

    So a base's output can take a wire that the network adds. Wires that use each other in a circle stay where they are.
    """
    places = [i for i, statement in enumerate(body) if _name(statement) is not None]
    of_name = {_name(body[i]): i for i in places}
    waiting = {i: {of_name[name] for name in _used(body[i]) if name in of_name} - {i} for i in places}
    users: dict[int, list[int]] = {}
    for i, used in waiting.items():
        for j in used:
            users.setdefault(j, []).append(i)
    ready = [i for i in places if not waiting[i]]
    order: list[int] = []
    while ready:
        first = heapq.heappop(ready)
        order.append(first)
        for user in users.get(first, ()):
            waiting[user].discard(first)
            if not waiting[user]:
                heapq.heappush(ready, user)
    done = set(order)
    order += [i for i in places if i not in done]
    found = list(body)
    for place, i in zip(places, order, strict=True):
        found[place] = body[i]
    return tuple(found)


def _name(statement: ast.Statement) -> str | None:
    match statement:
        case ast.Entry(ast.Name(name)) | ast.Output(ast.Name(name)):
            return name
        case _:
            return None


def _used(statement: ast.Statement) -> Iterator[str]:
    """The names of values that a wire uses; words of parameters may be among them."""
    stack: list[Node] = [statement.value] if isinstance(statement, ast.Entry | ast.Output) else []
    while stack:
        match stack.pop():
            case ast.Name(name):
                yield name
            case ast.Call(ast.Name(name)) if name == _LATER:
                pass
            case ast.Pipe((first, *rest)):
                stack += [first, *(stage for stage in rest if not isinstance(stage, ast.Name))]
            case node:
                stack += children(node)
