"""Checks a graph between passes."""

from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.legality import illegal
from spikegraph.ir.opdef import TypeRuleError, arity


class VerifyError(Exception):
    """A graph that breaks a rule: an error of a pass, not of the user's spec."""


def verify(graph: Graph) -> None:
    """Checks legality at the graph's stage, numbers of operands, types and outputs.

    Raises:
        VerifyError: A rule is broken; the message names every broken rule with its node.
    """
    broken: list[str] = []
    for node in graph:
        why = illegal(node.op, graph.stage)
        if why:
            broken.append(f"{node.name} ({node.span.start}): {why}")
        least, most = arity(type(node.op))
        if len(node.operands) < least or (most is not None and len(node.operands) > most):
            broken.append(f"{node.name} ({node.span.start}): `{node.op.name}` has {len(node.operands)} operands")
            continue
        missing = [o for o in node.operands if o not in graph]
        broken += [f"{node.name} ({node.span.start}): there is no operand {o}" for o in missing]
        if not missing:
            broken += _types(node, graph)
    broken += [f"output {k}: there is no node {v}" for k, v in graph.outputs.items() if v not in graph]
    broken += [f"tap {k}: there is no node {v}" for k, v in graph.taps.items() if v not in graph]
    if broken:
        raise VerifyError("\n".join(broken))


def _types(node: Node, graph: Graph) -> list[str]:
    """What is wrong with the type of a node. It follows from the types that its operands had when the node was made."""
    values = graph.values(node)
    if values == node.operand_values:
        return []
    try:
        sound = node.op.infer(*values) == node.value
    except TypeRuleError as error:
        return [f"{node.name} ({node.span.start}): {error.summary}"]
    return [] if sound else [f"{node.name} ({node.span.start}): its type is not what its rule says"]
