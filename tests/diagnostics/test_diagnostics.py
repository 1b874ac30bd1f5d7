"""Wrong specs list their expected diagnostics in comments; these and no others must be reported."""

import re
from pathlib import Path

import pytest

from spikegraph.program.program import Program

HERE = Path(__file__).parent
SPECS = sorted(HERE.glob("*.sdhs"))
STRING = r'"((?:[^"\\]|\\.)*)"'
EXPECTED = re.compile(rf"(error|warning)\[(SG\d{{4}})\] ([\w./]+:)?(\d+):(\d+) {STRING}(?: help {STRING})?")


def unescaped(text):
    return text and re.sub(r"\\(.)", r"\1", text)


def expected(path):
    return [
        (severity, code, (file or path.name).rstrip(":"), int(line), int(column), unescaped(summary), unescaped(help))
        for severity, code, file, line, column, summary, help in (
            match.groups() for match in EXPECTED.finditer(path.read_text(encoding="utf-8"))
        )
    ]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_wrong_spec(path, monkeypatch):
    monkeypatch.chdir(HERE)
    found = [
        (d.severity, d.code, d.span.file, d.span.line, d.span.column, d.summary, d.help)
        for d in Program.read(Path(path.name)).check()
    ]
    assert sorted(found, key=str) == sorted(expected(path), key=str)
    assert found


def test_there_are_enough_of_them():
    assert len(SPECS) >= 60
    assert len([path for path in SPECS if path.stem.startswith("types_")]) >= 10
