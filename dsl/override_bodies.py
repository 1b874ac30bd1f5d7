"""Overrides put into the bodies of declarations."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.source import Span


@record
class Override:
    """`path = value`; `span` is the path's."""

    path: tuple[str, ...]
    value: ast.Expr
    span: Span


def with_overrides(
    body: tuple[ast.Statement, ...], given: Mapping[str, Override], params: Collection[str] = ()
) -> tuple[ast.Statement, ...]:
    """The body with each `key = value` in place of the entry or param of that name, or after the last one."""
    new: dict[str, ast.Entry | ast.Param] = {}
    for key, override in given.items():
        sort = ast.Param if key in params else ast.Entry
        new[key] = sort(ast.Name(key, override.span), override.value, override.span)
    found: list[ast.Statement] = []
    placed: set[str] = set()
    for statement in body:
        name = entry_name(statement)
        replacement = new.get(name) if name is not None else None
        if name is not None and replacement is not None and type(replacement) is type(statement):
            found.append(replace(replacement, span=statement.span))
            placed.add(name)
        else:
            found.append(statement)
    last = max((i for i, s in enumerate(found) if isinstance(s, ast.Entry | ast.Param)), default=-1)
    return (*found[: last + 1], *(s for key, s in new.items() if key not in placed), *found[last + 1 :])


def in_blocks(
    body: tuple[ast.Statement, ...], blocks: Mapping[str, ast.Block], given: Mapping[str, Override]
) -> tuple[tuple[ast.Statement, ...], dict[str, Override]]:
    """A network's body with the overrides of its blocks, and the other overrides; a block of its base is copied."""
    of_blocks: dict[str, dict[str, Override]] = {}
    for path in [path for path in given if "." in path]:
        block, _, key = path.partition(".")
        of_blocks.setdefault(block, {})[key] = given[path]
    new = {
        n: replace(blocks[n], body=with_overrides(blocks[n].body, own, params_of(blocks[n].body)))
        for n, own in of_blocks.items()
    }
    found = [new.pop(s.name.id, s) if isinstance(s, ast.Block) else s for s in body]
    return (*new.values(), *found), {path: override for path, override in given.items() if "." not in path}


def for_source(body: tuple[ast.Statement, ...], name: str, source: ast.Expr) -> tuple[ast.Statement, ...]:
    """A data set's body without the keys that its own source has, but not the one that takes its place."""
    written = next((s.value for s in body if isinstance(s, ast.Entry) and entry_name(s) == "source"), None)
    before = name if written is None else written.id if isinstance(written, ast.Name) else ""
    after = source.id if isinstance(source, ast.Name) else ""
    if before not in SOURCES or after not in SOURCES:
        return body
    gone = {key.name for key in keys(SOURCES[before].record)} - {key.name for key in keys(SOURCES[after].record)}
    return tuple(s for s in body if not (isinstance(s, ast.Entry) and entry_name(s) in gone))


def params_of(body: Iterable[ast.Statement]) -> list[str]:
    """The names of a body's params."""
    return [s.name.id for s in body if isinstance(s, ast.Param)]


def entry_name(statement: ast.Statement) -> str | None:
    """The name of an entry or param; None for other statements."""
    match statement:
        case ast.Param(name):
            return name.id
        case ast.Entry(ast.Name(name)):
            return name
        case _:
            return None


def with_argument(call: ast.Call, name: str, value: ast.Expr, span: Span) -> ast.Call:
    """A call with an argument set, in its place if it is there."""
    new = ast.Argument(name, value, span)
    found = tuple(new if argument.name == name else argument for argument in call.arguments)
    return replace(call, arguments=found if new in found else (*found, new))
