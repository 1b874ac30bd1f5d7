"""A text with its structure: tokens, declarations and names, with places in the file."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from spikegraph.base.record import record
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.service.lexer import Token
from spikegraph.service.mentions import Definition, Mention
from spikegraph.service.names import WEIGHTS, Names, names
from spikegraph.service.outline import RUNS, Node
from spikegraph.service.pieces import Piece, pieces
from spikegraph.service.places import Place, Symbol


class At(NamedTuple):
    """A definition or a mention of a document: its piece, and its number there."""

    piece: int
    number: int


@record
class Document:
    """The text of a file, also of one that isn't saved yet. What is derived from it is made when it is first needed."""

    path: Path
    text: str

    @cached_property
    def source(self) -> SourceFile:
        """The text with its path, for places."""
        return SourceFile(str(self.path), self.text)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The text where it is cut."""
        return pieces(self.text)

    @cached_property
    def names(self) -> tuple[Names, ...]:
        """What each piece declares and mentions."""
        return tuple(names(piece.text) for piece in self.pieces)

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def offset(self, place: Place) -> int:
        """Characters before a place; one behind the text is its end."""
        return self.source.offset(max(place.line, 1), max(place.column, 1))

    def piece_at(self, offset: int) -> int:
        """The number of the piece with a character."""
        return bisect_right(self._starts, offset) - 1

    def token_at(self, offset: int) -> tuple[int, int] | None:
        """Piece and number of the token at an offset, or that ends there; a name before a sign."""
        number = self.piece_at(offset)
        found: tuple[int, int] | None = None
        for at in (number - 1, number) if number > 0 and self._starts[number] == offset else (number,):
            piece = self.pieces[at]
            tokens = piece.outline.tokens
            i = bisect_right(tokens, offset - piece.start, key=lambda t: t.start) - 1
            for j in (i - 1, i):
                if 0 <= j < len(tokens) and tokens[j].start <= offset - piece.start <= tokens[j].end:
                    better = found is None or self.token(*found).kind == "sign" or tokens[j].kind == "name"
                    found = (at, j) if better else found
        return found

    def token(self, piece: int, number: int) -> Token:
        """A token."""
        return self.pieces[piece].outline.tokens[number]

    def text_of(self, piece: int, number: int) -> str:
        """The text of a token; empty behind the last one."""
        tokens = self.pieces[piece].outline.tokens
        return tokens[number].text if number < len(tokens) else ""

    def span(self, piece: int, first: int, behind: int | None = None) -> Span:
        """The span of a token, or of those up to one that isn't part of it."""
        tokens, start = self.pieces[piece].outline.tokens, self.pieces[piece].start
        last = first if behind is None else max(behind - 1, first)
        return self.source.span(start + tokens[first].start, start + tokens[last].end)

    def definitions(self) -> Iterator[tuple[At, Definition]]:
        """All definitions in order."""
        for number, found in enumerate(self.names):
            for i, definition in enumerate(found.definitions):
                yield At(number, i), definition

    def mentions(self) -> Iterator[tuple[At, Mention]]:
        """All mentions in order."""
        for number, found in enumerate(self.names):
            for i, mention in enumerate(found.mentions):
                yield At(number, i), mention

    @cached_property
    def declared(self) -> dict[tuple[str, str], At]:
        """The declarations by kind and name, the first of each; those of `profile`, `search` and `retrain` included."""
        found: dict[tuple[str, str], At] = {}
        for at, definition in self.definitions():
            if definition.parent is None:
                found.setdefault((definition.kind, definition.name), at)
        return found

    @cached_property
    def nodes(self) -> tuple[tuple[int, Node], ...]:
        """The declarations in order, each with its piece."""
        return tuple((number, node) for number, piece in enumerate(self.pieces) for node in piece.outline.nodes)

    @cached_property
    def imports(self) -> tuple[tuple[str, str | None], ...]:
        """The paths of imports, as they are written, each with its name if it has one."""
        found: list[tuple[str, str | None]] = []
        for number, node in self.nodes:
            if node.kind == "import":
                name = self.token(number, node.names[0]).text if node.names else None
                found.append((self.token(number, node.value[0]).text.strip('"'), name))
        return tuple(found)

    @cached_property
    def weight_patterns(self) -> tuple[tuple[int, int], ...]:
        """The piece and token of each pattern of weights in quotes, in runs and profiles."""
        entries = (
            (piece, entry)
            for piece, node in self.nodes
            if node.kind in (*RUNS, "profile")
            for entry in node.body
            if entry.names
        )
        return tuple(
            (piece, i)
            for piece, entry in entries
            if self.text_of(piece, entry.names[-1]) in WEIGHTS
            for i in range(*entry.value)
            if self.token(piece, i).kind == "text"
        )

    def symbol(self, at: At) -> Symbol:
        """A definition as a symbol."""
        defined = self.names[at.piece].definitions
        found = defined[at.number]
        within: list[str] = []
        parent = found.parent
        while parent is not None:
            within.insert(0, defined[parent].name)
            parent = defined[parent].parent
        whole = self.span(at.piece, *found.node.range)
        return Symbol(found.kind, found.name, self.span(at.piece, found.token), whole, tuple(within))

    def members(self, at: At) -> dict[str, At]:
        """What a definition consists of, by name."""
        defined = self.names[at.piece].definitions
        return {d.name: At(at.piece, i) for i, d in enumerate(defined) if d.parent == at.number}
