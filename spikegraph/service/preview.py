"""The picture that belongs to a place in a text: the cell, the trellis or the network around it."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import get_args

from spikegraph.backends.graphviz.render import Level
from spikegraph.base.errors import NotThereError, UserError
from spikegraph.base.record import record
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.dsl.shown import counted
from spikegraph.service.diagrams import as_svg, diagram
from spikegraph.service.document import Document
from spikegraph.service.outline import Node
from spikegraph.service.places import Place, contains
from spikegraph.service.workspace import Workspace

LEVELS: tuple[Level, ...] = get_args(Level)

_LEVELS: Mapping[str, Level] = {
    "cell": "cell",
    "candidates": "cell",
    "genotype": "cell",
    "trellis": "trellis",
    "path": "trellis",
    "block": "network",
}
"""What is drawn for a declaration; for all others it is the network."""

_NAMED = ("cell", "trellis", "path", "block")
"""Declarations that are drawn alone, or opened in the picture of the network."""

_WIRES = ("entry", "output", "input")
_NODE = re.compile(r'<g id="(?P<id>\w+)" class="node">\s*<title>(?P<name>[^<]*)</title>')
_USE = re.compile(r"@[^.\[]*|\[[^\]]*\]")


@record
class Subject:
    """What a picture shows.

    Attributes:
        level: The level that is drawn.
        name: The cell or trellis that is drawn, or the block that is opened in the network; empty for all and none.
    """

    level: Level
    name: str = ""


@record
class Picture:
    """A picture, or why there is none.

    Attributes:
        title: What it shows, for people.
        svg: The picture; empty if there is none.
        reason: Why there is none.
    """

    title: str
    svg: str = ""
    reason: str = ""


def subject(workspace: Workspace, document: Document, place: Place, level: Level | None = None) -> Subject:
    """What is drawn for a place: `level`, or the level of the declaration around the place."""
    around = list(_around(document, place))
    kind, name = next(((kind, name) for kind, name, _ in reversed(around) if kind in _LEVELS), ("network", ""))
    found = "network" if kind == "genotype" and _of_network(workspace, document, name) else _LEVELS.get(kind, "network")
    return Subject(level or found, name if kind in _NAMED and level in (None, found) else "")


def _of_network(workspace: Workspace, document: Document, name: str) -> bool:
    """Whether a genotype is that of a network."""
    named = (document.span(piece, node.names[0]) for piece, node in document.nodes if node.kind == "genotype" and node.names)
    spans = (span for span in named if document.source.line(span.line)[span.column - 1 : span.end_column - 1] == name)
    found = next((workspace.at(document, Place(span.line, span.column)) for span in spans), None)
    return found is not None and found[0].kind == "network"


def picture(path: Path, texts: Mapping[Path, str], wanted: Subject, *, dark: bool = False) -> Picture:
    """The picture of a subject; `texts` are those of open files by their real path."""
    title = f"{wanted.level} {wanted.name}".strip()
    try:
        if wanted.level != "network":
            only = (wanted.name,) if wanted.name else ()
            return Picture(title, as_svg(diagram(path, texts, wanted.level, only=only, dark=dark)))
        title, source = _network(path, texts, wanted.name, dark=dark)
        return Picture(title, as_svg(source))
    except SpecError as error:
        return Picture(title, reason=_first(error))
    except UserError as error:
        return Picture(title, reason=str(error))


def _network(path: Path, texts: Mapping[Path, str], block: str, *, dark: bool) -> tuple[str, str]:
    """Title and DOT of the network, in which a block is opened if it has one of this name with several layers."""
    if block:
        try:
            return f"network, block {block} opened", diagram(path, texts, expand=(block,), dark=dark)
        except NotThereError:
            pass  # it isn't used, or is a single layer
    return "network", diagram(path, texts, dark=dark)


def _first(error: SpecError) -> str:
    """The first error of a spec with its line, and how many others there are."""
    first, *others = [found for found in error.diagnostics if found.severity == "error"]
    more = f" (and {counted(len(others), 'other error')})" if others else ""
    return f"{Path(first.span.file).name}, line {first.span.line}: {first.summary}{more}"


def marks(svg: str, document: Document, place: Place) -> tuple[str, ...]:
    """The ids of the elements of a picture of the network that draw the wire of the statement at a place."""
    wires = {name for kind, _, names in _around(document, place) if kind in _WIRES for name in names}
    inside = any(kind == "block" for kind, _, _ in _around(document, place))
    found: list[str] = []
    for match in _NODE.finditer(svg):
        steps = _USE.sub("", unescape(match["name"])).split(".")
        if wires.intersection(steps[1:] if inside else steps[:1]):
            found.append(match["id"])
    return tuple(found)


def _around(document: Document, place: Place) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Declarations and statements around a place, outermost first: kind, name, and all names that they give."""
    number = document.piece_at(document.offset(place))
    for node in document.pieces[number].outline.nodes:
        yield from _inside(document, number, node, place)


def _inside(document: Document, piece: int, node: Node, place: Place) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    span, unclosed = document.span(piece, *node.range), node.braces is not None and node.braces[1] is None
    if contains(span, place) or (unclosed and (span.line, span.column) <= (place.line, place.column)):
        names = tuple(document.token(piece, i).text for i in node.names)
        yield node.kind, names[0] if names else "", names
        for inner in node.body:
            yield from _inside(document, piece, inner, place)
