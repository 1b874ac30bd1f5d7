"""How an open call is written."""

from spikegraph.base.record import record
from spikegraph.service import vocabulary
from spikegraph.service.cursor import Call, Cursor, cursor
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.names import CALLED
from spikegraph.service.neuron_models import changed_keys, schema
from spikegraph.service.places import Place
from spikegraph.service.vocabulary import Entry
from spikegraph.service.workspace import Workspace


@record
class Signature:
    """A call: its text, its parameters with what they mean, and the number of the one at the place; None behind the last."""

    text: str
    doc: str
    parameters: tuple[tuple[str, str], ...]
    active: int | None


def signature(workspace: Workspace, document: Document, place: Place) -> Signature | None:
    """The signature of the innermost call that is open at a place."""
    at = cursor(document, place)
    if at.comment or at.call is None:
        return None
    entry = _of_declaration(workspace, document, at, at.call) or _of_language(workspace, document, at, at.call.function)
    if entry is None:
        return None
    names = [name for name, _ in entry.parameters]
    return Signature(entry.usage, entry.doc.split("\n\n", 1)[0], entry.parameters, _active(names, at, at.call, entry))


def _active(names: list[str], at: Cursor, call: Call, entry: Entry) -> int | None:
    """The parameter at a place: by its name, or by how many arguments are before it and whether an arrow gives the first."""
    if call.name is not None:
        return names.index(call.name) if call.name in names else None
    number = call.argument + (call.piped and entry.sort in ("operation", "block"))
    return number if number < len(names) else None


def _of_language(workspace: Workspace, document: Document, at: Cursor, name: str) -> Entry | None:
    """An operation, or a call of a key's value."""
    if at.statement is not None and at.statement.kind == "entry" and at.around:
        key = document.token(at.piece, at.statement.names[0]).text
        for known in schema(workspace, document, at.piece, at.around[-1]):
            if known.name == key:
                found = next((e for e in vocabulary.values(known.type) if e.name == name), None)
                if found is not None:
                    return found
    return vocabulary.called(name)


def _of_declaration(workspace: Workspace, document: Document, at: Cursor, call: Call) -> Entry | None:
    """A block with its parameters and params, or a neuron with its keys."""
    own = (i for i, d in enumerate(document.names[at.piece].definitions) if d.kind == "block" and d.name == call.function)
    found = next((Found(document, At(at.piece, i)) for i in own), None)
    found = found or workspace.declared(document, call.function, CALLED)
    if found is None:
        return None
    symbol = found.symbol
    if symbol.kind == "neuron":
        parameters = tuple((k.name, f"{k.type.words}: {k.doc}") for k in changed_keys(workspace, found))
        return Entry(symbol.name, "neuron", f"{symbol.name}(KEY = ...)", "the neuron with other values of its keys", parameters)
    members = [found.document.symbol(each) for each in found.document.members(found.at).values()]
    operands = [(m.name, "a value") for m in members if m.kind == "parameter"]
    params = [(m.name, _default(found.document, m.whole.line)) for m in members if m.kind == "param"]
    inside = ", ".join([name for name, _ in operands] + [f"{name} = ..." for name, _ in params])
    return Entry(symbol.name, symbol.kind, f"{symbol.name}({inside})", f"{symbol.kind} `{symbol.name}`", (*operands, *params))


def _default(document: Document, line: int) -> str:
    return document.source.line(line).strip()
