"""Overrides by dotted path, from a profile or from `--set PATH=VALUE`: put into the tree as if they were written there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from spikegraph.dsl import ast
from spikegraph.dsl.declarations import Declarations
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.nearest import did_you_mean, listed
from spikegraph.dsl.parser import parse_expression
from spikegraph.dsl.schema.cell import CELL
from spikegraph.dsl.schema.dataset import IMAGES, STEREO
from spikegraph.dsl.schema.key import Key, Schema
from spikegraph.dsl.schema.network import NETWORK
from spikegraph.dsl.schema.neuron import NEURON
from spikegraph.dsl.schema.run import DGS, RUNS
from spikegraph.dsl.schema.trellis import TRELLIS
from spikegraph.dsl.source import SourceFile, Span

SET = "--set"
"""The name under which diagnostics show the overrides of the command line."""

_PATH = re.compile(r"\s*([A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)\s*")

_SCHEMAS: dict[str, Schema] = {
    "neuron": NEURON,
    "candidates": (),
    "cell": CELL,
    "trellis": TRELLIS,
    "network": NETWORK,
    "dataset": tuple({key.name: key for key in (*STEREO, *IMAGES)}.values()),
}


@dataclass(frozen=True)
class Override:
    """`path = value`; `span` is the path's place."""

    path: tuple[str, ...]
    value: ast.Expr
    span: Span


def from_profile(profile: ast.Declaration, diagnostics: Diagnostics) -> list[Override]:
    """The overrides of a profile, in order."""
    found: list[Override] = []
    for statement in profile.body:
        if not isinstance(statement, ast.Entry):
            continue
        path = _dotted(statement.key)
        if path is None:
            diagnostics.error("SG0702", statement.key.span, "a path has names and dots only")
        else:
            found.append(Override(path, statement.value, statement.key.span))
    return found


def from_command_line(texts: Sequence[str], diagnostics: Diagnostics) -> list[Override]:
    """The overrides of `--set`, one text each; diagnostics show them as lines of a file called `--set`."""
    lines = [re.sub(r"[\r\n]", " ", text) for text in texts]
    if lines:
        diagnostics.sources[SET] = SourceFile(SET, "\n".join(lines))
    found: list[Override] = []
    for i, line in enumerate(lines):
        left, equals, _ = line.partition("=")
        match = _PATH.fullmatch(left)
        whole = Span(SET, i + 1, 1, i + 1, max(2, len(line) + 1))
        if not equals or match is None:
            diagnostics.error("SG0703", whole, f"`{line[:60]}` is not PATH=VALUE", help="such as `search.epochs=2`")
            continue
        # Blanks in place of what comes before keep lines and columns right.
        text = "\n" * i + " " * (len(left) + 1) + line[len(left) + 1 :]
        value = parse_expression(SourceFile(SET, text), diagnostics)
        if value is not None:
            place = Span(SET, i + 1, match.start(1) + 1, i + 1, match.end(1) + 1)
            found.append(Override(tuple(part.strip() for part in match[1].split(".")), value, place))
    return found


def apply(overrides: Iterable[Override], declarations: Declarations, diagnostics: Diagnostics) -> None:
    """Put each override into the declaration, the run, or the params that its path names; later ones win."""
    for override in overrides:
        head, *rest = override.path
        heads = _heads(head, declarations)
        if not heads:
            if not declarations.incomplete and not any(name == head for _, name in declarations.broken):
                known = [n for kind in _SCHEMAS for n in declarations.named[kind]] + list(declarations.runs)
                _lost(override, head, known, diagnostics)
            continue
        if not any(_put(kind, head, rest, override, declarations) for kind in heads):
            known = [f"{head}.{key}" for kind in heads for key in _keys(kind, head, declarations)]
            _lost(override, ".".join(override.path), known, diagnostics)


def _lost(override: Override, path: str, known: list[str], diagnostics: Diagnostics) -> None:
    near = did_you_mean(path, known)
    diagnostics.error(
        "SG0702", override.span, f"`{path}` leads nowhere", help=near or (f"known are {listed(known)}" if known else None)
    )


def keys_of(override: Override, declarations: Declarations) -> list[Key]:
    """The keys of the schemas that an override's path names; none for params and candidates."""
    head, *rest = override.path
    path = ".".join(rest)
    found: list[Key] = []
    for kind in _heads(head, declarations):
        if path.startswith("dgs.") and kind == "retrain":
            found += [key for key in DGS if f"dgs.{key.name}" == path]
        found += [key for key in RUNS.get(kind) or _SCHEMAS[kind] if key.name == path]
    return found


def _heads(head: str, declarations: Declarations) -> list[str]:
    if head in RUNS:
        return [head] if head in declarations.runs else []
    return [kind for kind in _SCHEMAS if head in declarations.named[kind]]


def _keys(kind: str, head: str, declarations: Declarations) -> list[str]:
    """The paths behind `head` that can be overridden."""
    if kind in RUNS:
        run = declarations.runs[kind]
        keys = [key.name for key in RUNS[kind]] + _params(run.network.id, declarations)
        keys += [argument.name for argument in run.bindings if argument.name is not None and argument.name not in keys]
        if any(isinstance(statement, ast.Dgs) for statement in run.body):
            keys += [f"dgs.{key.name}" for key in DGS]
        return keys
    keys = [key.name for key in _SCHEMAS[kind]]
    if kind == "network":
        keys += _params(head, declarations)
    if kind == "candidates":
        keys += [s.key.id for d in _family(kind, head, declarations) for s in d.body if _names(s)]  # type: ignore[union-attr]
    return keys


def _names(statement: ast.Statement) -> bool:
    return isinstance(statement, ast.Entry) and isinstance(statement.key, ast.Name)


def _family(kind: str, name: str, declarations: Declarations) -> list[ast.Declaration]:
    """A declaration and what it is like, so far as that is known."""
    table = declarations.all(kind)
    found: dict[str, ast.Declaration] = {}
    while name in table and name not in found:
        found[name] = table[name]
        like = table[name].like
        if like is None:
            break
        name = like.id
    return list(found.values())


def _params(network: str, declarations: Declarations) -> list[str]:
    params = [s.name.id for d in _family("network", network, declarations) for s in d.body if isinstance(s, ast.Param)]
    return list(dict.fromkeys(params))


def _put(kind: str, head: str, rest: list[str], override: Override, declarations: Declarations) -> bool:
    """Put the override where it belongs; False when the path names nothing there."""
    if ".".join(rest) not in _keys(kind, head, declarations):
        return False
    if kind in RUNS:
        declarations.runs[kind] = _in_run(declarations.runs[kind], rest, override)
        return True
    table = declarations.named[kind]
    declaration = declarations.all(kind)[head]
    param = kind == "network" and rest[0] in _params(head, declarations)
    table[head] = replace(declaration, body=_with(declaration.body, rest[0], override, param=param))
    return True


def _in_run(run: ast.Run, rest: list[str], override: Override) -> ast.Run:
    if rest[0] == "dgs" and len(rest) == 2:
        body = tuple(replace(s, body=_with(s.body, rest[1], override)) if isinstance(s, ast.Dgs) else s for s in run.body)
        return replace(run, body=body)
    if rest[0] in {key.name for key in RUNS[run.kind]}:
        return replace(run, body=_with(run.body, rest[0], override))
    argument = ast.Argument(rest[0], override.value, override.span)
    bindings = [argument if old.name == rest[0] else old for old in run.bindings]
    if argument not in bindings:
        bindings.append(argument)
    return replace(run, bindings=tuple(bindings))


def _with(body: tuple[ast.Statement, ...], key: str, override: Override, *, param: bool = False) -> tuple[ast.Statement, ...]:
    """The body with `key = value` in place of the entry (or the param) of that name, or at the end."""
    name = ast.Name(key, override.span)
    new: ast.Entry | ast.Param
    if param:
        new = ast.Param(name, override.value, override.span)
        found = [isinstance(s, ast.Param) and s.name.id == key for s in body]
    else:
        new = ast.Entry(name, override.value, override.span)
        found = [isinstance(s, ast.Entry) and isinstance(s.key, ast.Name) and s.key.id == key for s in body]
    if any(found):
        return tuple(replace(new, span=s.span) if hit else s for s, hit in zip(body, found, strict=True))
    last = max((i for i, s in enumerate(body) if isinstance(s, ast.Entry | ast.Param)), default=-1)
    return (*body[: last + 1], new, *body[last + 1 :])


def _dotted(expr: ast.Expr) -> tuple[str, ...] | None:
    match expr:
        case ast.Name(name):
            return (name,)
        case ast.Attribute(base, name):
            before = _dotted(base)
            return None if before is None else (*before, name)
        case _:
            return None
