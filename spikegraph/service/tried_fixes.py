"""Fixes of errors of syntax that were tried out: edits near the error after which the compiler finds fewer errors."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics, Fix
from spikegraph.dsl.parser import parse
from spikegraph.dsl.schema.network import INPUT_KINDS
from spikegraph.dsl.source import SourceFile
from spikegraph.ir.opdef import OPS
from spikegraph.program.program import Program
from spikegraph.service.document import Document
from spikegraph.service.lexer import tokens
from spikegraph.service.likely_edits import CALLS, Likely, likely_edits, twice

TWICE = ("SG0106", "SG0204", "SG0205", "SG0220", "SG0308", "SG1201")
"""Errors that a line may have because it stands twice."""

SIGNS = ("SG01", "SG0310")
"""How codes begin of errors that a sign or a word too few, too many or in place of another may make."""

MOST_FIXES = 4
"""Most fixes of an error that were tried."""

MOST_PARSED, MOST_CHECKED = 120, 16
"""Most edits that are parsed, and of these most that are checked whole."""

_LONGEST = 20_000
"""Characters of a text in which all edits are tried; in longer ones fewer are tried, so that it takes no longer."""

_HEAD = "sdhs 1\n"


def with_tried_fixes(found: tuple[Diagnostic, ...], path: Path, text: str, texts: Mapping[Path, str]) -> tuple[Diagnostic, ...]:
    """The diagnostics of a text, in which the first error of syntax has the edits as fixes that leave the fewest errors.

    The compiler's own fixes are tried too, and follow those that leave fewer errors. `texts` are those of files, by real path.
    """
    errors = sum(each.severity == "error" for each in found)
    first = next((i for i, each in enumerate(found) if each.severity == "error" and each.span.file == str(path)), None)
    if first is None or not found[first].code.startswith((*SIGNS, *TWICE)):
        return found
    d, source = found[first], SourceFile(str(path), text)
    own = [Likely(_offset(source, f, start=True), _offset(source, f, start=False), f.replacement, f.text) for f in d.fixes]
    at = source.offset(d.span.line, d.span.column)
    tried = [*own, *_sound(path, text, d, at)]
    tried.sort(key=lambda edit: not edit.says.startswith("leave out the second"))
    most = len(own) + _at_most(MOST_CHECKED, text)
    counts: dict[Likely, int] = {}
    for edit in tried[:most]:
        if (edit.start, edit.end, edit.text) not in {(e.start, e.end, e.text) for e in counts}:
            counts[edit] = _errors(path, _edited(text, edit), texts)
    better = sorted((edit for edit in counts if counts[edit] < errors or edit in own), key=lambda edit: counts[edit])
    fixes = tuple(Fix(source.span(e.start, e.end), e.text, e.says) for e in better[: max(MOST_FIXES, len(own))])
    changed = Diagnostic(d.code, d.severity, d.span, d.summary, d.detail, d.labels, d.help, fixes)
    return (*found[:first], changed, *found[first + 1 :])


def _sound(path: Path, text: str, d: Diagnostic, at: int) -> Iterator[Likely]:
    """Edits after which the declaration around the error has no error of syntax."""
    if d.code in TWICE:
        yield from twice(text, at)
    if not d.code.startswith(SIGNS):
        return
    document = Document(path, text)
    end = document.source.offset(d.span.end_line, d.span.end_column)
    piece = document.pieces[document.piece_at(min(at, max(len(text) - 1, 0)))]
    head = "" if piece.start == 0 else _HEAD
    known = [token for token in tokens(piece.text) if token.kind != "comment"]
    names = {*OPS, *CALLS, *INPUT_KINDS, *(token.text for token in tokens(text) if token.kind == "name")}
    dots = [t for t in known if t.text == "." and d.code == "SG0310" and at < piece.start + t.start < end]
    arrows = [Likely(t.start, t.end, " -> ", "write `->` in place of `.`") for t in dots]
    most = _at_most(MOST_PARSED, piece.text)
    for edit in islice(chain(arrows, likely_edits(piece.text, known, at - piece.start, names)), most):
        diagnostics = Diagnostics()
        parse(SourceFile("", head + _edited(piece.text, edit)), diagnostics)
        if not diagnostics.has_errors:
            yield Likely(edit.start + piece.start, edit.end + piece.start, edit.text, edit.says)


def _at_most(count: int, text: str) -> int:
    """How many edits of a text are tried, if it is so many of a short one."""
    return max(2, min(count, count * _LONGEST // max(len(text), 1)))


def _errors(path: Path, text: str, texts: Mapping[Path, str]) -> int:
    return Program.read(path, texts={**texts, path.resolve(): text}).check().errors


def _edited(text: str, edit: Likely) -> str:
    return text[: edit.start] + edit.text + text[edit.end :]


def _offset(source: SourceFile, fix: Fix, *, start: bool) -> int:
    return source.offset(fix.span.line, fix.span.column) if start else source.offset(fix.span.end_line, fix.span.end_column)
