"""The models of neurons that a text can name, and the keys that a neuron has with its model."""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from functools import lru_cache
from typing import cast

from spikegraph.dsl.models.texts import model_of
from spikegraph.dsl.schema.calls import CallOf, Signature
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.neuron_models import MODEL, NEURON_MODELS, ModelSignature, signature_of
from spikegraph.dsl.schema.record import keys
from spikegraph.service import vocabulary
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.outline import Node
from spikegraph.service.workspace import Workspace


def model_named(workspace: Workspace, document: Document, name: str) -> ModelSignature | None:
    """The model that a name means in a document; None if there is none, or if its text isn't sound."""
    found = workspace.declared(document, name, ("model",))
    return NEURON_MODELS.get(name) if found is None else _declared(found, name)


def of_neuron(workspace: Workspace, neuron: Found) -> ModelSignature | None:
    """The model of a neuron; None if it isn't known."""
    return model_named(workspace, neuron.document, workspace.model_name(neuron))


def neuron_keys(workspace: Workspace, neuron: Found) -> tuple[Key[object], ...]:
    """The keys that a neuron has, with the types and defaults of its model; all keys where the model isn't known."""
    model, known = of_neuron(workspace, neuron), _models(workspace, neuron.document)
    first = (replace(key, type=CallOf(MODEL.what, known)) if key.type == MODEL else key for key in keys(Neuron))
    if model is None:
        return tuple(first)
    return tuple(_of_model(key, model) for key in first if key.name in ("model", *model.keys))


def changed_keys(workspace: Workspace, neuron: Found) -> tuple[Key[object], ...]:
    """What a use of a neuron can change: its keys, and the numbers and options of its model."""
    model = of_neuron(workspace, neuron)
    own = () if model is None else model.parameters
    return (*(key for key in neuron_keys(workspace, neuron) if key.name != "model"), *own)


def schema(workspace: Workspace, document: Document, piece: int, node: Node) -> tuple[Key[object], ...]:
    """The keys that a declaration can have; those of a neuron are its model's."""
    definitions = document.names[piece].definitions if node.kind == "neuron" else ()
    number = next((i for i, definition in enumerate(definitions) if definition.node is node), None)
    if number is None:
        return vocabulary.schema(document, piece, node)
    return neuron_keys(workspace, Found(document, At(piece, number)))


def _of_model(key: Key[object], model: ModelSignature) -> Key[object]:
    type_, default = model.types.get(key.name, key.type), model.defaults.get(key.name, key.default)
    return replace(key, type=type_, default=default)


def _models(workspace: Workspace, document: Document) -> Mapping[str, Signature]:
    """All models by name: those that texts declare, before the registered ones."""
    found = {name: _declared(each, name) for name, each in workspace.visible(document) if each.kind == "model"}
    own: dict[str, Signature] = {name: model for name, model in found.items() if model is not None}
    return ChainMap(own, cast("MutableMapping[str, Signature]", NEURON_MODELS))


def _declared(found: Found, name: str) -> ModelSignature | None:
    """The signature of a declared model under a name."""
    whole, source = found.symbol.whole, found.document.source
    text = source.text[source.offset(whole.line, whole.column) : source.offset(whole.end_line, whole.end_column)]
    signature = _signature(text)
    return None if signature is None else replace(signature, name=name)


@lru_cache(256)
def _signature(text: str) -> ModelSignature | None:
    try:
        return replace(signature_of(model_of(text)), doc="a model that the spec declares")
    except ValueError:
        return None
