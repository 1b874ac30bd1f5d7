"""What can't be renamed without changing what a spec means, or a file that must stay as it is."""

from collections.abc import Collection
from pathlib import Path

from spikegraph.dsl.project_folder import is_vendored
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.sample_type import AugmentError
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.source import Span
from spikegraph.dsl.vendored import LOCK
from spikegraph.program.program import Program
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.outline import RUNS
from spikegraph.service.workspace import Workspace

_DEFAULT = "lif"
"""The model of a neuron that names none."""


def refusal(workspace: Workspace, found: Found, spans: tuple[Span, ...], new: str) -> str:
    """Why a definition can't have a new name, where `spans` have the old one; empty if it can."""
    locked = next((span for span in spans if is_vendored(Path(span.file))), None)
    if locked is not None:
        return f"{locked.start} is in a package, whose files are as {LOCK} has them"
    if why := _of_importers(workspace, found, spans):
        return why
    if found.kind in ("number", "option"):
        return _of_model(workspace, found, new)
    if found.kind == "input" and (why := _of_samples(workspace, found)):
        return why
    if found.kind == "dataset" and (why := _of_data_set(workspace, found)):
        return why
    if found.kind == "model" and (why := _by_default(workspace, found, new)):
        return why
    return _taken_elsewhere(workspace, found, new) if found.definition.parent is None else ""


def _of_importers(workspace: Workspace, found: Found, spans: tuple[Span, ...]) -> str:
    """Why what a library names can't have a new name: another file that imports the library brings something else for it."""
    old, wanted = found.symbol.name, workspace.original(found).key
    for file in dict.fromkeys(span.file for span in spans):
        document = workspace.document(Path(file))
        for at, mention in () if document is None else document.mentions():
            if document is None or f"_{old}" not in f"_{mention.name}":
                continue
            meant = {workspace.original(each).key: each for each in workspace.meanings(document, at)}
            others = [each for key, each in meant.items() if key != wanted]
            if wanted in meant and others:
                where, other = document.span(at.piece, mention.token).start, others[0].symbol.span.start
                return f"`{mention.name}` at {where} is what each file that imports it brings, also that at {other}"
    return ""


def _of_samples(workspace: Workspace, found: Found) -> str:
    """Why an input can't have another name: a run gives it what its data set calls so. One input alone may have any name."""
    old, wanted = found.definition.name, workspace.original(found).key
    runs = ((document, *each) for document in workspace.documents(found.document) for each in document.nodes)
    for document, piece, node in runs:
        if node.kind not in RUNS or node.on is None:
            continue
        network = workspace.declared(document, document.text_of(piece, node.names[0]), ("network",))
        members = {} if network is None else workspace.members(network)
        inputs = [name for name, each in members.items() if each.kind == "input"]
        if old not in inputs or len(inputs) == 1 or workspace.original(members[old]).key != wanted:
            continue
        if old in _named_inputs(workspace, document, document.text_of(piece, node.on)):
            return f"`{old}` is what the data set at {document.span(piece, node.on).start} calls this input"
    return ""


def _named_inputs(workspace: Workspace, document: Document, data_set: str) -> Collection[str]:
    """The names of the inputs of a data set's samples, as far as its declaration tells them."""
    declared = Program.read(document.path, texts=workspace.texts).spec.datasets.get(data_set)
    try:
        given = None if declared is None else declared.given()
    except AugmentError:
        return ()
    return () if given is None else given.inputs


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
            if found.key in (seen.key for seen in workspace.meant(document, old, ("model",))):
                at_line = each.symbol.span.start
                return (
                    f"the neuron `{definition.name}` at {at_line} has the model `{_DEFAULT}`; write `model = {_DEFAULT}` first"
                )
    return ""


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
