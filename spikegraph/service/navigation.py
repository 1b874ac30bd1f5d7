"""Where names are declared and used."""

from collections.abc import Iterator

from spikegraph.dsl.source import Span
from spikegraph.service.document import At, Document
from spikegraph.service.found import Found
from spikegraph.service.places import Place, Symbol
from spikegraph.service.workspace import Workspace


def definition(workspace: Workspace, document: Document, place: Place) -> Symbol | None:
    """What the name at a place means; an imported file for the path of an import."""
    found = workspace.at(document, place)
    if found is not None:
        return found[0].symbol
    token = document.token_at(document.offset(place))
    if token is None or document.token(*token).kind != "text":
        return None
    text = document.token(*token).text.strip('"')
    if text not in {written for written, _ in document.imports}:
        return None
    target = workspace.target(document, text)
    if target is None or workspace.document(target) is None:
        return None
    first = Span(str(target), 1, 1, 1, 1)
    return Symbol("file", text, first, first)


def references(workspace: Workspace, document: Document, place: Place, *, declaration: bool = True) -> tuple[Span, ...]:
    """All places in the project's folder that name what is at a place, in the order of files and lines."""
    found = workspace.at(document, place)
    return () if found is None else tuple(sorted(_uses(workspace, found[0], workspace.documents(document), declaration)))


def highlights(workspace: Workspace, document: Document, place: Place) -> tuple[Span, ...]:
    """As `references`, in one document."""
    found = workspace.at(document, place)
    return () if found is None else tuple(sorted(_uses(workspace, found[0], [document], True)))


def uses_in(workspace: Workspace, document: Document) -> dict[At, int]:
    """How often a document mentions each of its definitions."""
    counts: dict[At, int] = {}
    for at, _ in document.mentions():
        meant = workspace.meaning(document, at)
        if meant is not None and meant.document is document:
            counts[meant.at] = counts.get(meant.at, 0) + 1
    return counts


def _uses(
    workspace: Workspace, found: Found, documents: "Iterator[Document] | list[Document]", declaration: bool
) -> Iterator[Span]:
    """The places; what takes the place of a definition behind `like` has its name too."""
    name, wanted = found.symbol.name, workspace.original(found).key
    for document in documents:
        if name not in document.text:
            continue
        for at, definition in document.definitions() if declaration else ():
            if definition.name == name and workspace.original(Found(document, at)).key == wanted:
                yield document.symbol(at).span
        for at, mention in document.mentions():
            if f"_{name}" in f"_{mention.name}":
                meant = workspace.named(document, at)
                yield from (span for span, each in meant if workspace.original(each).key == wanted)
