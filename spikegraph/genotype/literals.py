"""Python literals with their places: read from a syntax tree, never evaluated."""

import ast
import warnings
from dataclasses import dataclass

from spikegraph.dsl.source import SourceFile, Span


@dataclass(frozen=True)
class Piece:
    """A piece of a file that is Python.

    Attributes:
        source: The whole file.
        start: Where the piece begins, in characters.
        text: The piece.
    """

    source: SourceFile
    start: int
    text: str

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where a node of the piece's tree stands in the file."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self.source.span(self._offset(node.lineno, node.col_offset), self._offset(end_line, end_column))

    def place(self, line: int, column: int) -> Span:
        """The character at a line and column of the piece, both counted from 1."""
        lines = self.text.split("\n")
        line = min(max(line, 1), len(lines))
        offset = (
            self.start + sum(len(before) + 1 for before in lines[: line - 1]) + min(max(column, 1) - 1, len(lines[line - 1]))
        )
        return self.source.span(offset, offset + 1)

    def _offset(self, line: int, column: int) -> int:
        """Characters before a place that Python's parser gives: a line from 1, and bytes of UTF-8 before it there."""
        lines = self.text.split("\n")
        before = sum(len(text) + 1 for text in lines[: line - 1])
        return self.start + before + len(lines[line - 1].encode()[:column].decode(errors="ignore"))


class NotPythonError(ValueError):
    """A piece that Python's grammar doesn't know; `span` is where it ends to."""

    def __init__(self, summary: str, span: Span) -> None:
        super().__init__(summary)
        self.summary, self.span = summary, span


def parsed(piece: Piece) -> ast.Module:
    """The tree of a piece of Python.

    Raises:
        NotPythonError: It is none, or too deeply nested.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # of escapes in strings and the like: nothing is run
            return ast.parse(piece.text)
    except SyntaxError as error:
        raise NotPythonError(f"this is no Python: {error.msg}", piece.place(error.lineno or 1, error.offset or 1)) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPythonError(f"this can't be read: {error or 'it is too deeply nested'}", piece.place(1, 1)) from error


def whole(node: ast.expr) -> int | None:
    """The whole number that a literal is, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = whole(node.operand)
        return None if value is None else -value
    return None
