"""Deprecated spellings of the language: a table, and the rewriting of a tree to today's spellings.

A file is rewritten as soon as it is parsed, so that the rest of the package knows only today's spellings, and `spikegraph fmt`
writes them. Each old spelling gives a warning with the edit that corrects it; after its removal, an error with the same edit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.name_fixes import name_span
from spikegraph.dsl.source import Span
from spikegraph.plugins.deprecated import Spelling

CODE = "SG0801"


@record
class Old:
    """A deprecated spelling of the language.

    Attributes:
        sort: A `key` of a block, a `parameter` of a call, a `word` in the value of a key, or an `operation` of a dataflow.
        place: For a key the kind of its block, for a parameter the called name, for a word `KIND.KEY`; empty for operations.
        spelling: The spelling and the one that takes its place.
    """

    sort: Literal["key", "parameter", "word", "operation"]
    place: str
    spelling: Spelling


SPELLINGS: tuple[Old, ...] = ()
"""All deprecated and removed spellings. None is ever taken out, since `spikegraph upgrade` converts old files with them."""


def with_new_spellings(file: ast.File, diagnostics: Diagnostics) -> ast.File:
    """The file with today's spellings; adds a warning for each that is deprecated, and an error for each that was removed."""
    if not SPELLINGS:
        return file
    kinds: dict[str, list[str]] = {"search": ["search"], "retrain": ["retrain"]}
    for item in file.items:
        if isinstance(item, ast.Declaration):
            kinds.setdefault(item.name.id, []).append(item.kind)
    writer = _Writer(diagnostics, kinds)
    return replace(file, items=tuple(writer.item(item) for item in file.items))


def new_path(kind: str, path: str, value: ast.Expr, span: Span, diagnostics: Diagnostics) -> tuple[str, ast.Expr]:
    """The same for an override of a declaration of this kind: the path after the declaration's name, and the value."""
    return _Writer(diagnostics).override(kind, path, value, span) if SPELLINGS else (path, value)


class _Writer:
    """Rewrites the parts of a tree; `kinds` has the kinds of declarations by name, for the paths of profiles."""

    def __init__(self, diagnostics: Diagnostics, kinds: Mapping[str, Sequence[str]] | None = None) -> None:
        self.diagnostics, self.kinds = diagnostics, kinds or {}
        self.table = {(old.sort, old.place, old.spelling.old): old.spelling for old in SPELLINGS}

    def new(self, sort: str, place: str, name: str) -> Spelling | None:
        """The table's entry for a name."""
        return self.table.get((sort, place, name))

    def told(self, spelling: Spelling, span: Span) -> str:
        """Reports a spelling; returns the new one."""
        report = self.diagnostics.error if spelling.is_removed else self.diagnostics.warning
        fixes = (Fix(span, spelling.new, spelling.fix),)
        report(CODE, span, str(spelling), help=f"{spelling.fix}, or run `spikegraph upgrade FILE`", fixes=fixes)
        return spelling.new

    def name(self, sort: str, place: str, name: ast.Name) -> ast.Name:
        """A name in its new spelling."""
        found = self.new(sort, place, name.id)
        return name if found is None else replace(name, id=self.told(found, name.span))

    def item(self, item: ast.Item) -> ast.Item:
        """A declaration, run, path or import."""
        if isinstance(item, ast.Declaration):
            return replace(item, body=self.body(item.kind, item.body))
        if isinstance(item, ast.Run):
            return replace(item, body=self.body(item.kind, item.body))
        if isinstance(item, ast.Block):
            return replace(item, body=self.body("block", item.body))
        return item

    def body(self, kind: str, body: tuple[ast.Statement, ...]) -> tuple[ast.Statement, ...]:
        """The statements of a block."""
        return tuple(self.statement(kind, statement) for statement in body)

    def statement(self, kind: str, statement: ast.Statement) -> ast.Statement:
        """One statement of a block of this kind."""
        match statement:
            case ast.Entry(ast.Name() as key):
                key = self.name("key", kind, key)
                return replace(statement, key=key, value=self.value(kind, key.id, statement.value))
            case ast.Entry(ast.Attribute() as key) if kind == "profile":
                return self.profiled(statement, key)
            case ast.Output() | ast.Param() | ast.Return() | ast.Entry():
                return replace(statement, value=self.value(kind, "", statement.value))
            case ast.Block():
                return replace(statement, body=self.body("block", statement.body))
            case ast.Dgs():
                return replace(statement, body=self.body("dgs", statement.body))
            case _:
                return statement

    def profiled(self, entry: ast.Entry, key: ast.Attribute) -> ast.Entry:
        """An entry of a profile, if it is about a declaration of the same file; others are rewritten where they apply."""
        base: ast.Expr = key
        names: list[str] = []
        while isinstance(base, ast.Attribute):
            names.insert(0, base.name)
            base = base.base
        value = self.value("profile", "", entry.value)
        path = ".".join(names)
        for kind in self.kinds.get(base.id, ()) if isinstance(base, ast.Name) else ():
            path, value = self.override(kind, path, value, key.span)
        return replace(entry, key=replace(key, name=path.rpartition(".")[2]), value=value)

    def override(self, kind: str, path: str, value: ast.Expr, span: Span) -> tuple[str, ast.Expr]:
        """The path, without the declaration's name, and the value of an override; `span` ends with the path."""
        *before, key = path.split(".")
        block = before[-1] if before else kind
        found = self.new("key", block, key)
        if found is not None:
            key = self.told(found, replace(span, line=span.end_line, column=span.end_column - len(key)))
        return ".".join((*before, key)), self.value(block, key, value)

    def value(self, kind: str, key: str, expr: ast.Expr) -> ast.Expr:
        """The value of a key; a candidate is an operation by its name alone."""
        if isinstance(expr, ast.Name) and kind == "candidates":
            return self.name("operation", "", expr)
        return self.expr(expr, lambda name: self.name("word", f"{kind}.{key}", name))

    def expr(self, expr: ast.Expr, word: Callable[[ast.Name], ast.Name]) -> ast.Expr:
        """An expression in which `word` rewrites names."""

        def each(parts: tuple[ast.Expr, ...]) -> tuple[ast.Expr, ...]:
            return tuple(self.expr(part, word) for part in parts)

        match expr:
            case ast.Name():
                return word(expr)
            case ast.Call():
                function = word(self.name("operation", "", expr.function))
                arguments = tuple(self.argument(function.id, argument, word) for argument in expr.arguments)
                return replace(expr, function=function, arguments=arguments)
            case ast.Pipe():
                first, *rest = each(expr.stages)
                named = (self.name("operation", "", part) if isinstance(part, ast.Name) else part for part in rest)
                return replace(expr, stages=(first, *named))
            case ast.Sequence() | ast.Index():
                return replace(expr, items=each(expr.items))
            case ast.Binary():
                return replace(expr, left=self.expr(expr.left, word), right=self.expr(expr.right, word))
            case _:
                return expr

    def argument(self, function: str, argument: ast.Argument, word: Callable[[ast.Name], ast.Name]) -> ast.Argument:
        """An argument of a call."""
        name = argument.name
        found = None if name is None else self.new("parameter", function, name)
        if found is not None:
            name = self.told(found, name_span(argument))
        return replace(argument, name=name, value=self.expr(argument.value, word))
