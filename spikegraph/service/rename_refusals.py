"""What can't be renamed without changing what a spec means, or a file that must stay as it is."""

import os
from collections.abc import Iterable
from pathlib import Path

from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.source import Span
from spikegraph.dsl.vendored import LOCK, package_of
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.workspace import Workspace

_DEFAULT = "lif"
"""The model of a neuron that names none."""


def refusal(workspace: Workspace, found: Found, spans: Iterable[Span], new: str) -> str:
    """Why a definition can't have a new name, where `spans` have the old one; empty if it can."""
    locked = next((span for span in spans if package_of(*_real(workspace, span)) is not None), None)
    if locked is not None:
        return f"{locked.start} is in a package, whose files are as {LOCK} has them"
    if found.kind in ("number", "option"):
        return _of_model(workspace, found, new)
    if found.kind == "dataset" and (why := _of_data_set(workspace, found)):
        return why
    if found.kind == "model" and (why := _by_default(workspace, found, new)):
        return why
    return _taken_elsewhere(workspace, found, new) if found.definition.parent is None else ""


def _of_data_set(workspace: Workspace, found: Found) -> str:
    """Why a data set can't have another name: its own one is its source."""
    old = found.definition.name
    bases = [each.definition.name for each in workspace.family(found)][1:]
    if old not in SOURCES or workspace.value(found, "source")[1] or any(base in SOURCES for base in bases):
        return ""
    return f"`{old}` is the source of the data set too; write `source = {old}` first"


def _by_default(workspace: Workspace, found: Found, new: str) -> str:
    """Why a model can't have a new name: a neuron without `model` has the one that is called `lif`."""
    old = found.definition.name
    for document in workspace.documents(found.document) if _DEFAULT in (old, new) else ():
        for at, definition in document.definitions():
            each = Found(document, at)
            if definition.kind != "neuron" or workspace.value(each, "model")[1]:
                continue
            seen = workspace.declared(document, old, ("model",))
            if seen is not None and seen.key == found.key:
                at_line = each.symbol.span.start
                return (
                    f"the neuron `{definition.name}` at {at_line} has the model `{_DEFAULT}`; write `model = {_DEFAULT}` first"
                )
    return ""


def _real(workspace: Workspace, span: Span) -> tuple[Path, Path]:
    """The project's folder of a file, and the file."""
    return workspace.root(Path(span.file)), Path(os.path.realpath(span.file))


def _of_model(workspace: Workspace, found: Found, new: str) -> str:
    """Why a number or an option of a model can't have a new name."""
    old = found.definition.name
    known = {key.name for key in keys(Neuron)}
    key = old if old in known else new if new in known else ""
    if key:
        return f"`{key}` is a key of neurons: with another name of this {found.kind} they would have other keys"
    for document in workspace.documents(found.document):
        for at, mention in document.mentions():
            if mention.name == old and mention.kinds == ("param",) and mention.owner is not None:
                owner = workspace.meaning(document, At(at.piece, mention.owner))
                if owner is not None and owner.kind == "param":  # a neuron that its user chooses
                    return f"`{old}` at {document.span(at.piece, mention.token).start} may be this {found.kind}"
    return ""


def _taken_elsewhere(workspace: Workspace, found: Found, new: str) -> str:
    """Why a declaration can't have a new name: a file that imports it has another one with that name."""
    for document in workspace.documents(found.document):
        if found.document.path not in {space.path for space in workspace.imported(document, named=True)}:
            continue
        for before in _prefixes(workspace, document, found):
            other = workspace.declared(document, before + new, (*KINDS, "block", "import"))
            if other is not None:
                return f"`{before}{new}` is already declared at {other.symbol.span.start}"
    return ""


def _prefixes(workspace: Workspace, document: Document, found: Found) -> list[str]:
    """What stands before the name of a declaration in a document, for each way in which that knows it."""
    name = found.definition.name
    return [known.removesuffix(name) for known, each in workspace.visible(document) if each.key == found.key]
