"""One error or warning about a spec."""

from typing import Literal

from spikegraph.base.record import record
from spikegraph.dsl.source import Span

Severity = Literal["error", "warning"]


@record
class Label:
    """A related place and how it relates to the diagnostic."""

    span: Span
    text: str


@record
class Fix:
    """An edit that fixes the problem: `replacement` for the text at `span`; `text` describes it."""

    span: Span
    replacement: str
    text: str


@record
class Diagnostic:
    """One error or warning: where it is, what is wrong, and how to fix it."""

    code: str
    severity: Severity
    span: Span
    summary: str
    detail: str | None = None
    labels: tuple[Label, ...] = ()
    help: str | None = None
    fixes: tuple[Fix, ...] = ()
