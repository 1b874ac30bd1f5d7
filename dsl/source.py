"""Source text and places in it."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise

from spikegraph.base.record import record

_LINE_END = re.compile("\n")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of a source file; lines and columns count from 1, in characters, and the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: "Span") -> "Span":
        """The range from the start of this one to the end of `other`, in the same file."""
        return Span(self.file, self.line, self.column, other.end_line, other.end_column)

    @property
    def start(self) -> str:
        """`file:line:column`, as diagnostics write it."""
        return f"{self.file}:{self.line}:{self.column}"


@record
class SourceFile:
    """A file's name, as messages show it, and its text."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def line(self, number: int) -> str:
        """Line `number`, from 1, without its end; empty past the end of the file."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")

    def offset(self, line: int, column: int) -> int:
        """Characters before `line:column`."""
        return min(self._starts[min(line, len(self._starts)) - 1] + column - 1, len(self.text))

    @cached_property
    def _bytes(self) -> list[int]:
        """Bytes of UTF-8 before each line."""
        return list(accumulate((len(self.text[a:b].encode()) for a, b in pairwise(self._starts)), initial=0))

    def byte(self, line: int, column: int) -> int:
        """Bytes of UTF-8 before `line:column`."""
        line = min(line, len(self._starts))
        return self._bytes[line - 1] + len(self.text[self._starts[line - 1] : self.offset(line, column)].encode())

    def span(self, start: int, end: int) -> Span:
        """The span of the characters `start` to `end`."""
        first, last = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return Span(self.name, first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1)
