"""Renames what a text declares, in all files of the project."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from spikegraph.base.record import record
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.source import Span
from spikegraph.ir.opdef import OPS
from spikegraph.service.document import Document
from spikegraph.service.names import WORDS
from spikegraph.service.navigation import references
from spikegraph.service.places import Edit, Place, Symbol
from spikegraph.service.vocabulary import FORMS
from spikegraph.service.workspace import Found, Workspace

_STEPS = ("wire", "input", "block", "neuron", "candidate", "param", "trellis", "import")
"""The kinds of what gives names to weights."""

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
    pattern = next(_told_apart(workspace, document, symbol, new), None)
    if pattern is not None:
        return Renaming(refused=f"the pattern {pattern[1]} at {pattern[0].start} would mean something else; change it first")
    taken = _taken(workspace, spans, new) or _taken_by_like(workspace, document, spans, new)
    if taken is not None:
        return Renaming(refused=f"`{new}` is already declared at {taken.start}")
    return Renaming(tuple(Edit(span, new) for span in spans))


def _told_apart(workspace: Workspace, document: Document, symbol: Symbol, new: str) -> Iterator[tuple[Span, str]]:
    """The patterns in quotes of weights that have a step which means the old name or the new one, but not both."""
    for each in workspace.documents(document) if symbol.kind in _STEPS else ():
        for piece, number in each.weight_patterns:
            pattern = each.text_of(piece, number)
            steps = [step.partition("[")[0] for step in pattern.strip('"').split(".")]
            if any(_means(step, symbol.name, symbol.kind) != _means(step, new, symbol.kind) for step in steps):
                yield each.span(piece, number), pattern


def _means(step: str, name: str, kind: str) -> bool:
    """Whether a step of a pattern means a name, or a numbered one, also behind the names of imports."""
    if kind == "import":
        return f"_{name}_" in f"_{step}"
    behind = (step[k + 1 :] for k, sign in enumerate(step) if sign == "_" and kind in ("block", "neuron"))
    return any(fnmatchcase(f"{name}{number}", each) for each in (step, *behind) for number in ("", *range(2, 10)))


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
