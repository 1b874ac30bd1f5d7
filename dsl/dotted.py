"""Dotted names of named imports: `resnet.basic` is another spelling of `resnet_basic`, where the import is called `resnet`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.renaming import Declared, declared

Imports = Mapping[str, Declared]
"""What each named import of a file declares, without its prefix."""

NO_IMPORTS: Imports = {}


def resolved_item(item: ast.Item, imports: Imports, diagnostics: Diagnostics, *, quiet: bool = False) -> ast.Item | None:
    """An item of the file without dots in the names of declarations; None after an error, which isn't added if `quiet`."""
    dataflow = isinstance(item, ast.Block) or (isinstance(item, ast.Declaration) and item.kind == "network")
    resolver = _Resolver(imports, Diagnostics() if quiet else diagnostics, dataflow=dataflow)
    match item:
        case ast.Declaration() | ast.Block():
            item = replace(item, body=tuple(resolver.statement(s) for s in item.body))
        case ast.Run():
            bindings = tuple(replace(a, value=resolver.expr(a.value)) for a in item.bindings)
            item = replace(item, bindings=bindings, body=tuple(resolver.statement(s) for s in item.body))
        case _:
            pass
    return item if resolver.sound else None


def resolved_expr(expr: ast.Expr, imports: Imports, diagnostics: Diagnostics) -> ast.Expr | None:
    """An expression without dots in the names of declarations; None after an error."""
    resolver = _Resolver(imports, diagnostics)
    expr = resolver.expr(expr)
    return expr if resolver.sound else None


def resolved_path(path: tuple[str, ...], imports: Imports) -> tuple[str, ...]:
    """The path of an override, `("resnet", "basic", "out")`, with the name of a declaration in one part."""
    space, *rest = path
    known = bool(rest) and any(rest[0] in names for names in imports.get(space, {}).values())
    return (f"{space}_{rest[0]}", *rest[1:]) if known else path


class Guessed(dict[str, Declared]):
    """What named imports may have brought, in a text that has their declarations in their place.

    Attributes:
        wires: The names of the networks' values, with which places begin.
    """

    def __init__(self, found: Imports, wires: Collection[str]) -> None:
        super().__init__(found)
        self.wires = wires


def spaces_of(items: Sequence[ast.Item]) -> Guessed:
    """What named imports may have brought, by the names of declarations alone.

    A name that is declared itself is none of an import.
    """
    found: dict[str, dict[str, set[str]]] = {}
    names = declared(items)
    taken = {name for each in names.values() for name in each}
    for kind, each in names.items():
        for name in each:
            for k, letter in enumerate(name):
                if letter == "_" and 0 < k < len(name) - 1 and name[:k] not in taken:
                    found.setdefault(name[:k], {}).setdefault(kind, set()).add(name[k + 1 :])
    bodies = [item.body for item in items if isinstance(item, ast.Declaration) and item.kind == "network"]
    wires = {s.key.id for body in bodies for s in body if isinstance(s, ast.Entry) and isinstance(s.key, ast.Name)}
    return Guessed(found, wires | {s.name.id for body in bodies for s in body if isinstance(s, ast.Output)})


def named_in(path: tuple[str, ...], imports: Imports) -> Imports:
    """The imports whose names the value at a path can have: in a loss `stem.conv` is a place where the network has a `stem`."""
    if path[-1] != "loss" or not isinstance(imports, Guessed):
        return imports
    return {space: names for space, names in imports.items() if space not in imports.wires}


class _Resolver:
    def __init__(self, imports: Imports, diagnostics: Diagnostics, *, dataflow: bool = False) -> None:
        self.imports, self.diagnostics, self.dataflow, self.sound = imports, diagnostics, dataflow, True

    def statement(self, s: ast.Statement) -> ast.Statement:
        match s:
            case ast.Entry(ast.Attribute() as key):
                return replace(s, key=self.key(key), value=self.expr(s.value))
            case ast.Entry() | ast.Output() | ast.Param() | ast.Return():
                return replace(s, value=self.expr(s.value))
            case ast.Block():
                return replace(s, body=tuple(self.statement(inner) for inner in s.body))
            case _:
                return s  # places of `dgs` name layers

    def key(self, key: ast.Name | ast.Attribute | ast.Index) -> ast.Name | ast.Attribute | ast.Index:
        """A path of a profile, `resnet.basic.out`; what isn't declared is reported where it applies."""
        if not isinstance(key, ast.Attribute):
            return key
        if isinstance(key.base, ast.Name):
            return self.joined(key.base.id, key) if self.declares(key.base.id, key.name) else key
        base = key.base
        return replace(key, base=self.key(base)) if isinstance(base, ast.Attribute | ast.Index) else key

    def expr(self, expr: ast.Expr) -> ast.Expr:
        """An expression; every name with a dot becomes one without."""
        match expr:
            case ast.Attribute(ast.Name(space), name) if space in self.imports:
                if not self.declares(space, name):
                    self.unknown(expr, space, name)
                return self.joined(space, expr)
            case ast.Attribute(ast.Attribute(ast.Name(space), inner), name) if self.declares(space, f"{inner}_{name}"):
                written = f"{space}.{inner}_{name}"
                summary, fix = "a name of an import has one dot", Fix(expr.span, written, f"write `{written}`")
                self.diagnostics.error("SG0202", expr.span, summary, help=f"write `{written}`", fixes=[fix])
                self.sound = False
                return expr
            case ast.Call(_, arguments):
                made = tuple(replace(a, value=self.expr(a.value)) for a in arguments)
                return replace(expr, function=self.function(expr), arguments=made)
            case ast.Pipe():
                return replace(expr, stages=tuple(self.expr(e) for e in expr.stages))
            case ast.Sequence() | ast.Index():
                return replace(expr, items=tuple(self.expr(e) for e in expr.items))
            case ast.Binary():
                return replace(expr, left=self.expr(expr.left), right=self.expr(expr.right))
            case _:
                return expr

    def function(self, call: ast.Call) -> ast.Name:
        """The name of a called function."""
        function = call.function
        space, dot, name = function.id.partition(".")
        if not dot:
            return function
        near = did_you_mean(space, self.imports)
        if space in self.imports:
            if not self.declares(space, name):
                self.unknown(function, space, name)
        elif near is not None:
            self.diagnostics.error("SG0202", function.span, f"no import is called `{space}`", help=near)
        else:
            self.method(call, space, name)
        self.sound &= space in self.imports
        return replace(function, id=f"{space}_{name}")

    def method(self, call: ast.Call, space: str, name: str) -> None:
        """Adds the error about `x.pool()`, where no import is meant."""
        span = call.function.span
        column = span.column + len(space)
        place = replace(span, column=column) if span.line == span.end_line else span
        if not self.dataflow:
            self.diagnostics.error("SG0115", place, "a call has no dots", help=f"write `{name}(...)`")
            return
        fixes = list[Fix]()
        if place.end_column - place.column == len(name) + 1 and span.line == call.span.end_line:
            end = place.end_column if call.arguments else call.span.end_column
            fixes.append(Fix(replace(place, end_column=end), f" -> {name}", f"write `{space} -> {name}`"))
        self.diagnostics.error("SG0115", place, "values have no methods", help=f"write `{space} -> {name}`", fixes=fixes)

    def declares(self, space: str, name: str) -> bool:
        """Whether a named import declares a name."""
        return any(name in names for names in self.imports.get(space, {}).values())

    def unknown(self, at: ast.Name | ast.Attribute, space: str, name: str) -> None:
        """Adds the error that a named import has no such declaration."""
        known = sorted({n for names in self.imports[space].values() for n in names})
        near = did_you_mean(name, known)
        help = near or (f"it declares {listed(known, last='and')}" if known else "it declares nothing")
        self.diagnostics.error("SG0202", at.span, f"`{space}` declares no `{name}`", help=help)
        self.sound = False

    @staticmethod
    def joined(space: str, at: ast.Attribute) -> ast.Name:
        """`resnet_basic` for `resnet.basic`."""
        return ast.Name(f"{space}_{at.name}", at.span)
