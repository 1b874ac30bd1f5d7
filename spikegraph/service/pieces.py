"""A text in pieces: it is cut where a line begins with a declaration, so that an edit changes one piece only."""

import re
from typing import NamedTuple

from spikegraph.service.outline import Outline, outline

_KINDS = "model|neuron|candidates|cell|trellis|network|genotype|path|dataset|search|retrain|profile"
_CUTS = re.compile(
    r'#[^\n]*|"[^"\n]*"|(?P<brace>[{}])'
    rf'|(?P<head>^(?:import[ \t]*"|(?:{_KINDS})[ \t]+[A-Za-z_]))'
    r"|(?P<block>^block[ \t]+[A-Za-z_])",
    re.MULTILINE,
)


class Piece(NamedTuple):
    """A part of a text.

    Attributes:
        start: Characters of the text before it.
        line: Lines of the text before it.
        text: Its characters; it begins a line.
        outline: Its structure.
    """

    start: int
    line: int
    text: str
    outline: Outline


def pieces(text: str) -> tuple[Piece, ...]:
    """The pieces of a text, of which those that were seen before aren't read again."""
    starts, depth = [0], 0
    for match in _CUTS.finditer(text):
        if match["brace"] is not None:
            depth = depth + 1 if match["brace"] == "{" else max(depth - 1, 0)
        elif match["head"] is not None or (match["block"] is not None and depth == 0):
            starts.append(match.start())
            depth = 0
    found: list[Piece] = []
    line = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = text[start:end]
        found.append(Piece(start, line, piece, outline(piece)))
        line += piece.count("\n")
    return tuple(found)
