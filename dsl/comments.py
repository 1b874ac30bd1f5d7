"""Finds where each comment belongs: before a statement, at the end of its line, or at the end of a block."""

from collections.abc import Sequence

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.source import Span


@record
class Above:
    """A comment on its own line; `line` is its original line, which decides about blank lines around it."""

    text: str
    line: int


class Comments:
    """The comments of a file; each method takes the next ones in the order of the text."""

    def __init__(self, comments: Sequence[ast.Comment]) -> None:
        self._comments = comments
        self._next = 0

    def before(self, span: Span) -> list[Above]:
        """Take the comments before a node."""
        return self._until(span.line, span.column, None)

    def inside(self, span: Span) -> list[Above]:
        """Take the comments inside a statement that is printed on one line; they go above it."""
        return self._until(span.end_line, span.end_column, span.line)

    def rest(self, span: Span) -> list[Above]:
        """Take the comments before the end of a block."""
        return self._until(span.end_line, span.end_column, None)

    def all(self) -> list[Above]:
        """Take all remaining comments."""
        found = [Above(c.text, c.span.line) for c in self._comments[self._next :]]
        self._next = len(self._comments)
        return found

    def trailing(self, line: int, limit: tuple[int, int] | None = None) -> str | None:
        """Take the comment at the end of `line`, if it is the next one, before `limit` and not on its own line."""
        if self._next < len(self._comments):
            comment = self._comments[self._next]
            place = (comment.span.line, comment.span.column)
            if not comment.own_line and place[0] == line and (limit is None or place < limit):
                self._next += 1
                return comment.text
        return None

    def in_head(self, node: Span, first: Span | None) -> str | None:
        """Take the comment after the opening brace of a block, on the line where the block begins."""
        if self._next < len(self._comments):
            end = (node.end_line, node.end_column) if first is None else (first.line, first.column)
            return self.trailing(node.line, end)
        return None

    def _until(self, line: int, column: int, moved_to: int | None) -> list[Above]:
        found: list[Above] = []
        while self._next < len(self._comments):
            comment = self._comments[self._next]
            if (comment.span.line, comment.span.column) >= (line, column):
                break
            found.append(Above(comment.text, comment.span.line if moved_to is None else moved_to))
            self._next += 1
        return found
