"""Bytes to text, and text to a tree."""

import os
from collections.abc import Mapping
from pathlib import Path

from lark.exceptions import UnexpectedInput

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.brackets_and_comments import scan
from spikegraph.dsl.deprecated import with_new_spellings
from spikegraph.dsl.diagnostics import Diagnostics, Fix, StoppedError
from spikegraph.dsl.limits import DEEPEST_EXPRESSION, LARGEST_FILE
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.dsl.syntax import syntax
from spikegraph.dsl.traversal import first_too_deep

NO_TEXTS: Mapping[Path, str] = {}

_KEPT: dict[SourceFile, ast.File] = {}
"""Trees of sound texts: one that is read again, such as an import of many specs, isn't parsed again."""

_MOST_KEPT, _LONGEST_KEPT = 64, 50_000
"""Most trees that are kept, and most characters of their texts."""


@record
class Parsed:
    """What could be read of a file.

    `file` holds the sound items. `broken` are kind and name of those with syntax errors; `incomplete` says that names
    may be missing that nobody can know, since an import or a whole file could not be read.
    """

    file: ast.File
    broken: frozenset[tuple[str, str]]
    incomplete: bool


def read(
    path: Path,
    diagnostics: Diagnostics,
    *,
    name: str | None = None,
    at: Span | None = None,
    texts: Mapping[Path, str] = NO_TEXTS,
) -> SourceFile | None:
    """Read a file; `name` is how diagnostics call it (the path as given), `at` the place that asked for it.

    The text is UTF-8 without a byte order mark, at most 1 MiB. None when it can't be had; the reason is in `diagnostics`.
    `texts` are those of some files in place of what is on the disk, by their real path.
    """
    shown = name if name is not None else str(path)
    place = at if at is not None else Span(shown, 1, 1, 1, 1)
    if shown not in diagnostics.sources and at is None:
        diagnostics.sources[shown] = SourceFile(shown, "")
    given = texts.get(Path(os.path.realpath(path))) if texts else None
    data = _bytes(path, shown, place, diagnostics) if given is None else given
    return None if data is None else decoded(data, shown, place, diagnostics)


def decoded(data: bytes | str, shown: str, place: Span, diagnostics: Diagnostics) -> SourceFile | None:
    """The text of a file, of standard input or of an editor, that diagnostics call `shown`; as `read`."""
    if (
        len(data if isinstance(data, bytes) else data.encode(errors="surrogatepass")) > LARGEST_FILE
    ):  # a device or a pipe, which has no size beforehand
        diagnostics.error("SG0104", place, f"`{shown}` is too large", help=f"a file has at most {LARGEST_FILE} bytes")
        return None
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = problem.object[: problem.start].decode("utf-8")
        source = SourceFile(shown, before)
        diagnostics.sources[shown] = source
        end = source.span(len(before), len(before))
        diagnostics.error(
            "SG0102",
            Span(shown, end.line, end.column, end.line, end.column + 1),
            f"`{shown}` is not UTF-8: byte {problem.object[problem.start]:#04x} at offset {problem.start}",
            help="save the file as UTF-8",
        )
        return None
    source = SourceFile(shown, text)
    diagnostics.sources[shown] = source
    if text.startswith("\ufeff"):
        mark = Span(shown, 1, 1, 1, 2)
        diagnostics.error(
            "SG0114",
            mark,
            f"`{shown}` starts with a byte order mark",
            help="save the file as UTF-8 without a byte order mark",
            fixes=[Fix(mark, "", "take the mark away")],
        )
        return None
    return source


def _bytes(path: Path, shown: str, place: Span, diagnostics: Diagnostics) -> bytes | None:
    """What is on the disk, up to the limit; None after an error."""
    try:
        if path.is_dir():
            diagnostics.error("SG0101", place, f"`{shown}` is a folder", help="name a `.sdhs` file")
            return None
        if path.is_fifo() and Path(os.path.realpath(path)).exists():  # not one of a shell's `<(...)`, which has no name
            diagnostics.error("SG0101", place, f"`{shown}` is a named pipe", help="name a file, or use `<(...)` of the shell")
            return None
        size = path.stat().st_size
        if size > LARGEST_FILE:
            diagnostics.error(
                "SG0104", place, f"`{shown}` has {size} bytes", help=f"a file has at most {LARGEST_FILE} bytes; split it"
            )
            return None
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        diagnostics.error("SG0101", place, f"there is no file `{shown}`")
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        diagnostics.error("SG0101", place, f"`{shown}` cannot be read: {reason}")
    return None


def parse(source: SourceFile, diagnostics: Diagnostics) -> ast.File | None:
    """The tree of a file, or None when it has syntax errors, which are then in `diagnostics`."""
    count = diagnostics.errors
    parsed = parse_partly(source, diagnostics)
    return parsed.file if diagnostics.errors == count else None


def parse_partly(source: SourceFile, diagnostics: Diagnostics) -> Parsed:
    """What can be had of a file: the declarations without syntax errors, and the names of the others."""
    diagnostics.sources.setdefault(source.name, source)
    nothing = Parsed(ast.File(ast.VERSION, (), (), source.span(0, 0)), frozenset(), incomplete=True)
    try:
        return _parsed(source, diagnostics, nothing)
    except StoppedError:
        return nothing


def _parsed(source: SourceFile, diagnostics: Diagnostics, nothing: Parsed) -> Parsed:
    text = source.text
    if (kept := _KEPT.get(source)) is not None:
        return Parsed(with_new_spellings(kept, diagnostics), frozenset(), incomplete=False)
    scanned = scan(source)
    if scanned.refused is not None:
        diagnostics.error(*scanned.refused[:-1], help=scanned.refused[-1])
        return nothing
    if not text.strip():
        diagnostics.error("SG0103", source.span(0, 0), "the text is empty", help="the first line of a spec is `sdhs 1`")
        return nothing
    with syntax() as grammar:
        grammar.builder.begin(source.name)
        try:
            start, number_span, number, unit, items = grammar.parse(text, "file")
        except UnexpectedInput:
            from spikegraph.dsl.recover import recover  # noqa: PLC0415 (only for a wrong text)

            items, broken, incomplete, span = recover(source, grammar, diagnostics)
            sound, number_span = False, span
        else:
            known = unit is None and isinstance(number, int) and number == ast.VERSION
            sound = not grammar.builder.report(diagnostics) and known
            if not known:
                from spikegraph.dsl.recover import unknown_version  # noqa: PLC0415 (only for a wrong text)

                unknown_version(number_span, source, diagnostics)
            broken, incomplete = frozenset[tuple[str, str]](), False
            span = Span(source.name, start.line, start.column, *_end(source))
    file = ast.File(ast.VERSION, items, scanned.comments, span, number_span)
    deep = first_too_deep(file, DEEPEST_EXPRESSION)
    if deep is not None:
        diagnostics.error(
            "SG0105",
            Span(deep.file, deep.line, deep.column, deep.line, deep.column + 1),
            "an expression is nested too deeply",
            help=f"the tree of an expression has at most {DEEPEST_EXPRESSION} levels",
        )
        return nothing
    if sound and len(text) <= _LONGEST_KEPT:
        if len(_KEPT) == _MOST_KEPT:
            _KEPT.clear()
        _KEPT[source] = file
    return Parsed(with_new_spellings(file, diagnostics), broken, incomplete)


def parse_expression(source: SourceFile, diagnostics: Diagnostics) -> ast.Expr | None:
    """The tree of a text that is one expression, such as the value of `--set`; None when it is not."""
    diagnostics.sources.setdefault(source.name, source)
    refused = scan(source).refused
    if refused is not None:
        diagnostics.error(*refused[:-1], help=refused[-1])
        return None
    with syntax() as grammar:
        grammar.builder.begin(source.name)
        try:
            expression: ast.Expr = grammar.parse(source.text, "expr")
        except UnexpectedInput as problem:
            from spikegraph.dsl.syntax_errors import report  # noqa: PLC0415 (only for a wrong text)

            report(problem, source, 0, diagnostics)
            return None
        if grammar.builder.report(diagnostics):
            return None
    if first_too_deep(expression, DEEPEST_EXPRESSION) is not None:
        diagnostics.error("SG0105", expression.span, "an expression is nested too deeply")
        return None
    return expression


def _end(source: SourceFile) -> tuple[int, int]:
    end = source.span(len(source.text), len(source.text))
    return end.end_line, end.end_column
