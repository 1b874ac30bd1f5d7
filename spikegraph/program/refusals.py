"""Operations that a format can't express, as errors with their lines in the spec."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from spikegraph.dsl.diagnostics import Diagnostics, SpecError, StoppedError
from spikegraph.dsl.source import Span

CODE = "SG1101"


@dataclass(frozen=True)
class Refusal:
    """An operation that can't be exported.

    Attributes:
        node: Its name in the graph.
        span: Its place in the spec.
        summary: What the format lacks.
        help: How to change the spec or the plug-in, if that is known.
        declared: Whether the reason is in a declaration, such as that of a neuron, which many operations may use.
    """

    node: str
    span: Span
    summary: str
    help: str | None = None
    declared: bool = False


def places(refusals: Iterable[Refusal]) -> list[tuple[Refusal, ...]]:
    """The refusals that have one reason: at one place, which many uses of a cell or block share, or in one declaration."""
    found: dict[tuple[Span | None, str, str | None], list[Refusal]] = {}
    for refusal in refusals:
        found.setdefault((None if refusal.declared else refusal.span, refusal.summary, refusal.help), []).append(refusal)
    return [tuple(group) for group in found.values()]


def report(refusals: Iterable[Refusal], diagnostics: Diagnostics) -> None:
    """Adds an error for each place; it names the first operation, and says how many others there are."""
    with suppress(StoppedError):  # there are so many that the first ones suffice
        for first, *others in places(refusals):
            more = f", and {len(others)} more" if others else ""
            diagnostics.error(CODE, first.span, f"{first.summary} (at {first.node}{more})", help=first.help)


def require_none(refusals: Iterable[Refusal], known: Diagnostics) -> None:
    """Raises the errors of refusals, if there are any; `known` has the sources of the spec.

    Raises:
        SpecError: There are some.
    """
    diagnostics = Diagnostics()
    diagnostics.sources.update(known.sources)
    report(refusals, diagnostics)
    if diagnostics.has_errors:
        raise SpecError(diagnostics)
