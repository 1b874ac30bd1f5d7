"""`X like Y`: copies the statements of Y and replaces those that X has itself."""

from collections.abc import Collection
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl import ast
from spikegraph.dsl.declarations import Declarations
from spikegraph.dsl.diagnostics import Diagnostics, Label
from spikegraph.dsl.limits import MOST_WRITTEN
from spikegraph.dsl.node_descriptions import KIND_WORDS
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.schema.names import Declared
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.dsl.wire_order import in_order


def dotted_path(key: ast.Expr) -> tuple[str, ...] | None:
    """The parts of a path of names and dots; None if it isn't one."""
    match key:
        case ast.Name(name):
            return (name,)
        case ast.Attribute(base, name):
            before = dotted_path(base)
            return None if before is None else (*before, name)
        case _:
            return None


def statement_key(statement: ast.Statement) -> object:
    """The key under which a statement replaces one of the base."""
    match statement:
        case ast.Entry(ast.Attribute() as key):
            return dotted_path(key) or statement.span
        case ast.Entry(ast.Name(name)) | ast.Output(ast.Name(name)) | ast.Param(ast.Name(name)) | ast.Block(ast.Name(name)):
            return name
        case ast.Input(names):
            return tuple(name.id for name in names)
        case ast.Return():
            return "return"
        case _:
            return statement.span


def merge_like(
    declarations: Declarations, diagnostics: Diagnostics, kinds: Collection[str] = KINDS, budget: int = MOST_WRITTEN
) -> int:
    """Write out every `like` of some kinds; a declaration becomes broken if its base is broken, unknown or depends on it.

    `budget` is how many entries may be copied; what is left of it is returned.
    """
    for kind in kinds:
        table = declarations.all(kind)
        for name in _bases_first(kind, table, declarations, diagnostics):
            own = table[name]
            if own.like is None:
                continue
            if budget < 0 or (kind, own.like.id) in declarations.broken:
                declarations.broken.add((kind, name))
                continue
            copy = merged(table[own.like.id], own)
            declarations.bases[kind, name] = own.like.id
            budget -= len(copy.body)
            if budget < 0:
                diagnostics.error(
                    "SG0218",
                    own.like.span,
                    "`like` copies too many entries",
                    help=f"a spec may copy at most {MOST_WRITTEN} entries",
                )
                declarations.broken.add((kind, name))
                continue
            table[name] = declarations.named[kind][name] = copy
    return budget


def _bases_first(
    kind: str, table: dict[str, ast.Declaration], declarations: Declarations, diagnostics: Diagnostics
) -> list[str]:
    """The names of `table`, each after its base; names without a sound base are marked as broken and left out."""
    order: list[str] = []
    done: set[str] = set()
    for name in table:
        chain: dict[str, ast.Name | None] = {}
        at = name
        while at not in done:
            if at in chain:
                names = list(chain)
                circle = names[names.index(at) :]
                _circle(circle, [chain[member] for member in circle], diagnostics)
                done.update(circle)
                declarations.broken.update((kind, member) for member in circle)
                break
            like = chain[at] = table[at].like
            if like is None:
                break
            if not _base_known(kind, like, declarations, diagnostics):
                done.add(at)
                declarations.broken.add((kind, at))
                break
            at = like.id
        order.extend(member for member in reversed(chain) if member not in done)
        done.update(chain)
    return order


_SHOWN = 12
"""Most names of a cycle that the message has."""


def _circle(names: list[str], places: "list[ast.Name | None]", diagnostics: Diagnostics) -> None:
    spans = [place.span for place in places if place is not None]
    diagnostics.error(
        "SG0211",
        spans[0],
        "`like` forms a cycle: " + " like ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else []), names[0]]),
        labels=[Label(span, "and here") for span in spans[1:_SHOWN]],
    )


def _base_known(kind: str, like: ast.Name, declarations: Declarations, diagnostics: Diagnostics) -> bool:
    if (kind, like.id) in declarations.broken:
        return False
    if like.id in declarations.named[kind]:
        return True
    others = [other for other, names in declarations.named.items() if like.id in names and other in KIND_WORDS]
    if others:
        diagnostics.error(
            "SG0210",
            like.span,
            f"`{like.id}` is {KIND_WORDS[others[0]]}, but this is {KIND_WORDS[kind]}",
            help=did_you_mean(like.id, declarations.named[kind]) or "name a declaration of the same kind",
        )
        return False
    scope = Scope(diagnostics, declarations.named, declarations.broken, declarations.incomplete)
    Declared(kind).declared(like, scope)
    return False


def merged(base: ast.Declaration, own: ast.Declaration) -> ast.Declaration:
    """A declaration with the statements of its base, of which its own replace those of the same key."""
    body = {statement_key(statement): statement for statement in base.body}
    if base.kind == "dataset" and "source" not in body and base.name.id in SOURCES:
        name = ast.Name("source", base.name.span)
        body["source"] = ast.Entry(name, base.name, base.name.span)
    seen: set[object] = set()
    twice: list[ast.Statement] = []
    for statement in own.body:
        key = statement_key(statement)
        if key in seen:
            twice.append(statement)
        else:
            seen.add(key)
            if own.kind == "profile":
                body.pop(key, None)  # its entries apply in order
            body[key] = statement
    both = (*body.values(), *twice)
    return replace(own, like=None, body=in_order(both) if own.kind == "network" else both)
