"""Renders diagnostics as a JSON object, for editors and other programs."""

import json
from itertools import islice
from typing import Any

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.limits import MOST_SHOWN
from spikegraph.dsl.source import Span

FORMAT_VERSION = 1
"""Incremented when a field changes its meaning or is removed."""


def render(diagnostics: Diagnostics) -> str:
    """The object as text, indented by two spaces and ending with a line break."""
    return json.dumps(as_object(diagnostics), indent=2, ensure_ascii=False) + "\n"


def as_object(diagnostics: Diagnostics) -> dict[str, Any]:
    """The object.

    Its form is `{format_version, valid, error_count, warning_count, omitted, diagnostics: [{code, severity, summary, detail,
    help, range, labels: [{range, text}], fixes: [{range, replacement, text}]}]}`, where a range is `{filename, start: {line,
    column, byte}, end}`. Lines and columns count from 1, in characters; bytes count from 0, in UTF-8. The end is exclusive.
    The object has the first 100 diagnostics; `omitted` is the number of the others.
    """
    return {
        "format_version": FORMAT_VERSION,
        "valid": not diagnostics.has_errors,
        "error_count": diagnostics.errors,
        "warning_count": diagnostics.warnings,
        "omitted": max(0, len(diagnostics) - MOST_SHOWN),
        "diagnostics": [
            {
                "code": d.code,
                "severity": d.severity,
                "summary": d.summary,
                "detail": d.detail,
                "help": d.help,
                "range": _range(d.span, diagnostics),
                "labels": [{"range": _range(label.span, diagnostics), "text": label.text} for label in d.labels],
                "fixes": [
                    {"range": _range(fix.span, diagnostics), "replacement": fix.replacement, "text": fix.text}
                    for fix in d.fixes
                ],
            }
            for d in islice(diagnostics, MOST_SHOWN)
        ],
    }


def _range(span: Span, diagnostics: Diagnostics) -> dict[str, Any]:
    return {
        "filename": span.file,
        "start": _place(span.file, span.line, span.column, diagnostics),
        "end": _place(span.file, span.end_line, span.end_column, diagnostics),
    }


def _place(file: str, line: int, column: int, diagnostics: Diagnostics) -> dict[str, int]:
    source = diagnostics.sources.get(file)
    return {"line": line, "column": column, "byte": 0 if source is None else source.byte(line, column)}
