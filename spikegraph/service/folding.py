"""What an editor can fold: blocks in braces, long lists, and comments of several lines."""

from typing import Literal

from spikegraph.base.record import record
from spikegraph.service.document import Document
from spikegraph.service.lexer import Token


@record
class Fold:
    """Lines that fold into the first of them."""

    first: int
    last: int
    kind: Literal["region", "comment", "imports"]


def folds(document: Document) -> tuple[Fold, ...]:
    """All folds of a text, in order."""
    found: set[tuple[int, int, Literal["region", "comment", "imports"]]] = set()
    for number, piece in enumerate(document.pieces):
        opened: list[int] = []
        for i, token in enumerate(piece.outline.tokens):
            if token.text in ("{", "(", "["):
                opened.append(i)
            elif token.text in ("}", ")", "]") and opened:
                first, last = document.span(number, opened.pop()).line, document.span(number, i).line - 1
                if last > first:
                    found.add((first, last, "region"))
    found.update((first, last, "comment") for first, last in _comments(document))
    lines = [document.span(number, node.range[0]).line for number, node in document.nodes if node.kind == "import"]
    if len(lines) > 1:
        found.add((lines[0], lines[-1], "imports"))
    return tuple(Fold(*fold) for fold in sorted(found))


def _comments(document: Document) -> list[tuple[int, int]]:
    """The first and the last line of comments that have whole lines of their own, one below the other."""
    lines = [line for piece in document.pieces for line in _own_lines(document, piece.start, piece.outline.comments)]
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and found[-1][1] == line - 1:
            found[-1] = found[-1][0], line
        else:
            found.append((line, line))
    return [(first, last) for first, last in found if last > first]


def _own_lines(document: Document, start: int, comments: tuple[Token, ...]) -> list[int]:
    spans = [document.source.span(start + c.start, start + c.end) for c in comments]
    return [s.line for s in spans if not document.source.line(s.line)[: s.column - 1].strip()]
