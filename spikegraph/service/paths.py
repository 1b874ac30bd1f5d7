"""The paths of values that a profile or `--set PATH=VALUE` can change."""

from collections.abc import Iterator

from spikegraph.service import vocabulary
from spikegraph.service.document import At, Document
from spikegraph.service.outline import RUNS, Node
from spikegraph.service.workspace import Found, Workspace

_KINDS = ("neuron", "candidates", "cell", "trellis", "network", "dataset", "block")

Parts = Iterator[tuple[str, str]]
"""The next parts of a path, each with what it is."""


def after(workspace: Workspace, document: Document, path: tuple[str, ...]) -> Parts:
    """What may follow the first parts of a path; with none the declarations and runs."""
    if not path:
        yield from _heads(workspace, document)
        return
    for number, node in document.nodes if path[0] in RUNS else ():
        if node.kind == path[0]:
            yield from _of_run(workspace, document, number, node, path[1:])
    found = workspace.declared(document, path[0], _KINDS)
    for name in path[1:]:
        at = None if found is None else found.document.members(found.at).get(name)
        found = None if found is None or at is None else Found(found.document, at)
    if found is not None:
        yield from _of_declaration(found)


def set_paths(workspace: Workspace, document: Document) -> tuple[str, ...]:
    """All paths of two parts, such as `stereo.C` and `search.epochs`, sorted."""
    heads = list(_heads(workspace, document))
    return tuple(sorted({f"{head}.{key}" for head, _ in heads for key, _ in after(workspace, document, (head,))}))


def _heads(workspace: Workspace, document: Document) -> Parts:
    for _, node in document.nodes:
        if node.kind in RUNS:
            yield node.kind, "run"
    for other in workspace.imported(document):
        for kind, name in other.declared:
            if kind in _KINDS:
                yield name, kind


def _of_run(workspace: Workspace, document: Document, piece: int, node: Node, rest: tuple[str, ...]) -> Parts:
    if rest:
        inner = next((n for n in node.body if n.kind == "dgs" and rest == ("dgs",)), None)
        yield from () if inner is None else ((k.name, k.doc) for k in vocabulary.schema(document, piece, inner))
        return
    yield from ((key.name, key.doc) for key in vocabulary.schema(document, piece, node))
    if any(n.kind == "dgs" for n in node.body):
        yield "dgs", "the search of surrogates"
    network = workspace.declared(document, document.token(piece, node.names[0]).text, ("network",))
    if network is not None:
        yield from _params(network)


def _params(owner: Found) -> Parts:
    for at in owner.document.members(owner.at).values():
        symbol = owner.document.symbol(at)
        if symbol.kind in ("param", "block", "candidate"):
            yield symbol.name, symbol.kind


def _of_declaration(found: Found) -> Parts:
    document, at = found
    definition = document.names[at.piece].definitions[at.number]
    yield from ((key.name, key.doc) for key in vocabulary.schema(document, at.piece, _whole(document, at)))
    yield from _params(found) if definition.kind in ("network", "block", "candidates") else ()


def _whole(document: Document, at: At) -> Node:
    return document.names[at.piece].definitions[at.number].node
