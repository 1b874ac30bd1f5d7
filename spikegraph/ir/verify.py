"""Checks a graph between passes."""

from spikegraph.ir.graph import Graph
from spikegraph.ir.legality import illegal
from spikegraph.ir.opdef import arity


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
        elif node.op.infer(*graph.values(node)) != node.value:
            broken.append(f"{node.name} ({node.span.start}): its type is not what its rule says")
    broken += [f"output {k}: there is no node {v}" for k, v in graph.outputs.items() if v not in graph]
    broken += [f"tap {k}: there is no node {v}" for k, v in graph.taps.items() if v not in graph]
    if broken:
        raise VerifyError("\n".join(broken))
