"""Errors and warnings about a spec, collected so that one run reports all of them."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast, overload

from spikegraph.dsl.codes import CODES
from spikegraph.dsl.diagnostic import Diagnostic, Fix, Label, Severity
from spikegraph.dsl.limits import MOST_ERRORS
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import SourceFile, Span

__all__ = ["Diagnostic", "Diagnostics", "Fix", "Label", "Severity", "SpecError", "StoppedError"]

_MOST_NOTES = 4
"""Most uses of blocks that an error shows, from the innermost on."""

MOST_LISTED, MOST_SHOWN = 5, 100
"""Most errors and warnings in a `repr`, and most characters of each."""

_LONGEST_MESSAGE, _LONGEST_EDIT = 1000, 10_000
"""Most characters of a summary or help, and of the text that a fix writes; a fix with a longer one is left out."""


class Diagnostics:
    """The diagnostics of a spec, with the source files that their spans refer to.

    Iteration is by file, line and column. Files come in the order in which they were read, the entry file first. After
    `MOST_ERRORS` errors the next one isn't added: `error` raises `StoppedError`, and `stopped` is true.

    `reports` counts errors with their repetitions, which are added once: whether something is wrong, compare this before and
    after, since the same mistake may have been found before, in another phase.
    """

    def __init__(self) -> None:
        self.sources: dict[str, SourceFile] = {}
        self._found: dict[tuple[str, Span, str], Diagnostic] = {}
        self._errors = 0
        self.reports = 0
        self._settled: set[tuple[str, Span]] = set()
        self._notes: list[Label] = []
        self.stopped = False

    def error(
        self,
        code: str,
        span: Span,
        summary: str,
        *,
        help: str | None = None,
        detail: str | None = None,
        labels: Iterable[Label] = (),
        fixes: Iterable[Fix] = (),
    ) -> None:
        """Add an error.

        Raises:
            KeyError: `code` is not in the table of codes.
            StoppedError: There are too many errors.
        """
        if self._errors >= MOST_ERRORS:
            self.stopped = True
            raise StoppedError(self)
        self.reports += 1
        labels = (*labels, *self._notes[: -_MOST_NOTES - 1 : -1])
        short = tuple(fix for fix in fixes if len(fix.replacement) <= _LONGEST_EDIT)
        self._add(Diagnostic(code, "error", span, _cut(summary), _cut(detail), labels, _cut(help), short))

    def warning(self, code: str, span: Span, summary: str, *, help: str | None = None, fixes: Iterable[Fix] = ()) -> None:
        """Add a warning.

        Raises:
            KeyError: `code` is not in the table of codes.
        """
        self._add(Diagnostic(code, "warning", span, summary, help=help, fixes=tuple(fixes)))

    @contextmanager
    def noting(self, note: Label) -> Generator[None]:
        """Adds a note to each error inside, such as the use of a block whose lines the errors are about."""
        self._notes.append(note)
        try:
            yield
        finally:
            self._notes.pop()

    def settle(self) -> None:
        """From now on, add nothing of the same code at the same place as what is there: another view of the same mistake."""
        self._settled.update((diagnostic.code, diagnostic.span) for diagnostic in self._found.values())

    def extend(self, other: "Diagnostics") -> None:
        """Add the sources and diagnostics of `other`."""
        for name, source in other.sources.items():
            self.sources.setdefault(name, source)
        for diagnostic in other._found.values():
            self._add(diagnostic)
        self.reports += other.reports
        self.stopped |= other.stopped

    def take(self, found: Iterable[Diagnostic]) -> None:
        """Add some diagnostics of others."""
        for diagnostic in found:
            self.reports += diagnostic.severity == "error"
            self._add(diagnostic)

    def _add(self, diagnostic: Diagnostic) -> None:
        if diagnostic.code not in CODES:
            raise KeyError(f"{diagnostic.code} is not in the table of diagnostic codes")
        key = (diagnostic.code, diagnostic.span, diagnostic.summary)
        if key not in self._found and (diagnostic.code, diagnostic.span) not in self._settled:
            self._found[key] = diagnostic
            self._errors += diagnostic.severity == "error"

    def __iter__(self) -> Iterator[Diagnostic]:
        order = {name: i for i, name in enumerate(self.sources)}
        return iter(
            sorted(
                self._found.values(),
                key=lambda d: (order.get(d.span.file, len(order)), d.span.file, d.span.line, d.span.column, d.code),
            )
        )

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        found = list(self)[:MOST_LISTED]
        first = "".join(f"\n  {d.span.start}: {d.severity}[{d.code}]: {d.summary[:MOST_SHOWN]}" for d in found)
        rest = f"\n  and {len(self) - MOST_LISTED} more" if len(self) > MOST_LISTED else ""
        return f"<Diagnostics: {counted(self.errors, 'error')}, {counted(self.warnings, 'warning')}{first}{rest}>"

    @property
    def errors(self) -> int:
        """The number of errors."""
        return self._errors

    @property
    def warnings(self) -> int:
        """The number of warnings."""
        return len(self._found) - self.errors

    @property
    def has_errors(self) -> bool:
        """Whether there is any error."""
        return self._errors > 0


@overload
def _cut(text: str) -> str: ...
@overload
def _cut(text: str | None) -> str | None: ...
def _cut(text: str | None) -> str | None:
    """A message without the end of what is too long in it."""
    return text if text is None or len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."


class SpecError(Exception):
    """A spec has errors; `diagnostics` holds them. As text it is what the command line prints, without colours."""

    status = 1  # of the program

    def __init__(self, diagnostics: Diagnostics) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        from spikegraph.dsl.render.caret import render  # noqa: PLC0415 (only where there is something to report)

        # A type checker that follows the link to this folder sees this file under two names.
        return render(cast("Any", self.diagnostics)).rstrip("\n")


class StoppedError(SpecError):
    """A spec has so many errors that checking stopped."""
