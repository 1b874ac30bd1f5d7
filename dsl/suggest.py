"""Edits that replace an unknown name by the nearest known one."""

from collections.abc import Iterable

from spikegraph.dsl.diagnostics import Fix
from spikegraph.dsl.nearest import nearest
from spikegraph.dsl.source import Span


def rename(span: Span, name: str, known: Iterable[str]) -> tuple[Fix, ...]:
    """The edit that writes the nearest known name at `span`; none if no name is near."""
    near = nearest(name, known)
    return () if near is None else (Fix(span, near, f"write `{near}`"),)
