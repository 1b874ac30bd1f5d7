"""Renders diagnostics as SARIF 2.1.0, the format of static analysis results that code hosts and editors read."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from spikegraph.base.version import __version__
from spikegraph.dsl.codes import CODES, address
from spikegraph.dsl.diagnostics import Diagnostic, Diagnostics, Fix
from spikegraph.dsl.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_object(diagnostics: Diagnostics) -> dict[str, Any]:
    """The log: one run, with a rule for each code, and a result with its fixes for each diagnostic.

    Lines and columns count from 1, in characters; the end is exclusive. Paths that are given relative stay so.
    """
    codes = sorted({d.code for d in diagnostics})
    driver = {
        "name": "spikegraph",
        "version": __version__,
        "informationUri": "https://github.com/spikegraph/spikegraph",
        "rules": [_rule(code) for code in codes],
    }
    results = [_result(d, codes.index(d.code)) for d in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    help = {"text": f"`spikegraph explain {code}` explains it, with an example."}
    return {"id": code, "shortDescription": {"text": CODES[code]}, "helpUri": address(code), "help": help}


def _result(d: Diagnostic, rule: int) -> dict[str, Any]:
    text = "\n".join(part for part in (d.summary, d.detail, d.help and f"help: {d.help}") if part)
    found: dict[str, Any] = {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": d.severity,
        "message": {"text": text},
        "locations": [_location(d.span)],
    }
    if d.labels:
        labels = ({**_location(label.span), "message": {"text": label.text}} for label in d.labels)
        found["relatedLocations"] = [{"id": number, **label} for number, label in enumerate(labels)]
    if d.fixes:
        found["fixes"] = [_fix(fix) for fix in d.fixes]
    return found


def _location(span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(span), "region": _region(span)}}


def _fix(fix: Fix) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.replacement}}
    change = {"artifactLocation": _artifact(fix.span), "replacements": [replacement]}
    return {"description": {"text": fix.text}, "artifactChanges": [change]}


def _artifact(span: Span) -> dict[str, Any]:
    path = Path(span.file)
    return {"uri": path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))}


def _region(span: Span) -> dict[str, Any]:
    return {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}
