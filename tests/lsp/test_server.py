"""What the server doesn't do: run code of the folders that it opens, hide that a package is missing, miscount columns."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from spikegraph.dsl.source import SourceFile, Span
from spikegraph.lsp.answers import semantic_tokens
from spikegraph.lsp.positions import Positions
from spikegraph.service.places import Place
from spikegraph.service.service import Service

SPEC = "sdhs 1\n\nneuron lif {\n  decayed = 1\n}\n"
MISSING = """
import sys
from pathlib import Path

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pygls":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
from spikegraph.cli import main
sys.argv = ["spikegraph", "lsp"]
main()
"""


def test_it_loads_nothing_of_a_folder_that_it_opens(session):
    """Its folder has a plug-in, a package that claims to be an installed one, and modules with names of known ones."""
    assert (session.folder / "evil-1.0.dist-info" / "entry_points.txt").exists()
    path = session.folder / "wrong.sdhs"
    assert [d.code for d in session.open(path, SPEC)] == ["SG0203"]
    document = lsp.TextDocumentIdentifier(path.as_uri())
    assert session.ask(lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams(document, lsp.Position(2, 8))) is not None
    session.close(path)
    assert not (session.folder / "loaded").exists()


@pytest.mark.parametrize("request_name", [lsp.TEXT_DOCUMENT_HOVER, lsp.TEXT_DOCUMENT_FORMATTING, lsp.TEXT_DOCUMENT_CODE_LENS])
def test_a_request_about_a_text_that_is_not_there(session, request_name):
    document, place = lsp.TextDocumentIdentifier((session.folder / "missing.sdhs").as_uri()), lsp.Position(0, 0)
    params = {
        lsp.TEXT_DOCUMENT_HOVER: lsp.HoverParams(document, place),
        lsp.TEXT_DOCUMENT_FORMATTING: lsp.DocumentFormattingParams(document, lsp.FormattingOptions(2, True)),
        lsp.TEXT_DOCUMENT_CODE_LENS: lsp.CodeLensParams(document),
    }
    with pytest.raises(JsonRpcInvalidParams, match="there is no text"):
        session.ask(request_name, params[request_name])


def read(stream):
    """The next message of a server."""
    length = int(stream.readline().partition(b":")[2])
    while stream.readline().strip():
        pass
    return json.loads(stream.read(length))


def test_half_of_a_surrogate_pair_is_an_error_answer(tmp_path):
    """In a text, in an address and in a name; the client of the package can't send it. Other texts are checked as before."""
    addresses = ["file:///\ud800.sdhs", "file:///a%00b.sdhs", (tmp_path / "net.sdhs").as_uri()]
    documents = [
        {"textDocument": {"uri": each, "languageId": "sdhs", "version": 1, "text": "sdhs 1\n# \ud800\n"}} for each in addresses
    ]
    places = [
        {"textDocument": {"uri": each}, "position": {"line": 1, "character": 2}, "newName": "\ud800"} for each in addresses
    ]
    messages = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        *({"method": "textDocument/didOpen", "params": each} for each in documents),
        *({"id": number, "method": "textDocument/hover", "params": each} for number, each in enumerate(places[:2], 2)),
        {"id": 4, "method": "textDocument/rename", "params": places[2]},
    ]
    command = [sys.executable, "-m", "spikegraph", "lsp"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=tmp_path, **pipes) as process:
        for each in messages:
            content = json.dumps({"jsonrpc": "2.0", **each}).encode()
            process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        process.stdin.flush()
        found: list[dict[str, Any]] = []
        while not any(m.get("method") == "$/spikegraph/checked" for m in found) or sum("id" in m for m in found) < 4:
            found.append(read(process.stdout))
        process.kill()
    errors = {m["id"]: (m["error"]["code"], m["error"]["message"]) for m in found if "error" in m}
    no_file = "no file can have the address"
    assert errors[2] == (-32602, f"{no_file} 'file:///\\ud800.sdhs'")
    assert errors[3] == (-32602, f"{no_file} 'file:///a%00b.sdhs'")
    assert errors[4] == (-32602, "there is no name here that a spec declares")
    told = [m["params"]["diagnostics"] for m in found if m.get("method") == "textDocument/publishDiagnostics"]
    assert [d["message"].splitlines()[0] for d in told[-1]] == ["`U+D800` has no meaning here"]


def test_without_its_packages_it_says_how_to_install_them():
    done = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    message = 'error: the language server needs pygls, which isn\'t installed\nhelp: install it: `pip install -e ".[lsp]"`'
    assert " ".join(done.stderr.split()) == " ".join(message.split())


@pytest.mark.parametrize(
    ("column", "character"), [(1, 0), (3, 2), (4, 4), (5, 5)], ids=["start", "before", "behind two units", "end"]
)
def test_columns_of_the_protocol_are_units_of_utf_16(column, character):
    positions = Positions(SourceFile("a", "x\r\n# \U0001f600é\n"))
    assert positions.of(Place(2, column)) == lsp.Position(1, character)
    assert positions.place(lsp.Position(1, character)) == Place(2, column)


def test_places_outside_of_a_text_are_its_nearest_ones():
    positions = Positions(SourceFile("a", "ab\rc\n"))
    assert positions.place(lsp.Position(0, 99)) == Place(1, 3)
    assert positions.place(lsp.Position(1, 1)) == Place(1, 5)  # a carriage return alone ends a line of the protocol
    assert positions.place(lsp.Position(99, 0)) == Place(2, 1)
    assert positions.range(Span("a", 1, 4, 1, 5)) == lsp.Range(lsp.Position(1, 0), lsp.Position(1, 1))


def test_a_word_ends_with_its_line_of_the_protocol():
    """A comment goes on behind a carriage return alone, which ends a line of the protocol."""
    text = "sdhs 1\nneuron n {\n  decay = 0.5  # \U0001f600\rab\n}\n"
    service, path = Service(), Path("net.sdhs")
    service.open(path, text)
    data = semantic_tokens(service.semantic_tokens(path), Positions(SourceFile("net.sdhs", text))).data
    assert [data[i : i + 3] for i in range(0, len(data), 5)] == [
        [0, 0, 4],
        [0, 5, 1],
        [1, 0, 6],
        [0, 7, 1],
        [1, 2, 5],
        [0, 8, 3],
        [0, 5, 4],
    ]
