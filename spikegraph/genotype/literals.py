"""Python literals with source locations, read from a syntax tree and never evaluated."""

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property

from spikegraph.dsl.source import SourceFile, Span

LONGEST = 65_536
"""Most characters of Python code that are read; a genotype has a few thousand."""


_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Piece:
    """A part of a file that is Python code.

    Attributes:
        source: The whole file.
        start: Offset of the part in characters.
        text: Text of the part.
    """

    source: SourceFile
    start: int
    text: str

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """The source location of a node of the part's syntax tree."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.source.span(self._offset(node.lineno, node.col_offset), self._offset(end_line, end_column))

    def place(self, line: int, column: int) -> Span:
        """The source location of the character at a line and column of the part, both from 1."""
        start, text = self._line(line)
        offset = self.start + start + min(max(column, 1) - 1, len(text))
        return self.source.span(offset, offset + 1)

    def _offset(self, line: int, column: int) -> int:
        """The offset in characters of a position from Python's parser: a line from 1 and a column in bytes of UTF-8."""
        start, text = self._line(line)
        return self.start + start + len(text.encode()[:column].decode(errors="ignore"))

    def _line(self, number: int) -> tuple[int, str]:
        """The offset in the part and the text of a line, from 1; the last line for larger numbers."""
        starts = self._starts
        k = min(max(number, 1), len(starts)) - 1
        end = starts[k + 1] if k + 1 < len(starts) else len(self.text)
        return starts[k], self.text[starts[k] : end].rstrip("\r\n")

    @cached_property
    def _starts(self) -> list[int]:
        """The offsets of lines; Python also ends lines at a carriage return."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]


class NotPythonError(ValueError):
    """A text is not valid Python; `span` is the location of the error."""

    def __init__(self, summary: str, span: Span) -> None:
        super().__init__(summary)
        self.summary, self.span = summary, span


def parsed(piece: Piece) -> ast.Module:
    """The syntax tree of Python code.

    Raises:
        NotPythonError: The code is invalid or too deeply nested.
    """
    if len(piece.text) > LONGEST:
        raise NotPythonError(f"it has {len(piece.text):,} characters; at most {LONGEST:,} are read", piece.place(1, 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # such as invalid escapes; the code is never run
            return ast.parse(piece.text)
    except SyntaxError as error:
        raise NotPythonError(f"not valid Python: {error.msg}", piece.place(error.lineno or 1, error.offset or 1)) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPythonError(f"can't be parsed: {error or 'it is too deeply nested'}", piece.place(1, 1)) from error


def whole(node: ast.expr) -> int | None:
    """The value of a literal whole number; None for anything else."""
    sign = 1
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -sign
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return sign * node.value
    return None
