"""Diagnostics as text and as JSON."""

import json
import re
from pathlib import Path

import pytest

from spikegraph.dsl.diagnostics import Diagnostics, Fix, Label
from spikegraph.dsl.render import caret
from spikegraph.dsl.render import json as as_json
from spikegraph.dsl.resolve import resolve
from spikegraph.dsl.source import SourceFile, Span

GOLDEN = Path(__file__).parent / "golden"

SPEC = """sdhs 1
neuron lif {
\tdecay = 0.2\t# μ
  decay = "ü語" }
neuron lif { reset = hart }
import "lib/bass.sdhs"
"""


@pytest.fixture
def diagnostics(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("spec.sdhs").write_text(SPEC, encoding="utf-8")
    return resolve(Path("spec.sdhs")).diagnostics


def test_caret(diagnostics):
    assert caret.render(diagnostics) == (GOLDEN / "caret.txt").read_text(encoding="utf-8")


def test_colour_changes_nothing_else(diagnostics):
    coloured = caret.render(diagnostics, colour=True)
    assert "\x1b[1;31merror[SG0204]\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == caret.render(diagnostics)


def test_json(diagnostics):
    assert as_json.render(diagnostics) == (GOLDEN / "diagnostics.json").read_text(encoding="utf-8")


def test_json_places_point_into_the_bytes(diagnostics):
    data = SPEC.encode()
    for diagnostic in json.loads(as_json.render(diagnostics))["diagnostics"]:
        start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
        line = SPEC.split("\n")[start["line"] - 1]
        assert data[start["byte"] : end["byte"]].decode() == line[start["column"] - 1 : end["column"] - 1]


def test_fixes_remove_the_errors(tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_text("sdhs 1\nneurone a { reset = hart }\nneuron b { decoy = 0.5 }\n")
    for _ in range(2):
        source = path.read_text().split("\n")
        fixes = [fix for diagnostic in resolve(path).diagnostics for fix in diagnostic.fixes]
        assert fixes
        for fix in sorted(fixes, key=lambda fix: fix.span, reverse=True):
            line = source[fix.span.line - 1]
            source[fix.span.line - 1] = line[: fix.span.column - 1] + fix.replacement + line[fix.span.end_column - 1 :]
        path.write_text("\n".join(source))
    assert path.read_text() == "sdhs 1\nneuron a { reset = hard }\nneuron b { decay = 0.5 }\n"
    assert not resolve(path).diagnostics.has_errors


def test_without_diagnostics_nothing_is_printed():
    assert caret.render(Diagnostics()) == ""
    assert json.loads(as_json.render(Diagnostics()))["valid"] is True


def test_wide_characters_take_two_columns_and_marks_none():
    line = "語e\u0301x"
    assert caret.display_columns(line) == [0, 2, 3, 3, 4]
    found = Diagnostics()
    found.sources["f"] = SourceFile("f", line)
    found.error("SG0106", Span("f", 1, 4, 1, 5), "unexpected")
    assert caret.render(found).split("\n")[2] == "     | " + " " * 3 + "^"


def test_long_lines_are_cut_around_the_place():
    found = Diagnostics()
    found.sources["f"] = SourceFile("f", "a" * 5000 + "!" + "b" * 5000)
    found.error("SG0109", Span("f", 1, 5001, 1, 5002), "unexpected")
    shown, under = caret.render(found).split("\n")[1:3]
    assert len(shown) < 230
    assert shown[under.index("^")] == "!"


def test_order_duplicates_and_counts():
    found = Diagnostics()
    found.sources["entry"] = SourceFile("entry", "")
    found.sources["a"] = SourceFile("a", "")
    place = Span("a", 1, 1, 1, 2)
    found.error("SG0106", place, "later file")
    found.warning("SG0202", Span("entry", 2, 1, 2, 2), "later line")
    found.error("SG0203", Span("entry", 1, 5, 1, 6), "later column")
    found.error("SG0204", Span("entry", 1, 1, 1, 2), "first", labels=[Label(place, "here")], fixes=[Fix(place, "", "cut")])
    found.error("SG0106", place, "later file")
    assert [d.summary for d in found] == ["first", "later column", "later line", "later file"]
    assert (found.errors, found.warnings, len(found), found.has_errors) == (3, 1, 4, True)
    with pytest.raises(KeyError, match="SG9999"):
        found.error("SG9999", place, "no such code")


def test_extend_keeps_sources_and_counts():
    one, two = Diagnostics(), Diagnostics()
    two.sources["b"] = SourceFile("b", "text")
    two.error("SG0106", Span("b", 1, 1, 1, 2), "unexpected")
    one.extend(two)
    one.extend(two)
    assert (len(one), one.errors, one.sources["b"].text) == (1, 1, "text")


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("colour", [False, True])
def test_lines_fit_a_terminal(diagnostics, columns, colour):
    text = re.sub(r"\x1b\[[0-9;]*m", "", caret.render(diagnostics, colour=colour, columns=columns))
    assert max(map(len, text.splitlines())) <= columns
    # Nothing but source lines is cut, and marks stay below what they mark.
    words = " ".join(text.split())
    assert [d.summary for d in diagnostics if " ".join(d.summary.split()) not in words] == []
    assert text.count("^") > 0


def test_a_long_line_is_cut_around_its_mark():
    found = Diagnostics()
    line = "  " + "x" * 100 + " wrong " + "y" * 100
    found.sources["a.sdhs"] = SourceFile("a.sdhs", line)
    found.error("SG0203", Span("a.sdhs", 1, 104, 1, 109), "unknown key `wrong`")
    shown, under = caret.render(found, columns=60).split("\n")[1:3]
    assert len(shown) <= 60
    assert shown[under.index("^") :].startswith("wrong")
