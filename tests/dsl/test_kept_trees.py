"""A text that was parsed isn't parsed again, unless something is to be said about it."""

import pytest

from spikegraph.dsl import parser
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse, parse_partly
from spikegraph.dsl.source import SourceFile

SOUND = "sdhs 1\nneuron lif { decay = 0.5 }\n"


@pytest.fixture(autouse=True)
def parses(monkeypatch):
    """The texts that are scanned, which comes first."""
    monkeypatch.setattr(parser, "_KEPT", {})
    found, scan = [], parser.scan

    def counted(source):
        found.append(source.text)
        return scan(source)

    monkeypatch.setattr(parser, "scan", counted)
    return found


def test_the_same_text_of_the_same_file(parses):
    first, second = (parse(SourceFile("a.sdhs", SOUND), Diagnostics()) for _ in range(2))
    assert first is not None
    assert first == second
    assert parses == [SOUND]


def test_spans_name_the_file(parses):
    for name in ("a.sdhs", "b.sdhs"):
        file = parse(SourceFile(name, SOUND), Diagnostics())
        assert file is not None
        assert file.items[0].span.file == name
    assert parses == [SOUND] * 2


@pytest.mark.parametrize(
    "wrong", ["sdhs 2\n", "sdhs 1\nneuron { }\n", "sdhs 1\nneuron lif { decay = 1e }\n", "", "sdhs 1\n(\n"]
)
def test_what_is_wrong_is_said_each_time(wrong):
    told = []
    for _ in range(2):
        diagnostics = Diagnostics()
        parse_partly(SourceFile("a.sdhs", wrong), diagnostics)
        told.append([(d.code, d.span, d.summary) for d in diagnostics])
    assert told[0] == told[1] != []


def test_few_are_kept(monkeypatch):
    monkeypatch.setattr(parser, "_MOST_KEPT", 2)
    monkeypatch.setattr(parser, "_LONGEST_KEPT", len(SOUND))
    for name in "abc":
        parse(SourceFile(name, SOUND), Diagnostics())
        assert 1 <= len(parser._KEPT) <= 2
    parse(SourceFile("d", SOUND + "\n"), Diagnostics())
    assert [source.name for source in parser._KEPT] == ["c"]
