"""The page of a neuron model that `spikegraph ops NAME` prints."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.dsl.schema.neuron_models import ModelSignature
    from spikegraph.equations.model import Model

OVER_TIME = 4
"""Time steps of the example of a model over time, whose cost depends on them."""


def text_of(signature: "ModelSignature") -> "Model | None":
    """The model as text; None for one whose equations a plug-in registers for each backend."""
    from spikegraph.dsl.models.library import library, library_model  # noqa: PLC0415 (slow to import)

    if signature.model is not None:
        return signature.model
    return library_model(signature.name) if signature.name in library() else None


def as_object(signature: "ModelSignature") -> dict[str, Any]:
    """A neuron model as JSON."""
    model = text_of(signature)
    plain = None if model is None else model.plain
    return {
        "name": signature.name,
        "summary": signature.doc,
        "source": signature.source,
        "keys": list(signature.keys),
        "parameters": [{"name": k.name, "type": k.type.words, "default": k.default} for k in signature.parameters],
        "inputs": ["I"] if model is None else list(model.inputs),
        "states": [] if plain is None else [state.name for state in plain.states],
        "text": None if model is None else model.text,
        "operations_of_a_step": counts(signature),
    }


def page(signature: "ModelSignature", width: int | None = None) -> str:
    """A model's page: what it is, its text, numbers and options, what it costs, and its source."""
    from spikegraph.dsl.schema.neuron import Neuron  # noqa: PLC0415 (slow to import)
    from spikegraph.dsl.schema.neuron_models import written_number  # noqa: PLC0415
    from spikegraph.dsl.schema.record import keys  # noqa: PLC0415

    model = text_of(signature)
    parts = [
        f"neuron NAME {{ model = {signature.text} }}",
        "",
        signature.doc + (f" ({signature.source})" if signature.source else ""),
    ]
    parts += ["", signature.equation.replace("; ", "\n") if model is None else model.text.rstrip()]
    numbers = {} if model is None else {n.name: n for n in model.numbers}
    rows = [(k.name, k.type.words, k.default or "", "model") for k in signature.parameters]
    own = {key.name: key for key in keys(Neuron)}
    rows += [(n, own[n].type.words, written_number(numbers[n]), "neuron") for n in signature.keys if n in numbers]
    if rows:
        parts += ["", table([("number or option", "value", "default", "key of"), *rows]).rstrip()]
    if model is not None and model.plain.states:
        parts += ["", "states: " + ", ".join(state.name for state in model.plain.states)]
    parts += ["", "keys of the neuron: " + (", ".join(signature.keys) or "none")]
    found = ", ".join(
        f"{count} {name if count > 1 else name.removesuffix('s')}" for name, count in counts(signature).items() if count
    )
    over = f", of {OVER_TIME} time steps" if model is not None and model.over_time else ""
    parts += ["", f"one neuron at one time step{over}: {found or 'unknown'}"]
    return "\n".join(parts)


def counts(signature: "ModelSignature") -> dict[str, int]:
    """What one neuron with the model's defaults computes in a time step, by the sort of operation; empty if unknown."""
    from spikegraph.dsl.diagnostics import Diagnostics  # noqa: PLC0415 (slow to import)
    from spikegraph.elaborate.declared_neurons import declared  # noqa: PLC0415
    from spikegraph.ir.neuron_updates import update_of  # noqa: PLC0415
    from spikegraph.program.program import Program  # noqa: PLC0415

    spec = Program.of_text(f"sdhs 1\nneuron example {{ model = {signature.name} }}\n", "example").spec
    update = update_of(declared(spec, Diagnostics())["example"], OVER_TIME)
    return {} if update is None else asdict(update)
