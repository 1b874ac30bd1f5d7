"""What is wrong with a text, at once: what was found before in pieces that are unchanged, and syntax errors of the others."""

from collections.abc import Iterator
from functools import lru_cache

from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics, Fix, Label
from spikegraph.dsl.parser import parse
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.service.checked import Checked
from spikegraph.service.document import Document

_HEAD = "sdhs 1\n"


def problems(document: Document, checked: Checked) -> tuple[Diagnostic, ...]:
    """The diagnostics of a document, of which `checked` may be an earlier state.

    They are those of the compiler as far as they are known, and all syntax errors. Those of other files stay as they were.
    """
    if checked.text == document.text:
        return checked.diagnostics
    before = Document(document.path, checked.text)
    known = {piece.text: number for number, piece in enumerate(before.pieces)}
    found = [d for d in checked.diagnostics if d.span.file != str(document.path)]
    for number, piece in enumerate(document.pieces):
        old = known.get(piece.text)
        if old is not None:
            found += _kept(document, before, old, piece.line - before.pieces[old].line, checked)
        else:
            lines = piece.line - (number > 0)
            found += [_moved(d, lines, str(document.path)) for d in _syntax(piece.text, "" if number == 0 else _HEAD)]
    return tuple(found)


def _kept(document: Document, before: Document, piece: int, lines: int, checked: Checked) -> Iterator[Diagnostic]:
    first = before.pieces[piece].line + 1
    behind = before.pieces[piece + 1].line + 1 if piece + 1 < len(before.pieces) else None
    for d in checked.diagnostics:
        if d.span.file == str(document.path) and first <= d.span.line and (behind is None or d.span.line < behind):
            yield _moved(d, lines, str(document.path))


@lru_cache(4096)
def _syntax(piece: str, head: str) -> tuple[Diagnostic, ...]:
    """The syntax errors of a piece behind a head."""
    found = Diagnostics()
    parse(SourceFile("", head + piece), found)
    return tuple(found)


def _moved(found: Diagnostic, lines: int, file: str) -> Diagnostic:
    def moved(span: Span) -> Span:
        return Span(file, max(1, span.line + lines), span.column, max(1, span.end_line + lines), span.end_column)

    labels = tuple(Label(moved(label.span), label.text) for label in found.labels if label.span.file in ("", file))
    fixes = tuple(Fix(moved(fix.span), fix.replacement, fix.text) for fix in found.fixes if fix.span.file in ("", file))
    place = moved(found.span)
    return Diagnostic(found.code, found.severity, place, found.summary, found.detail, labels, found.help, fixes)
