"""Diagnostics for agents: as data with places and edits, and as text."""

from collections.abc import Sequence
from typing import Any

from spikegraph.agents.files import Files
from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics
from spikegraph.dsl.limits import MOST_SHOWN
from spikegraph.dsl.shown import counted
from spikegraph.dsl.source import SourceFile, Span


def found_data(found: Sequence[Diagnostic], files: Files) -> list[dict[str, Any]]:
    """The first diagnostics as data. Lines and columns count from 1, in characters; an end is behind the last one."""
    return [
        {
            "code": d.code,
            "severity": d.severity,
            **_place(d.span, files),
            "summary": d.summary,
            "detail": d.detail,
            "help": d.help,
            "labels": [{**_place(label.span, files), "text": label.text} for label in d.labels],
            "fixes": [{**_place(fix.span, files), "replacement": fix.replacement, "text": fix.text} for fix in d.fixes],
        }
        for d in found[:MOST_SHOWN]
    ]


def found_text(found: Sequence[Diagnostic], diagnostics: Diagnostics, files: Files) -> str:
    """The first diagnostics as text: each with its line, its help, and its edits; `diagnostics` has the texts."""
    parts = [_text(each, diagnostics.sources.get(each.span.file), files) for each in found[:MOST_SHOWN]]
    more = len(found) - MOST_SHOWN
    return "\n".join([*parts, *([f"and {more} more"] if more > 0 else [])])


def counts_text(diagnostics: Diagnostics) -> str:
    """How many errors and warnings there are: `2 errors, 1 warning`; `sound` without errors."""
    errors, warnings = diagnostics.errors, diagnostics.warnings
    head = counted(errors, "error") if errors else "sound"
    return head + (f", {counted(warnings, 'warning')}" if warnings else "")


def _text(found: Diagnostic, source: SourceFile | None, files: Files) -> str:
    place = f"{files.shown(found.span.file)}:{found.span.line}:{found.span.column}"
    lines = [f"{found.severity}[{found.code}] {place}: {found.summary}"]
    if source is not None and source.line(found.span.line).strip():
        lines.append(f"  | {source.line(found.span.line).strip()[:200]}")
    lines += [f"  {found.detail}"] if found.detail else []
    lines += [f"  {_start(label.span, found.span, files)}: {label.text}" for label in found.labels]
    lines += [f"  help: {found.help}"] if found.help else []
    lines += [f"  fix: {fix.text}" for fix in found.fixes]
    return "\n".join(lines)


def _start(span: Span, seen: Span, files: Files) -> str:
    """Line and column of a place, with its file if that isn't the one in which the diagnostic is seen."""
    return f"{'' if span.file == seen.file else f'{files.shown(span.file)}:'}{span.line}:{span.column}"


def _place(span: Span, files: Files) -> dict[str, Any]:
    return {
        "file": files.shown(span.file),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
