"""Renames what a text declares, in all files of the project."""

import re

from spikegraph.base.record import record
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.source import Span
from spikegraph.ir.opdef import OPS
from spikegraph.service.document import Document
from spikegraph.service.names import WORDS
from spikegraph.service.navigation import references
from spikegraph.service.places import Edit, Place
from spikegraph.service.vocabulary import FORMS
from spikegraph.service.workspace import Found, Workspace

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@record
class Renaming:
    """The edits of a renaming, or why there is none."""

    edits: tuple[Edit, ...] = ()
    refused: str = ""


def renamable(workspace: Workspace, document: Document, place: Place) -> Span | None:
    """The name at a place, if the texts declare it."""
    found = workspace.at(document, place)
    return None if found is None else found[1]


def rename(workspace: Workspace, document: Document, place: Place, new: str) -> Renaming:
    """Renames what is at a place; refused where another thing has the name or would be meant by it."""
    found = workspace.at(document, place)
    if found is None:
        return Renaming(refused="there is no name here that a spec declares")
    symbol = found[0].symbol
    if _NAME.fullmatch(new) is None:
        return Renaming(refused=f"`{new}` is not a name: write letters, digits and `_`, a letter first")
    if new in WORDS or new == "return":
        return Renaming(refused=f"`{new}` is a word of the language")
    if new in FORMS or (new in OPS and OPS[new].written and symbol.kind in ("block", "neuron", "trellis")):
        return Renaming(refused=f"`{new}` is an operation")
    if new == symbol.name:
        return Renaming()
    spans = references(workspace, document, place)
    taken = _taken(workspace, spans, new) or _taken_by_like(workspace, document, spans, new)
    if taken is not None:
        return Renaming(refused=f"`{new}` is already declared at {taken.start}")
    return Renaming(tuple(Edit(span, new) for span in spans))


def _taken(workspace: Workspace, spans: tuple[Span, ...], new: str) -> Span | None:
    """Where a file that the renaming changes has the new name in a declaration that it changes."""
    for file in dict.fromkeys(span.file for span in spans):
        document = next((d for d in workspace.known() if str(d.path) == file), None)
        if document is None:
            continue
        pieces = {document.piece_at(document.offset(Place(s.line, s.column))) for s in spans if s.file == file}
        other = workspace.declared(document, new, (*KINDS, "block", "import"))
        if other is not None:
            return other.symbol.span
        for at, definition in document.definitions():
            if definition.name == new and (definition.parent is None or at.piece in pieces):
                return document.symbol(at).span
    return None


def _taken_by_like(workspace: Workspace, document: Document, spans: tuple[Span, ...], new: str) -> Span | None:
    """Where a network behind `like`, or one that is like a network that the renaming changes, has the new name."""
    for each in workspace.documents(document):
        changed = {each.piece_at(each.offset(Place(s.line, s.column))) for s in spans if s.file == str(each.path)}
        for at, definition in each.definitions():
            if definition.kind != "network" or definition.node.base is None:
                continue
            members = workspace.members(Found(each, at))
            if new in members and (at.piece in changed or any(m.symbol.span in spans for m in members.values())):
                return members[new].symbol.span
    return None
