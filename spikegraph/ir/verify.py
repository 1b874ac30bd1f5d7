"""Verification of graphs between passes."""

from collections.abc import Mapping, Sequence

from spikegraph.ir.arity import arity
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.opdef import Op
from spikegraph.ir.stage import Stage
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Value


class VerifyError(Exception):
    """A graph is invalid: a bug in a pass, not an error in the user's spec."""


def verify(graph: Graph) -> None:
    """Checks that operations are allowed at the graph's stage, and checks numbers of operands, types and outputs.

    Raises:
        VerifyError: The graph is invalid; the message lists every error with its node.
    """
    broken: list[str] = []
    values = {node.name: node.value for node in graph}
    judged: dict[tuple[int, int], tuple[str | None, bool]] = {}  # many nodes share an operation
    carrying: list[str] = []
    for node in graph:
        op, operands = node.op, node.operands
        form = (id(op), len(operands))
        if form not in judged:
            judged[form] = (_wrong(op, len(operands), graph.stage), op.traits.carries)
        why, carries = judged[form]
        if carries:
            carrying.append(node.name)
        if why is not None:
            broken.append(f"{node.name} ({node.span.start}): {why}")
            continue
        given = tuple([values.get(o) for o in operands])
        if given != node.operand_values:
            broken += _types(node, values)
    broken += [f"output {k}: node {v} is missing" for k, v in graph.outputs.items() if v not in graph]
    broken += [f"tap {k}: node {v} is missing" for k, v in graph.taps.items() if v not in graph]
    broken += _carried_problems(graph, carrying)
    if broken:
        raise VerifyError("\n".join(broken))


def carried_problems(graph: Graph) -> list[str]:
    """Errors in the list of carried values: what is missing, and types that don't follow from those of the sources."""
    return _carried_problems(graph, [node.name for node in graph if node.op.traits.carries])


def _carried_problems(graph: Graph, carrying: Sequence[str]) -> list[str]:
    other = {*carrying} ^ {name for name in graph.carried if name in graph}
    problems = [f"{n.name}: its source at the step before is missing" for n in graph if n.name in other] if other else []
    for name, source in graph.carried.items():
        if name not in graph or source not in graph:
            problems.append(f"carried {name}: node {name if name not in graph else source} is missing")
        elif graph.node(name).value != graph.carried_type(name):
            problems.append(f"{name} is {graph.node(name).value}, but {source}, its source, is {graph.node(source).value}")
    return problems


def _wrong(op: Op, operands: int, stage: Stage) -> str | None:
    """Why an operation can't be in a graph at this stage, on so many operands; None if it can."""
    if why := op.allowed_at(stage):
        return why
    least, most = arity(type(op))
    return f"`{op.name}` has {operands} operands" if operands < least or (most is not None and operands > most) else None


def _types(node: Node, values: Mapping[str, Value]) -> list[str]:
    """Errors in the operands of a node that are missing, or whose types aren't those from which its own was inferred."""
    missing = [f"{node.name} ({node.span.start}): operand {o} is missing" for o in node.operands if o not in values]
    if missing:
        return missing
    try:
        valid = node.op.infer(*[values[o] for o in node.operands]) == node.value
    except TypeRuleError as error:
        return [f"{node.name} ({node.span.start}): {error.summary}"]
    return [] if valid else [f"{node.name} ({node.span.start}): its type does not follow from its operands"]
