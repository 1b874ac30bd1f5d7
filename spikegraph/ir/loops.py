"""The loops of a graph: operations that depend on their own results of earlier time steps."""

from collections.abc import Collection, Mapping

from spikegraph.base.errors import InputError
from spikegraph.ir.graph import MOST_ROUNDS, Graph, Node
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value


def in_loops(graph: Graph) -> Mapping[str, int]:
    """For each node that is part of a loop the loop's number; in a loop, every node depends on every other one."""
    groups = [names for names in components(graph) if is_loop(graph, names)] if graph.carried else []
    return {name: number for number, names in enumerate(groups) for name in names}


def is_loop(graph: Graph, names: Collection[str]) -> bool:
    """True for several nodes that depend on each other, and for one that depends on itself."""
    return len(names) > 1 or any(name in graph.sources(name) for name in names)


def components(graph: Graph, given: Collection[str] = ()) -> list[list[str]]:
    """The strongly connected components, each behind those that it takes values from (Tarjan, SIAM J. Comput. 1972).

    The nodes of a component are in the graph's order. Nodes in `given` are left out, with what depends on values through them.
    """
    place = {node.name: number for number, node in enumerate(graph)}
    found: list[list[str]] = []
    number, low = dict[str, int](), dict[str, int]()
    path, on_path = list[str](), set[str]()
    for root in place:
        work = [(root, iter(graph.sources(root)))] if root not in number and root not in given else []
        while work:
            name, rest = work[-1]
            if name not in number:
                number[name] = low[name] = len(number)
                path.append(name)
                on_path.add(name)
            for source in rest:
                if source in on_path:
                    low[name] = min(low[name], number[source])
                elif source not in number and source not in given:
                    work.append((source, iter(graph.sources(source))))
                    break
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == number[name]:
                    start = path.index(name)
                    found.append(sorted(path[start:], key=place.__getitem__))
                    on_path.difference_update(path[start:])
                    del path[start:]
    return found


def carried_sizes(graph: Graph, sizes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The spatial sizes of carried values for inputs of other sizes than the graph's, by node.

    Sizes follow from the inputs' by the type rules. An operand whose size isn't known yet is taken to have that of another
    operand, and the next round checks it.

    Args:
        graph: The graph.
        sizes: The sizes of the inputs by name.

    Raises:
        InputError: Operations don't fit together at these sizes, so that the sizes of carried values don't follow.
    """
    if all(graph.node(name).value.size == size for name, size in sizes.items()):
        return {name: graph.node(name).value.size for name in graph.carried}
    carried, changing = dict[str, tuple[int, ...]](), set(graph.carried)
    for _ in range(MOST_ROUNDS + len(graph.carried)):
        if not changing:
            return carried
        values, known = dict[str, Value | None](), {**sizes, **carried}
        for node in graph:
            before = values.get(graph.carried.get(node.name, ""))
            if before is not None:  # a delay behind its source has the size of this round
                known[node.name] = before.size
            values[node.name] = _resized(node, values, known)
        found = {name: value.size for name, source in graph.carried.items() if (value := values[source]) is not None}
        changing = {name for name in graph.carried if name not in found or found[name] != carried.get(name)}
        carried = found
    if not changing:
        return carried
    shown = ", ".join(f"`{name}` {list(size)}" for name, size in sizes.items())
    name = next(name for name in graph.carried if name in changing)
    raise InputError(f"the size of `{name}`, a value of the step before, doesn't follow from those of the inputs, {shown}")


def _resized(node: Node, values: Mapping[str, Value | None], known: Mapping[str, tuple[int, ...]]) -> Value | None:
    """The type of a node for known sizes of inputs and carried values; None if it isn't known."""
    if node.op.traits.source or node.op.traits.carries:
        return node.value.with_(size=known[node.name]) if node.name in known else None
    operands = [values[o] for o in node.operands]
    first = next((v for v in operands if v is not None), None)
    if first is None:
        return None
    pairs = zip(operands, node.operand_values, strict=True)
    try:
        return node.op.infer(*(v if v is not None else own.with_(size=first.size) for v, own in pairs))
    except TypeRuleError:
        return None
