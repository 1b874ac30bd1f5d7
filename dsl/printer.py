"""Prints a tree as its canonical text."""

from collections.abc import Sequence
from dataclasses import replace

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.alignment import Line, Row, aligned, with_comments
from spikegraph.dsl.comments import Above, Comments
from spikegraph.dsl.layout import argument_text, flat, lay
from spikegraph.dsl.source import Span

_STEP = 2
"""Spaces of a block's indentation."""


def print_file(file: ast.File) -> str:
    """The canonical text of a file.

    Two spaces of indentation, one space around operators, aligned `=` and trailing comments of neighbouring entries, at most
    one blank line between entries, and one around blocks. Parsing the text gives the same tree, and printing that tree gives
    the same text.
    """
    return _Printer(file).text()


@record
class _Unit:
    """A comment or a node of a block, with its first and last line in the original text."""

    node: ast.Item | ast.Statement | None
    comment: str | None
    first: int
    last: int
    file: str
    trailing: str | None = None


class _Printer:
    def __init__(self, file: ast.File) -> None:
        self.file = file
        self.comments = Comments(file.comments)
        self.rows: list[Row] = []
        self.group = 0

    def text(self) -> str:
        version = self.file.span
        for i, above in enumerate(before := self.comments.before(version)):
            self._row(above.text)
            following = before[i + 1].line if i + 1 < len(before) else version.line
            if following - above.line > 1:
                self._blank()
        first = (self.file.items[0].span.line, self.file.items[0].span.column) if self.file.items else None
        self._row(f"sdhs {self.file.version}", self.comments.trailing(version.line, first))
        start = _Unit(None, None, version.line, max(version.line, self.file.number.line), version.file)
        self._block(self.file.items, 0, start, "file")
        return "\n".join(with_comments(self.rows)) + "\n"

    def _comment(self, above: Above, file: str) -> _Unit:
        """A comment on its own line, also one that stood before the version's number."""
        line = max(above.line, self.file.number.line)
        return _Unit(None, above.text, line, line, file)

    # Blocks.

    def _block(
        self, nodes: Sequence[ast.Item | ast.Statement], indent: int, before: _Unit, kind: str, span: Span | None = None
    ) -> None:
        """Print the nodes of a block; `before` is what comes before its first node, `span` is the block's."""
        pending: list[_Unit] = []
        previous: _Unit | None = before if kind == "file" else None
        ends = [(node.span.line, node.span.column) for node in nodes[1:]]
        limits = [*ends, None if span is None else (span.end_line, span.end_column)]
        for node, limit in zip(nodes, limits, strict=False):
            above = self.comments.before(node.span)
            if not _has_body(node):
                above += self.comments.inside(node.span)
            units = [self._comment(a, node.span.file) for a in above]
            unit = _Unit(node, None, node.span.line, node.span.end_line, node.span.file)
            if _has_body(node):
                self._flush(pending, indent, kind)
                for each in units:
                    previous = self._gap(previous, each, pending, indent, kind)
                    self._flush([each], indent, kind)
                previous = self._gap(previous, unit, pending, indent, kind)
                self._nested(node, indent, limit)
            else:
                unit = replace(unit, trailing=self.comments.trailing(unit.last, limit))
                for each in (*units, unit):
                    previous = self._gap(previous, each, pending, indent, kind)
                    pending.append(each)
        for above in self.comments.all() if span is None else self.comments.rest(span):
            unit = self._comment(above, before.file)
            previous = self._gap(previous, unit, pending, indent, kind)
            pending.append(unit)
        self._flush(pending, indent, kind)

    def _gap(self, previous: _Unit | None, unit: _Unit, pending: list[_Unit], indent: int, kind: str) -> _Unit:
        """Print a blank line between two units if there was one, and around the blocks of a file."""
        if previous is not None:
            gap = unit.first - previous.last > 1 and unit.file == previous.file
            if kind == "file":
                gap |= previous.node is not None and _has_body(previous.node)
                gap |= previous.comment is None and unit.node is not None and _has_body(unit.node)
            if gap:
                self._flush(pending, indent, kind)
                self._blank()
        return unit

    def _nested(self, node: ast.Item | ast.Statement, indent: int, limit: tuple[int, int] | None) -> None:
        body = _body(node)
        span = node.span
        self.group += 1
        self._row(" " * indent + _head(node) + " {", self.comments.in_head(span, body[0].span if body else None))
        self.group += 1
        start = _Unit(None, None, span.line, span.line, span.file)
        self._block(body, indent + _STEP, start, _kind(node), span)
        self.group += 1
        self._row(" " * indent + "}", self.comments.trailing(span.end_line, limit))
        self.group += 1

    def _flush(self, units: list[_Unit], indent: int, kind: str) -> None:
        """Print units without blank lines between them, and clear the list."""
        texts = _texts([u.node for u in units], indent, terms=kind == "genotype")
        for unit, text in zip(units, texts, strict=True):
            self._row(" " * indent + (unit.comment if unit.comment is not None else text), unit.trailing)
        units.clear()

    def _row(self, text: str, comment: str | None = None) -> None:
        self.rows.append(Row(text, comment, self.group))

    def _blank(self) -> None:
        self.group += 1
        self.rows.append(Row("", None, self.group))


# Nodes.


def _has_body(node: ast.Item | ast.Statement) -> bool:
    match node:
        case ast.Declaration():
            return node.like is None or bool(node.body)
        case ast.Run() | ast.Block() | ast.Dgs():
            return True
        case _:
            return False


def _body(node: ast.Item | ast.Statement) -> tuple[ast.Statement, ...]:
    return node.body if isinstance(node, ast.Declaration | ast.Run | ast.Block | ast.Dgs) else ()


def _kind(node: ast.Item | ast.Statement) -> str:
    return node.kind if isinstance(node, ast.Declaration) else "block"


def _head(node: ast.Item | ast.Statement) -> str:
    """The text before the brace."""
    match node:
        case ast.Declaration("model", name, inputs=inputs):
            return f"model {name.id}({', '.join(each.id for each in inputs)})"
        case ast.Declaration(kind, name, like):
            return f"{kind} {name.id}" + (f" like {like.id}" if like is not None else "")
        case ast.Run(kind, network, bindings, dataset):
            inside = ", ".join(argument_text(argument) for argument in bindings)
            return f"{kind} {network.id}{f'({inside})' if inside else ''} on {dataset.id}"
        case ast.Block(name, parameters):
            return f"block {name.id}({', '.join(parameter.id for parameter in parameters)})"
        case ast.Dgs(places):
            return "dgs at " + ", ".join(flat(place) for place in places)
        case _:
            raise TypeError(f"{type(node).__name__} has no block")


def _line(node: ast.Item | ast.Statement | None) -> tuple[str, Line] | None:
    """`head = value` for nodes that are aligned, with the kind of node: only neighbours of one kind are aligned."""
    match node:
        case ast.Entry(key, value):
            return "entry", Line(flat(key), value)
        case ast.Param(name, value):
            return "param", Line(f"param {name.id}", value)
        case ast.Path(trellis, levels):
            return "path", Line(f"path {trellis.id}", levels)
        case ast.Output(name, value):
            return "output", Line(f"output {name.id}", value)
        case ast.Quantity(name, value, interval, learned):
            trained = "" if learned is None else " learned" if learned.id == "layer" else f" learned per {learned.id}"
            return "quantity", Line(f"number {name.id}", value, f" in {_interval(interval)}{trained}")
        case ast.Weights(name, sizes, value):
            return "weights", Line(f"weights {name.id}[{', '.join(flat(size) for size in sizes)}]", value)
        case ast.Option(name, value, words):
            return "option", Line(f"option {name.id}", value, f" of {' | '.join(word.id for word in words)}")
        case ast.State(name, value):
            return "state", Line(f"state {name.id}", value)
        case _:
            return None


def _single(node: ast.Item | ast.Statement | None, indent: int) -> str:
    """A node on one line that is not aligned."""
    match node:
        case ast.Import(path, name):
            return f"import {flat(path)}" + (f" as {name.id}" if name is not None else "")
        case ast.Declaration():
            return _head(node)
        case ast.Input(names, type_):
            return f"input {', '.join(name.id for name in names)} : {flat(type_)}"
        case ast.Return(value):
            return f"return {lay(value, indent, indent + 7)}"
        case ast.Emit(value, instead):
            return f"emit {value.id}" + (f" else {instead.id}" if instead is not None else "")
        case ast.Over(axis):
            return f"over {axis.id}"
        case _:
            return ""


def _interval(interval: ast.Interval) -> str:
    start, end = "(" if interval.open_low else "[", ")" if interval.open_high else "]"
    return f"{start}{flat(interval.low)}, {flat(interval.high)}{end}"


def _texts(nodes: Sequence["ast.Item | ast.Statement | None"], indent: int, *, terms: bool) -> list[str]:
    """The texts of neighbouring nodes; None is a comment, across which nodes are aligned."""
    texts = [""] * len(nodes)
    run: list[tuple[int, Line]] = []
    sort = ""

    def close() -> None:
        for (i, _), text in zip(run, aligned([line for _, line in run], terms=terms) if run else [], strict=True):
            texts[i] = text
        run.clear()

    for i, node in enumerate(nodes):
        if node is None:
            continue
        found = _line(node)
        if found is None or not found[1].fits(indent):
            close()
            texts[i] = _single(node, indent) if found is None else found[1].alone(indent)
            continue
        if found[0] != sort:
            close()
            sort = found[0]
        run.append((i, found[1]))
    close()
    return texts
