"""What is wrong with a text, at once: what was found before in pieces that are unchanged, and syntax errors of the others."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics, Fix, Label
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.service.checked import Checked
from spikegraph.service.document import Document
from spikegraph.service.places import Place

_HEAD = "sdhs 1\n"


def problems(document: Document, checked: Checked) -> tuple[Diagnostic, ...]:
    """The diagnostics of a document, of which `checked` may be an earlier state.

    They are those of the compiler as far as they are known, and all syntax errors. Those of other files stay as they were.
    """
    if checked.text == document.text:
        return checked.diagnostics
    before, file = Document(document.path, checked.text), str(document.path)
    kept = _kept([piece.text for piece in before.pieces], [piece.text for piece in document.pieces])
    moves = {old: document.pieces[number].line - before.pieces[old].line for number, old in kept.items()}

    def move(span: Span) -> int | None:
        return moves.get(before.piece_at(before.offset(Place(span.line, 1))))

    found = [d for d in checked.diagnostics if d.span.file != file]
    for number, piece in enumerate(document.pieces):
        if number in kept:
            found += [_moved(d, move, file) for d in _of_piece(checked, before, kept[number])]
        else:
            lines = piece.line - (number > 0)
            found += [_moved(d, lambda _, by=lines: by, file) for d in _syntax(piece.text, "" if number == 0 else _HEAD)]
    return tuple(found)


def _kept(before: Sequence[str], now: Sequence[str]) -> dict[int, int]:
    """For each piece that was there before its number then; equal ones keep their order around what has changed."""
    least = min(len(before), len(now))
    first = next((i for i in range(least) if before[i] != now[i]), least)
    last = next((i for i in range(least - first) if before[-1 - i] != now[-1 - i]), least - first)
    kept = {i: i for i in range(first)} | {len(now) - i: len(before) - i for i in range(1, last + 1)}
    changed: dict[str, list[int]] = {}
    for number in range(first, len(before) - last):
        changed.setdefault(before[number], []).append(number)
    return kept | {i: changed[now[i]].pop(0) for i in range(first, len(now) - last) if changed.get(now[i])}


def _of_piece(checked: Checked, before: Document, piece: int) -> Iterator[Diagnostic]:
    first = before.pieces[piece].line + 1
    behind = before.pieces[piece + 1].line + 1 if piece + 1 < len(before.pieces) else None
    for d in checked.diagnostics:
        if d.span.file == str(before.path) and first <= d.span.line and (behind is None or d.span.line < behind):
            yield d


@lru_cache(4096)
def _syntax(piece: str, head: str) -> tuple[Diagnostic, ...]:
    """The syntax errors of a piece behind a head."""
    found = Diagnostics()
    parse(SourceFile("", head + piece), found)
    return tuple(found)


def _moved(found: Diagnostic, move: Callable[[Span], int | None], file: str) -> Diagnostic:
    """A diagnostic by so many lines further down, without labels and fixes of which the piece has changed."""

    def moved(span: Span) -> Span | None:
        lines = 0 if span.file not in ("", file) else move(span)
        if lines is None:
            return None
        name = span.file or file
        return Span(name, max(1, span.line + lines), span.column, max(1, span.end_line + lines), span.end_column)

    labels = tuple(Label(to, label.text) for label in found.labels if (to := moved(label.span)) is not None)
    fixes = tuple(Fix(to, fix.replacement, fix.text) for fix in found.fixes if (to := moved(fix.span)) is not None)
    place = moved(found.span) or found.span
    return Diagnostic(found.code, found.severity, place, found.summary, found.detail, labels, found.help, fixes)
