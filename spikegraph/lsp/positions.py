"""Places in a text in the terms of the protocol: lines and columns from 0, columns in units of UTF-16."""

import re
from bisect import bisect_right
from functools import cached_property

from lsprotocol import types as lsp

from spikegraph.base.record import record
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.service.places import Place

_LINE_END = re.compile(r"\r\n|\n|\r")


@record
class Positions:
    """The places of a text. A carriage return alone ends a line of the protocol, but none of the language."""

    source: SourceFile

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.source.text))]

    def position(self, offset: int) -> lsp.Position:
        """The position behind so many characters."""
        line = bisect_right(self._starts, offset) - 1
        return lsp.Position(line, _units(self.source.text[self._starts[line] : offset]))

    def offset(self, position: lsp.Position) -> int:
        """The characters before a position; one behind its line is the line's end, and one behind the text its end."""
        text = self.source.text
        if position.line >= len(self._starts):
            return len(text)
        start = self._starts[position.line]
        behind = self._starts[position.line + 1] if position.line + 1 < len(self._starts) else len(text)
        line = text[start:behind].rstrip("\r\n")
        return start + len(line.encode("utf-16-le", "surrogatepass")[: 2 * position.character].decode("utf-16-le", "ignore"))

    def place(self, position: lsp.Position) -> Place:
        """The place in the service's terms."""
        offset = self.offset(position)
        span = self.source.span(offset, offset)
        return Place(span.line, span.column)

    @cached_property
    def _same_lines(self) -> bool:
        """Whether lines of the protocol are those of the language."""
        return "\r" not in self.source.text.replace("\r\n", "")

    @cached_property
    def _ascii(self) -> bool:
        return self.source.text.isascii()

    def of(self, place: Place) -> lsp.Position:
        """The position of a place."""
        if not self._same_lines:
            return self.position(self.source.offset(place.line, place.column))
        before = place.column - 1
        return lsp.Position(place.line - 1, before if self._ascii else _units(self.source.line(place.line)[:before]))

    def units(self, line: int, column: int, length: int) -> tuple[int, int, int]:
        """Line, column and length of a word of one line, as `of` gives them; it ends with its line of the protocol."""
        if self._ascii and self._same_lines:
            return line - 1, column - 1, length  # no objects to make
        first, start = self.of(Place(line, column)), self.source.offset(line, column)
        return first.line, first.character, _units(self.source.text[start : start + length].partition("\r")[0])

    def range(self, span: Span) -> lsp.Range:
        """The range of a span."""
        return lsp.Range(self.of(Place(span.line, span.column)), self.of(Place(span.end_line, span.end_column)))


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
