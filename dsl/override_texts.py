"""The overrides of a profile, and of `--set PATH=VALUE`, as they are written, and the error of a path that nothing has."""

import re
from collections.abc import Sequence
from dataclasses import replace

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.surface import plain
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.dotted import NO_IMPORTS, Imports, named_in, resolved_expr, resolved_path
from spikegraph.dsl.layout import flat
from spikegraph.dsl.like import dotted_path
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.override_bodies import Override
from spikegraph.dsl.parser import parse_expression
from spikegraph.dsl.source import SourceFile, Span

_PATH = re.compile(r"\s*([A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)\s*")


def from_profile(profile: ast.Declaration, diagnostics: Diagnostics) -> list[Override]:
    """The overrides of a profile, in order."""
    found: dict[tuple[str, ...], Override] = {}
    for statement in profile.body:
        if not isinstance(statement, ast.Entry):
            continue
        path = dotted_path(statement.key)
        if path is None:
            diagnostics.error("SG0702", statement.key.span, "a path consists of names and dots")
            continue
        first = found.pop(path, None)
        if first is not None:
            help = f"the one in line {first.span.line} has no effect; remove it"
            diagnostics.warning("SG0205", statement.key.span, f"`{'.'.join(path)}` is given twice", help=help)
        found[path] = Override(path, statement.value, statement.key.span)
    return list(found.values())


def without_dots(texts: Sequence[str], imports: Imports) -> tuple[str, ...]:
    """Sound overrides of `--set` as they are written for a text that has the imports' declarations in their place."""
    found: list[str] = []
    for text in texts:
        dotted, resolved = (from_command_line([text], known, Diagnostics()) for known in (NO_IMPORTS, imports))
        same = not resolved or resolved == dotted
        found.append(text if same else f"{'.'.join(resolved[0].path)}={flat(resolved[0].value)}")
    return tuple(found)


def from_command_line(texts: Sequence[str], imports: Imports, diagnostics: Diagnostics) -> list[Override]:
    """The overrides of `--set`; diagnostics show them as lines of a file called `--set`, or `overrides` in Python."""
    name = plain("set")
    lines = [re.sub(r"[\r\n]", " ", text) for text in texts]
    if lines:
        diagnostics.sources[name] = SourceFile(name, "\n".join(lines))
    found: list[Override] = []
    for i, line in enumerate(lines):
        left, equals, right = line.partition("=")
        match = _PATH.fullmatch(left)
        whole = Span(name, i + 1, 1, i + 1, max(2, len(line) + 1))
        if not equals or match is None:
            diagnostics.error("SG0703", whole, f"`{line[:60]}` is not PATH=VALUE", help="such as `search.epochs=2`")
            continue
        if not right.partition("#")[0].strip():
            diagnostics.error("SG0106", whole, "expected a value, found the end")
            continue
        # Spaces in place of the text before the value keep lines and columns right.
        text = "\n" * i + " " * (len(left) + 1) + right
        value = parse_expression(SourceFile(name, text), diagnostics)
        path = tuple(part.strip() for part in match[1].split("."))
        value = None if value is None else resolved_expr(value, named_in(path, imports), diagnostics)
        if value is not None:
            place = Span(name, i + 1, match.start(1) + 1, i + 1, match.end(1) + 1)
            found.append(Override(resolved_path(path, imports), value, place))
    return found


def lost(override: Override, path: str, known: list[str], diagnostics: Diagnostics) -> None:
    """Adds an error for a path that is none of those known."""
    near = did_you_mean(path, known)
    diagnostics.error(
        "SG0702",
        override.span,
        f"unknown path `{path}`",
        help=near or (f"known are {listed(known, last='and')}" if known else None),
        fixes=rename(replace(override.span, end_column=override.span.column + len(path)), path, known),
    )
