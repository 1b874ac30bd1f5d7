"""A block read by the record that declares its keys."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.defaults import default_expr
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe_statement
from spikegraph.dsl.other_neurons import SAME, TIME_CONSTANTS, meant
from spikegraph.dsl.schema.boxes import no_boxes
from spikegraph.dsl.schema.key import Key, Scope
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.statements import ALLOWED
from spikegraph.dsl.source import Span
from spikegraph.dsl.traversal import malformed

R = TypeVar("R")

OTHER_KEYS = {
    **dict.fromkeys(TIME_CONSTANTS, "decay"),
    **SAME,
    **dict.fromkeys(("optimizer", "optimiser", "optim"), "weights"),
    **dict.fromkeys(("transform", "transforms"), "augment"),
}
"""What other programs call a key; values may have another meaning there."""


@record
class BlockReading(Generic[R]):
    """A record, the expression of each key, and the statements of the block with every key written out."""

    record: R
    exprs: Mapping[str, ast.Expr]
    body: tuple[ast.Statement, ...]


def allowed(body: Sequence[ast.Statement], kind: str, scope: Scope) -> bool:
    """Whether every statement may stand in a block of `kind`; adds an error for each other one."""
    sound = True
    for statement in body:
        if not isinstance(statement, ALLOWED[kind]):
            places = [place for place, statements in ALLOWED.items() if isinstance(statement, statements)]
            summary = f"{describe_statement(statement)} may not stand in a `{kind}`"
            scope.diagnostics.error("SG0215", statement.span, summary, help=f"move it to {listed(places)}")
            sound = False
    return sound


def named_entries(body: Sequence[ast.Statement], scope: Scope) -> tuple[dict[str, ast.Entry], bool]:
    """The entries of a block by key, and whether every key is a plain name that occurs once."""
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


def read_block(
    record: type[R],
    body: Sequence[ast.Statement],
    kind: str,
    owner: Span,
    scope: Scope,
    defaults: Mapping[str, ast.Expr] | None = None,
    **rest: object,
) -> BlockReading[R] | None:
    """Read the keys of a block and make its record; None if anything is wrong.

    Args:
        record: the record; its keys are the schema.
        body: the statements of the block.
        kind: the kind of the block, for messages.
        owner: where errors about missing keys point.
        scope: what is known there.
        defaults: defaults that depend on the rest of the spec.
        rest: the record's other fields.
    """
    sound = allowed(body, kind, scope)
    entries, once = named_entries(body, scope)
    known = {key.name: key for key in keys(record)}
    sound = sound and once
    for name, entry in entries.items():
        if name not in known:
            other = OTHER_KEYS.get(name, "")
            boxes = no_boxes(entry.value.id) if name == "task" and isinstance(entry.value, ast.Name) else None
            nearest = f"the nearest key is `{other}`: {known[other].doc}" if other in known else None
            same = meant(name, entry.value, entry.span) if other in known else None
            said = boxes or (same.help if same else nearest)
            scope.diagnostics.error(
                "SG0203",
                entry.key.span,
                f"unknown key `{name}`",
                help=said or did_you_mean(name, known) or f"the keys of `{kind}` are {listed(known, 20, 'and')}",
                fixes=same.fixes if same else rename(entry.key.span, name, known) if nearest is None else (),
            )
            sound = False
    values: dict[str, object] = {}
    exprs: dict[str, ast.Expr] = {}
    missing: list[str] = []
    for name, key in known.items():
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
    # A misspelt key is probably the missing one: one error is enough.
    if missing and not any(name not in known for name in entries):
        for name in missing:
            scope.diagnostics.error("SG0206", owner, f"`{name}` is missing", help=f"`{name} = ...`: {known[name].doc}")
    if not sound:
        return None
    written = [ast.Entry(ast.Name(name, owner), exprs[name], owner) for name in known]
    return BlockReading(record(**values, **rest), exprs, (*written, *(s for s in body if not isinstance(s, ast.Entry))))


def _default(key: Key[object], exprs: Mapping[str, ast.Expr], defaults: Mapping[str, ast.Expr], owner: Span) -> ast.Expr | None:
    if key.name in defaults:
        return defaults[key.name]
    if key.same_as is not None:
        return exprs.get(key.same_as)
    return None if key.default is None else default_expr(key.default, owner)
