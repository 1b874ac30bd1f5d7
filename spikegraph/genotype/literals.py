"""Python literals with source locations, read from a syntax tree and never evaluated."""

import ast
import warnings
from dataclasses import dataclass

from spikegraph.dsl.source import SourceFile, Span


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
        lines = self.text.split("\n")
        line = min(max(line, 1), len(lines))
        offset = (
            self.start + sum(len(before) + 1 for before in lines[: line - 1]) + min(max(column, 1) - 1, len(lines[line - 1]))
        )
        return self.source.span(offset, offset + 1)

    def _offset(self, line: int, column: int) -> int:
        """The offset in characters of a position from Python's parser: a line from 1 and a column in bytes of UTF-8."""
        lines = self.text.split("\n")
        before = sum(len(text) + 1 for text in lines[: line - 1])
        return self.start + before + len(lines[line - 1].encode()[:column].decode(errors="ignore"))


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
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = whole(node.operand)
        return None if value is None else -value
    return None
