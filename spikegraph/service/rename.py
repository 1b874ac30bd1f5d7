"""Renames what a text declares, in all files of the project."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

from spikegraph.base.record import record
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.models.reader import RESERVED, TAKEN
from spikegraph.dsl.parser import parse
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.ir.opdef import OPS
from spikegraph.service.document import At, Document
from spikegraph.service.names import SETTINGS, WORDS
from spikegraph.service.navigation import references
from spikegraph.service.outline import RUNS
from spikegraph.service.places import Edit, Place, Symbol
from spikegraph.service.rename_refusals import refusal
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
    """Renames what is at a place; refused where another thing has the name or would be meant by it, or it can't be a name."""
    found = workspace.at(document, place)
    if found is None:
        return Renaming(refused="there is no name here that a spec declares")
    symbol = found[0].symbol
    if _NAME.fullmatch(new) is None:
        return Renaming(refused=f"`{new}` is not a name: write letters, digits and `_`, a letter first")
    if new in (*WORDS, "return") or (new in RUNS and not symbol.within):  # `search.epochs` is a path of the run
        return Renaming(refused=f"`{new}` is a word of the language")
    owner = _owner(found[0])
    if new in SETTINGS.get(owner, ()):
        return Renaming(refused=f"`{new}` is a key of the {owner}")
    if (owner == "model" and new in RESERVED) or (symbol.kind in ("number", "option") and new in TAKEN):
        return Renaming(refused=f"`{new}` is a word of models")
    if new in FORMS or (new in OPS and OPS[new].written and symbol.kind in ("block", "neuron", "trellis", "param")):
        return Renaming(refused=f"`{new}` is an operation")
    if new == symbol.name:
        return Renaming()
    spans = references(workspace, document, place)
    refused = refusal(workspace, found[0], spans, new)
    if refused:
        return Renaming(refused=refused)
    pattern = next(_told_apart(workspace, document, symbol, new), None)
    if pattern is not None:
        return Renaming(refused=f"the pattern {pattern[1]} at {pattern[0].start} would mean something else; change it first")
    taken = _taken(workspace, spans, new) or _taken_by_like(workspace, document, spans, new)
    if taken is not None:
        return Renaming(refused=f"`{new}` is already declared at {taken.start}")
    lost = _lost(workspace, spans, new)
    if lost is not None:
        return Renaming(refused=f"`{new}` would mean something else at {lost.start}")
    return Renaming(tuple(Edit(span, new) for span in spans))


def _owner(found: Found) -> str:
    """The kind of the declaration that something is a part of; empty if there is none."""
    parent = found.definition.parent
    return "" if parent is None else Found(found.document, At(found.at.piece, parent)).kind


def _lost(workspace: Workspace, spans: tuple[Span, ...], new: str) -> Span | None:
    """The first name that would mean the renamed no longer, or only then, or that would break the syntax of its file."""
    after, moved = workspace.copy(), dict[Span, Span]()
    for file, found in groupby(spans, key=lambda span: span.file):
        here, before = list(found), workspace.document(Path(file))
        if before is None:
            return here[0]
        starts, text, behind = list[int](), "", 0
        for span in here:
            text += before.text[behind : before.offset(Place(span.line, span.column))]
            starts.append(len(text))
            text, behind = text + new, before.offset(Place(span.end_line, span.end_column))
        changed = after.open(before.path, text + before.text[behind:])
        if _errors(changed) > _errors(before):
            return here[0]
        moved.update((changed.source.span(start, start + len(new)), span) for start, span in zip(starts, here, strict=True))
    first = next(iter(moved), None)
    document = None if first is None else after.document(Path(first.file))
    kept = () if first is None or document is None else references(after, document, Place(first.line, first.column))
    lost = next((span for now, span in moved.items() if now not in kept), None)
    return lost or next((span for span in kept if span not in moved), None)


def _errors(document: Document) -> int:
    """The number of errors of syntax."""
    found = Diagnostics()
    parse(SourceFile("", document.text), found)
    return len(tuple(found))


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
