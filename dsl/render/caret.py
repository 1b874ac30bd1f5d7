"""Renders diagnostics as text: the place, the message, the source line with the error underlined, and the help."""

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from textwrap import wrap
from typing import Protocol

from spikegraph.base.visible import visible, visible_name
from spikegraph.dsl.diagnostic import Diagnostic
from spikegraph.dsl.limits import MOST_SHOWN
from spikegraph.dsl.source import SourceFile, Span

_TAB = 4
_LONGEST = 200
"""Most columns of a source line to show."""
_WINDOW = 4 * _LONGEST
"""Most characters of a source line to look at."""

_RESET, _BOLD = "\x1b[0m", "\x1b[1m"
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "place": "\x1b[34m", "help": "\x1b[36m"}


class Found(Protocol):
    """Diagnostics with the sources that their spans refer to, and how many there are, as `Diagnostics` has them."""

    sources: dict[str, SourceFile]
    stopped: bool

    @property
    def errors(self) -> int:
        """How many errors there are."""
        ...

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        ...

    def __iter__(self) -> Iterator[Diagnostic]: ...
    def __len__(self) -> int: ...


def render(diagnostics: Found, *, colour: bool = False, columns: int | None = None) -> str:
    """The first diagnostics in order, with blank lines between them and a last line with their number; empty if there are none.

    Args:
        diagnostics: The diagnostics.
        colour: Whether the text has ANSI escapes.
        columns: The most columns of a line; None is no limit.
    """
    if not len(diagnostics):
        return ""
    shown = islice(diagnostics, MOST_SHOWN)
    parts = [render_one(diagnostic, diagnostics.sources, colour=colour, columns=columns) for diagnostic in shown]
    if len(diagnostics) > MOST_SHOWN:
        parts.append(f"... and {len(diagnostics) - MOST_SHOWN} more\n")
    counts = [
        f"{count} {word}{'s' * (count != 1)}"
        for count, word in ((diagnostics.errors, "error"), (diagnostics.warnings, "warning"))
        if count
    ]
    last = ", ".join(counts) + (", and there checking stopped" if diagnostics.stopped else "")
    return "\n".join([*parts, last + "\n"])


def render_one(
    diagnostic: Diagnostic, sources: Mapping[str, SourceFile], *, colour: bool = False, columns: int | None = None
) -> str:
    """One diagnostic, ending with a line break.

    ::

        stereo.sdhs:12:3: error[SG0203]: unknown key `mixx`
           12 |   mixx = spike
              |   ^^^^
              = help: did you mean `mix`?

    Tabs become spaces up to the next multiple of 4, and wide characters count as two columns, so that carets are below the
    text that they mark. With `colour` the text has ANSI escapes. Texts wider than `columns` are wrapped, source lines are cut.
    """
    paint = _Painter(colour)
    head = f"{diagnostic.severity}[{diagnostic.code}]"
    first, *more = _wrapped(f"{_place(diagnostic.span)}: {head}: {visible(diagnostic.summary)}", columns, "  ")
    place, found, summary = first.partition(f"{head}: ")
    lines = [f"{place}{paint(head, diagnostic.severity)}: {paint(summary, 'bold')}" if found else first]
    lines += [paint(line, "bold") for line in more]
    places = [diagnostic.span, *(label.span for label in diagnostic.labels)]
    width = max(3, *(len(str(place.line)) for place in places)) + 1
    longest = _LONGEST if columns is None else min(_LONGEST, columns - width - 9)  # the margin, and dots at both ends
    lines += _excerpt(diagnostic.span, sources, width, longest, "^", "", paint, diagnostic.severity)
    margin = " " * width
    for label in diagnostic.labels:
        excerpt = _excerpt(label.span, sources, width, longest, "-", visible(label.text), paint, "place")
        same_file = label.span.file == diagnostic.span.file
        if not same_file or not excerpt:
            lines.append(
                f"{margin} {paint(f'--> {_place(label.span)}', 'place')}" + ("" if excerpt else f": {visible(label.text)}")
            )
        lines += excerpt
    for word, text in (("= note:", diagnostic.detail), ("= help:", diagnostic.help)):
        if text:
            first, *more = _wrapped(f"{margin} {word} {visible(text)}", columns, f"{margin}   ")
            lines += [first.replace(word, paint(word, "help"), 1), *more]
    return "\n".join(lines) + "\n"


def _place(span: Span) -> str:
    return visible_name(span.start)


class _Painter:
    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, style: str) -> str:
        if not self.colour:
            return text
        return (_COLOURS.get(style) or _BOLD) + text + _RESET


def _excerpt(
    span: Span, sources: Mapping[str, SourceFile], width: int, longest: int, mark: str, text: str, paint: _Painter, style: str
) -> list[str]:
    """The first line of `span`, underlined; empty if there is no such line."""
    source = sources.get(span.file)
    line = "" if source is None else source.line(span.line)
    if not line.strip():
        return []
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    end = max(start, min(end, len(line)))
    if len(line) > _WINDOW:
        begin = max(0, start - _WINDOW // 2)
        line, start, end = line[begin : begin + _WINDOW], start - begin, min(end - begin, _WINDOW)
    columns = display_columns(line)
    left = columns[start]
    marks = max(1, columns[end] - left)
    shown = display(line)
    if len(shown) > longest:
        shown, left, marks = _cut(shown, left, marks, longest)
    bar = paint("|", "place")
    number = paint(f"{span.line:>{width}}", "place")
    under = [(left, mark * marks + (f" {text}" if text else ""))]
    if text and left + len(under[0][1]) > longest + 6:  # the text has no room behind the marks
        at = min(left, longest // 2)
        under = [(left, mark * marks), *((at, line) for line in wrap(text, longest + 6 - at))]
    return [f"{number} {bar} {shown}", *(f"{' ' * width} {bar} {' ' * at}{paint(line, style)}" for at, line in under)]


def _wrapped(text: str, columns: int | None, indent: str) -> list[str]:
    """A text as lines of at most `columns` columns, all but the first indented."""
    if columns is None or len(text) <= columns:
        return [text]
    return wrap(text, columns, subsequent_indent=indent, break_on_hyphens=False)


def _cut(shown: str, left: int, marks: int, longest: int) -> tuple[str, int, int]:
    """A window of a long line around the place."""
    begin = max(0, left - longest // 2)
    window = shown[begin : begin + longest]
    before = "..." if begin else ""
    after = "..." if begin + longest < len(shown) else ""
    left = left - begin + len(before)
    return before + window + after, left, max(1, min(marks, len(before) + len(window) - left))


def display(line: str) -> str:
    """A source line for a terminal: tabs as spaces, control characters as visible symbols."""
    out: list[str] = []
    column = 0
    for character in line:
        if character == "\t":
            blanks = _TAB - column % _TAB
            out.append(" " * blanks)
            column += blanks
        else:
            harmless = character.isprintable() or unicodedata.combining(character)
            out.append(character if harmless else "\ufffd" if _width(character) else "")
            column += _width(character)
    return "".join(out)


def display_columns(line: str) -> list[int]:
    """The terminal column where each character starts, and the column after the last one."""
    columns = [0]
    for character in line:
        at = columns[-1]
        columns.append(at + (_TAB - at % _TAB if character == "\t" else _width(character)))
    return columns


def _width(character: str) -> int:
    """The terminal columns of a character: 0 for combining marks, 2 for wide characters."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
