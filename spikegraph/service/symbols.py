"""The declarations of a text as a tree, and those of a project by name."""

from spikegraph.base.record import record
from spikegraph.dsl.source import Span
from spikegraph.service.document import Document
from spikegraph.service.outline import RUNS, Node
from spikegraph.service.places import Symbol
from spikegraph.service.workspace import Workspace

MOST = 500
"""Most symbols of a project that are listed."""

_INSIDE = ("param", "input", "output", "block", "dgs", "number", "weights", "option", "state")


@record
class Entry:
    """A declaration or a part of one: `name` as an outline shows it, the place of the name, and all of it."""

    name: str
    kind: str
    span: Span
    whole: Span
    inside: "tuple[Entry, ...]" = ()


def symbols(document: Document) -> tuple[Entry, ...]:
    """The declarations of a text in order, with their parts."""
    return tuple(_entry(document, number, node) for number, node in document.nodes if node.kind not in ("version", "import"))


def project_symbols(workspace: Workspace, near: Document, query: str) -> tuple[Symbol, ...]:
    """The declarations in a project's folder whose names have the letters of a text in order, whatever their case."""
    found: list[Symbol] = []
    for document in workspace.documents(near):
        found += [document.symbol(at) for _, at in document.declared.items() if _matches(query, document, at.piece, at.number)]
    return tuple(sorted(found, key=lambda s: (s.span.file, s.span.line)))[:MOST]


def _matches(query: str, document: Document, piece: int, number: int) -> bool:
    letters = iter(document.names[piece].definitions[number].name.lower())
    return all(letter in letters for letter in query.lower())


def _entry(document: Document, piece: int, node: Node) -> Entry:
    first = node.names[0] if node.names else node.range[0]
    name = (
        ", ".join(document.token(piece, i).text for i in node.names) if node.kind == "input" else _name(document, piece, node)
    )
    kind = "wire" if node.kind == "entry" else node.kind
    inside = tuple(_entry(document, piece, n) for n in node.body if n.kind in _INSIDE or _is_part(document, piece, node, n))
    return Entry(name, kind, document.span(piece, first), document.span(piece, *node.range), inside)


def _is_part(document: Document, piece: int, node: Node, inner: Node) -> bool:
    """Whether an entry declares something: a wire or a candidate."""
    if inner.kind != "entry" or len(inner.names) != 1:
        return False
    keys = ("time", "neuron", "weights")
    wire = node.kind in ("network", "block") and document.token(piece, inner.names[0]).text not in keys
    return wire or node.kind in ("candidates", "model", "genotype")


def _name(document: Document, piece: int, node: Node) -> str:
    if node.kind == "dgs":
        return "dgs"
    name = ".".join(document.token(piece, i).text for i in node.names)
    return f"{node.kind} {name}" if node.kind in (*RUNS, "path", "genotype") else name
