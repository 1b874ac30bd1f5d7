"""The paths of values that a profile or `--set PATH=VALUE` can change."""

from collections.abc import Iterator, Mapping
from itertools import product

from spikegraph.service import vocabulary
from spikegraph.service.document import Document
from spikegraph.service.found import Found
from spikegraph.service.outline import RUNS, Node
from spikegraph.service.workspace import Workspace

_KINDS = ("neuron", "candidates", "cell", "trellis", "network", "dataset", "block")

_OVERRIDDEN: Mapping[str, tuple[str, ...]] = {"network": ("param", "block"), "block": ("param",), "candidates": ("candidate",)}
"""The parts of a declaration that a path names."""

_DGS = "the search of surrogates"

_PARENTS = (*_KINDS, _DGS)
"""What has no value of its own, but parts that have one."""

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
    if ("import", path[0]) in document.declared and not path[1:]:
        prefix = f"{path[0]}_"
        heads = _heads(workspace, document)
        yield from ((name.removeprefix(prefix), kind) for name, kind in heads if name.startswith(prefix))
    for found in declarations(workspace, document, path):
        yield from _of_declaration(workspace, found)


def declarations(workspace: Workspace, document: Document, path: tuple[str, ...]) -> Iterator[Found]:
    """The declarations that a path names, and parts of them that have parts; a name may mean several, of different kinds."""
    readings = [path]
    if ("import", path[0]) in document.declared and path[1:]:
        readings.append((f"{path[0]}_{path[1]}", *path[2:]))
    for (first, *rest), kind in product(readings, _KINDS):
        found = workspace.declared(document, first, (kind,))
        for name in rest:
            found = None if found is None else workspace.members(found).get(name)
        if found is not None:
            yield found


def owners(workspace: Workspace, document: Document, path: tuple[str, ...]) -> Iterator[tuple[Document, int, Node]]:
    """Whose keys may follow a path: runs, and declarations, each with the document and the piece that have it."""
    for number, node in document.nodes if path[0] in RUNS else ():
        if node.kind == path[0]:
            inner = [node] if not path[1:] else [each for each in node.body if path[1:] == (each.kind,) == ("dgs",)]
            yield from ((document, number, each) for each in inner)
    for found in declarations(workspace, document, path):
        yield found.document, found.at.piece, found.definition.node


def set_paths(workspace: Workspace, document: Document) -> tuple[str, ...]:
    """All paths of two parts that have a value, such as `stereo.C` and `search.epochs`, sorted."""
    known = ((head, *part) for head, _ in _heads(workspace, document) for part in after(workspace, document, (head,)))
    return tuple(sorted({f"{head}.{key}" for head, key, what in known if what not in _PARENTS}))


def _heads(workspace: Workspace, document: Document) -> Parts:
    for _, node in document.nodes:
        if node.kind in RUNS:
            yield node.kind, "run"
    for name, found in workspace.visible(document):
        if found.definition.kind in _KINDS:
            yield name, found.definition.kind


def _of_run(workspace: Workspace, document: Document, piece: int, node: Node, rest: tuple[str, ...]) -> Parts:
    if rest:
        inner = next((n for n in node.body if n.kind == "dgs" and rest == ("dgs",)), None)
        yield from () if inner is None else ((k.name, k.doc) for k in vocabulary.schema(document, piece, inner))
        return
    yield from ((key.name, key.doc) for key in vocabulary.schema(document, piece, node))
    if any(n.kind == "dgs" for n in node.body):
        yield "dgs", _DGS
    network = workspace.declared(document, document.token(piece, node.names[0]).text, ("network",))
    if network is not None:
        yield from _parts(workspace, network, ("param",))


def _parts(workspace: Workspace, owner: Found, kinds: tuple[str, ...]) -> Parts:
    for found in workspace.members(owner).values():
        symbol = found.symbol
        if symbol.kind in kinds:
            yield symbol.name, symbol.kind


def _of_declaration(workspace: Workspace, found: Found) -> Parts:
    document, definition = found.document, found.definition
    yield from ((key.name, key.doc) for key in vocabulary.schema(document, found.at.piece, definition.node))
    yield from _parts(workspace, found, _OVERRIDDEN.get(definition.kind, ()))
