"""Rows of text with `=`, `->`, `+` and comments aligned in columns."""

from collections.abc import Sequence

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.layout import SUM, WIDTH, flat, lay

_COMMENT, _STEP = 34, 8


@record
class Row:
    """One or more lines of a block; the comments of rows with the same `group` are aligned."""

    text: str
    comment: str | None = None
    group: int = 0


def comment_column(width: int) -> int:
    """The column of a comment after `width` characters: 34, or the first of 42, 50, ... that leaves two spaces."""
    column = _COMMENT
    while column < width + 2:
        column += _STEP
    return column


def with_comments(rows: Sequence[Row]) -> list[str]:
    """The lines of the rows, with the comments of each group aligned."""
    columns: dict[int, int] = {}
    for row in rows:
        if row.comment is not None:
            width = len(row.text.rsplit("\n", 1)[-1])
            columns[row.group] = max(columns.get(row.group, 0), comment_column(width))
    lines: list[str] = []
    for row in rows:
        if row.comment is None:
            lines.append(row.text)
        else:
            width = len(row.text.rsplit("\n", 1)[-1])
            lines.append(row.text + " " * (columns[row.group] - width) + row.comment)
    return lines


@record
class Line:
    """`head = value`, and what stands behind the value on the same line."""

    head: str
    value: ast.Expr
    tail: str = ""

    def fits(self, indent: int) -> bool:
        """Whether it fits on one line."""
        return indent + len(self.head) + 3 + len(flat(self.value)) + len(self.tail) <= WIDTH

    def alone(self, indent: int) -> str:
        """The line without alignment, broken if it is too long."""
        return f"{self.head} = {lay(self.value, indent, indent + len(self.head) + 3)}{self.tail}"


def aligned(lines: Sequence[Line], *, terms: bool) -> list[str]:
    """Neighbouring lines with their `=` aligned.

    The first `->` after a plain name is aligned too, and with `terms` every `+` of a genotype.
    """
    width = max(len(line.head) for line in lines)
    values = _terms(lines) if terms else _arrows(lines)
    return [f"{line.head:<{width}} = {value}{line.tail}" for line, value in zip(lines, values, strict=True)]


def _arrows(lines: Sequence[Line]) -> list[str]:
    piped = [
        line.value
        for line in lines
        if isinstance(line.value, ast.Pipe) and isinstance(line.value.stages[0], ast.Name | ast.Attribute | ast.Index)
    ]
    width = max((len(flat(pipe.stages[0])) for pipe in piped), default=0)
    which = {id(pipe) for pipe in piped}
    texts: list[str] = []
    for line in lines:
        text = flat(line.value)
        if id(line.value) in which and isinstance(line.value, ast.Pipe):
            first = flat(line.value.stages[0])
            text = first.ljust(width) + text[len(first) :]
        texts.append(text)
    return texts


def _terms(lines: Sequence[Line]) -> list[str]:
    sums = [_sum(line.value) for line in lines]
    widths: list[int] = []
    for terms in sums:
        for i, term in enumerate(terms[:-1]):
            if i == len(widths):
                widths.append(0)
            widths[i] = max(widths[i], len(term))
    return [" + ".join(t.ljust(widths[i]) if i < len(terms) - 1 else t for i, t in enumerate(terms)) for terms in sums]


def _sum(expr: ast.Expr) -> list[str]:
    """The terms of a sum as text; any other expression is one term."""
    terms: list[str] = []
    at = expr
    while isinstance(at, ast.Binary) and at.operator == "+":
        terms.append(flat(at.right, SUM + 1))
        at = at.left
    terms.append(flat(at, SUM))
    return terms[::-1]
