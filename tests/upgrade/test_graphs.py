"""Graphs of version 1, which an earlier development version printed from `version_1/net.sdhs`, and unknown versions."""

import json
import shutil
from pathlib import Path

import pytest

from spikegraph.cli.entry import run
from spikegraph.ir import text as graph_text
from spikegraph.ir.json import SCHEMA_VERSION, from_json, to_json
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.program.program import Program
from spikegraph.upgrade.graphs import GRAPH_JSON, GRAPH_TEXT

OLD = Path(__file__).parent / "version_1"
EXPANDED = "convert-stems{to=lif},bind-genotype,expand-cells,expand-layers,insert-resize"
PASSES = {
    "retrain": f"{EXPANDED},prune{{losses=true}},instrument-dgs{{at=stem}}",
    "deploy": f"{EXPANDED},prune{{losses=false}},fold-norm",
}
"""The pipelines with which the old graphs were made."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in OLD.glob("*.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


@pytest.mark.parametrize("phase", PASSES)
def test_an_old_graph_becomes_the_one_that_its_spec_gives_today(folder, phase, capsys):
    for kind in ("json", "txt"):
        assert run(["upgrade", f"{phase}.{kind}"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "graph (JSON), version 1 to 2: notes of passes are no parameters any more, and each node has its path and the names of"
        " its weights",
        "graph (text), version 1 to 2: notes of passes are no parameters any more",
    ]
    data = json.loads((folder / f"{phase}.json").read_text())
    graph = from_json(data)
    assert to_json(graph) == data
    assert graph == parse_graph((folder / f"{phase}.txt").read_text())
    today = Program.read("net.sdhs", genotype="found.sdhs").build(phase, PASSES[phase]).graph
    assert print_graph(graph) == print_graph(today)
    assert any(node.notes for node in graph)


def test_a_converted_file_is_current(folder, capsys):
    assert run(["upgrade", "deploy.json", "-o", "new.json"]) == 0
    assert capsys.readouterr().out.endswith("converted to new.json\n")
    assert (folder / "deploy.json").read_bytes() == (OLD / "deploy.json").read_bytes()
    before = (folder / "new.json").read_bytes()
    assert run(["upgrade", "new.json"]) == 0
    assert capsys.readouterr().out == "new.json is current\n"
    assert (folder / "new.json").read_bytes() == before


@pytest.mark.parametrize(("kind", "where"), [("json", "not a graph of version 1"), ("txt", "line 9")])
def test_what_an_old_graph_lacks_is_named(folder, kind, where, capsys):
    assert run(["upgrade", f"search.{kind}"]) == 1
    assert capsys.readouterr().err == (
        f"error: search.{kind}: {where}: `wide_lif` of version 1 doesn't name the neurons that it joins\n"
        "help: print the graph again from its spec, with `spikegraph compile SPEC --emit`\n"
    )
    assert (folder / f"search.{kind}").read_bytes() == (OLD / f"search.{kind}").read_bytes()


def test_notes_come_from_parameters(folder):
    data = json.loads((folder / "deploy.json").read_text())
    data["nodes"][1]["params"]["sparse"] = True
    graph = from_json(GRAPH_JSON.steps[1].convert(data))
    assert dict(graph.node("stem.conv").notes) == {"folded": "stem.norm", "eps": 1e-05, "sparse": True}
    text = GRAPH_TEXT.steps[1].convert((folder / "deploy.txt").read_text().replace('4, folded="', '4, eps=0.001, folded="'))
    assert dict(parse_graph(text).node("stem.conv").notes) == {"folded": "stem.norm", "eps": 0.001}


def test_the_reader_says_how_to_convert(folder):
    from spikegraph.ir.json import JsonError
    from spikegraph.ir.text_parser import TextError

    with pytest.raises(JsonError, match=r"^schema version 1 isn't 2; `spikegraph upgrade FILE` converts it$"):
        from_json(json.loads((folder / "deploy.json").read_text()))
    with pytest.raises(TextError, match=r"`spikegraph upgrade FILE` converts older files$"):
        parse_graph((folder / "deploy.txt").read_text())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", '{"schema_version": 3}', "graph (JSON) of version 3; this spikegraph knows versions up to 2"),
        ("a.txt", "# spikegraph graph, version 12\n", "graph (text) of version 12; this spikegraph knows versions up to 2"),
        ("a.json", '{"schema_version": 0}', "graph (JSON) of version 0; the oldest that can be converted is 1"),
        ("a.json", '{"schema_version": "2"}', "not a graph: it has no `schema_version`"),
        ("a.json", "{", "not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("a.json", '{"schema_version": 1}', "not a graph of version 1: 'neurons'"),
        ("a.json", '{"schema_version": 2}', "not a graph: name: Field required"),
        ("a.txt", "hello\n", "it has no format of spikegraph"),
        ("a.txt", b"\xff", "not a text file of spikegraph"),
    ],
)
def test_other_files_are_refused(tmp_path, monkeypatch, capsys, name, content, message):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    assert run(["upgrade", name]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"error: {name}: {message}"
    assert lines[1].startswith("help: ")
    assert path.read_bytes() == before


def test_specs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.sdhs").write_text("sdhs 1\n")
    Path("b.sdhs").write_text("sdhs 2\n")
    assert run(["upgrade", "a.sdhs"]) == 0
    assert capsys.readouterr().out == "a.sdhs is current\n"
    assert run(["upgrade", "b.sdhs"]) == 1
    assert "error[SG0111]: version `2` of the language is unknown" in capsys.readouterr().err
    assert run(["upgrade", "nothing.sdhs"]) == 2


def test_the_table_has_the_present_versions():
    assert GRAPH_JSON.current == SCHEMA_VERSION
    assert graph_text.VERSION.endswith(f"version {GRAPH_TEXT.current}")
