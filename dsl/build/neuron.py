"""`neuron` and `candidates`."""

from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.build.values import number
from spikegraph.dsl.entries import allowed, named_entries, read_entries
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.neuron import NEURON
from spikegraph.dsl.spec import CallValue


def build_neuron(node: ast.Declaration, scope: Scope) -> tuple[spec.Neuron, ast.Declaration] | None:
    """The neuron, and its declaration with every default; None when it is wrong."""
    entries = read_entries(node.body, NEURON, "neuron", node.name.span, scope)
    if entries is None:
        return None
    values = entries.values
    surrogate = values["surrogate"]
    if not isinstance(surrogate, CallValue):
        raise TypeError("a surrogate is read as a call")
    neuron = spec.Neuron(
        name=node.name.id,
        decay=number(values["decay"]),
        threshold=number(values["threshold"]),
        reset=str(values["reset"]),
        detach_reset=bool(values["detach_reset"]),
        surrogate=surrogate,
        span=node.span,
    )
    return neuron, replace(node, body=entries.body)


def build_candidates(node: ast.Declaration, scope: Scope) -> tuple[spec.Candidates, ast.Declaration] | None:
    """The candidates in order; None when the block is wrong."""
    sound = allowed(node.body, "candidates", scope)
    entries, once = named_entries(node.body, scope)
    if not (sound and once):
        return None
    if not entries:
        scope.diagnostics.error(
            "SG0222", node.name.span, f"`{node.name.id}` has no operation", help="such as `skip = identity`"
        )
        return None
    operations: list[spec.Candidate] = []
    for name, entry in entries.items():
        stages = entry.value.stages if isinstance(entry.value, ast.Pipe) else (entry.value,)
        for stage in stages:
            if not isinstance(stage, ast.Name | ast.Call):
                scope.diagnostics.error(
                    "SG0207", stage.span, "a stage of a pipeline is an operation, such as `conv(3)` or `norm`"
                )
                sound = False
        operations.append(spec.Candidate(name, stages, entry.span))
    return (spec.Candidates(node.name.id, tuple(operations), node.span), node) if sound else None
