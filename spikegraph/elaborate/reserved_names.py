"""Names that neurons and trellises can't have because pipelines use them for operations."""

from dataclasses import replace

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.spec import Spec
from spikegraph.ir.opdef import OPS

BUILT_IN_WORDS = ("chain", "previous", "repeat", "true", "false", "none")


def meaning(name: str) -> str | None:
    """The meaning of a reserved name: an operation or a built-in word; None for any other name."""
    if name in OPS and OPS[name].written:
        return "an operation"
    return "a built-in word" if name in BUILT_IN_WORDS else None


def check_names(spec: Spec, diagnostics: Diagnostics) -> None:
    """Add an error for each neuron and trellis with a reserved name."""
    declarations = [("neuron", record) for record in spec.neurons.values()]
    declarations += [("trellis", record) for record in spec.trellises.values()]
    for kind, record in declarations:
        reserved = meaning(record.name)
        if reserved is not None:
            span = record.span
            head = replace(span, end_line=span.line, end_column=span.column + len(kind))
            summary = f"{kind} `{record.name}` has the name of {reserved}"
            diagnostics.error("SG0319", head, summary, help=f"rename the {kind}, such as `{record.name}_{kind}`")
