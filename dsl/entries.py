"""The entries of a block, read by a schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikegraph.dsl import ast
from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.describe import describe_statement
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.schema.key import Key, Scope
from spikegraph.dsl.schema.statements import ALLOWED
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Value
from spikegraph.dsl.suggest import rename
from spikegraph.dsl.walk import malformed


@dataclass(frozen=True)
class Entries:
    """The values of a block by key, the expressions that write them, and the block in the schema's order, nothing left out."""

    values: Mapping[str, Value]
    exprs: Mapping[str, ast.Expr]
    body: tuple[ast.Statement, ...]


def allowed(body: Sequence[ast.Statement], kind: str, scope: Scope) -> bool:
    """Whether every statement belongs in a block of `kind`; tells those that don't."""
    sound = True
    for statement in body:
        if not isinstance(statement, ALLOWED[kind]):
            scope.diagnostics.error("SG0215", statement.span, f"{describe_statement(statement)} does not belong in a `{kind}`")
            sound = False
    return sound


def named_entries(body: Sequence[ast.Statement], scope: Scope) -> tuple[dict[str, ast.Entry], bool]:
    """The entries of a block by their key, and whether every key is a plain name and given once."""
    found: dict[str, ast.Entry] = {}
    sound = True
    for statement in body:
        if not isinstance(statement, ast.Entry):
            continue
        key = statement.key
        if not isinstance(key, ast.Name):
            scope.diagnostics.error("SG0203", key.span, "a dotted or indexed key", help="paths belong in a `profile`")
            sound = False
        elif key.id in found:
            scope.diagnostics.error(
                "SG0205", key.span, f"`{key.id}` is given twice", labels=[Label(found[key.id].key.span, "first here")]
            )
            sound = False
        else:
            found[key.id] = statement
    return found, sound


def read_entries(
    body: Sequence[ast.Statement],
    schema: Sequence[Key],
    kind: str,
    owner: Span,
    scope: Scope,
    *,
    defaults: Mapping[str, ast.Expr] | None = None,
) -> Entries | None:
    """Read a block by its schema; `owner` is the place to name for a missing key. None when anything is wrong.

    `defaults` holds values for keys whose default depends on the rest of the spec.
    """
    sound = allowed(body, kind, scope)
    entries, once = named_entries(body, scope)
    keys = {key.name: key for key in schema}
    sound = sound and once
    for name, entry in entries.items():
        if name not in keys:
            scope.diagnostics.error(
                "SG0203",
                entry.key.span,
                f"unknown key `{name}`",
                help=did_you_mean(name, keys) or f"the keys of `{kind}` are {listed(keys, 20)}",
                fixes=rename(entry.key.span, name, keys),
            )
            sound = False
    values: dict[str, Value] = {}
    exprs: dict[str, ast.Expr] = {}
    missing: list[str] = []
    for name, key in keys.items():
        entry = entries.get(name)
        expr = entry.value if entry is not None else _default(key, exprs, defaults or {}, owner)
        if expr is None:
            if key.same_as is None:
                missing.append(name)
            sound = False
            continue
        reading = None if entry is not None and malformed(expr) else key.type.read(expr, scope)
        if reading is None:
            sound = False
            continue
        values[name], exprs[name] = reading.value, reading.expr
    # A misspelt key is most likely the missing one: the error about it is enough.
    if missing and not any(name not in keys for name in entries):
        for name in missing:
            scope.diagnostics.error("SG0206", owner, f"`{name}` is missing", help=f"`{name} = ...`: {keys[name].doc}")
    if not sound:
        return None
    written = [ast.Entry(ast.Name(name, owner), exprs[name], owner) for name in keys]
    return Entries(values, exprs, (*written, *(s for s in body if not isinstance(s, ast.Entry))))


def _default(key: Key, exprs: Mapping[str, ast.Expr], defaults: Mapping[str, ast.Expr], owner: Span) -> ast.Expr | None:
    if key.name in defaults:
        return defaults[key.name]
    if key.same_as is not None:
        return exprs.get(key.same_as)
    return None if key.default is None else default_expr(key.default, owner)
