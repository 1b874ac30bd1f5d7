"""The edit that corrects a name."""

from collections.abc import Iterable

from spikegraph.base.nearest import nearest
from spikegraph.dsl.ast import Argument
from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.source import Span


def rename(span: Span, name: str, known: Iterable[str]) -> tuple[Fix, ...]:
    """The edit that writes the nearest known name at `span`; none if no name is near enough."""
    near = nearest(name, known)
    return () if near is None else (Fix(span, near, f"write `{near}`"),)


def name_span(argument: Argument) -> Span:
    """The span of an argument's name; of its start if it has none."""
    span = argument.span
    return Span(span.file, span.line, span.column, span.line, span.column + len(argument.name or ""))
