"""Diagnostics while files that import each other are opened and closed, and those of a text that is no file."""

import asyncio

from lsprotocol import types as lsp

from spikegraph.lsp.features import server

SOUND = "sdhs 1\n\nneuron lif {\n  decay = 0.5\n}\n"
WRONG = SOUND.replace("decay", "decayed")
USER = 'sdhs 1\n\nimport "base.sdhs"\n'


def codes(session, uri):
    return [d.code for d in session.client.diagnostics.get(uri, ())]


def answered(session, path):
    """What was sent until the server answers a question about a file."""
    session.ask(lsp.TEXT_DOCUMENT_FOLDING_RANGE, lsp.FoldingRangeParams(lsp.TextDocumentIdentifier(path.as_uri())))


def until(session, uri, expected):
    async def wait():
        while codes(session, uri) != expected:
            await asyncio.sleep(0.005)

    session.wait(wait())


def test_a_file_keeps_its_errors_while_a_file_that_shows_them_is_open(session):
    base, first, second = (session.folder / f"{name}.sdhs" for name in ("base", "first", "second"))
    base.write_text(WRONG)
    for path in (first, second):
        path.write_text(USER)
        session.open(path, USER)
    assert codes(session, base.as_uri()) == ["SG0203"]
    session.close(first)
    answered(session, second)
    assert codes(session, base.as_uri()) == ["SG0203"]  # the second file imports it too
    session.open(base, WRONG)
    session.close(second)
    answered(session, base)
    assert codes(session, base.as_uri()) == ["SG0203"]  # it is open itself
    session.open(first, USER)
    session.open(base, SOUND)
    until(session, base.as_uri(), [])
    session.close(base)  # without saving it
    until(session, base.as_uri(), ["SG0203"])
    session.close(first)
    answered(session, first)
    assert codes(session, base.as_uri()) == []


def test_a_text_that_is_no_file_has_the_address_that_the_editor_gave_it(session):
    address = "untitled:Untitled-1"
    item = lsp.TextDocumentItem(address, "sdhs", 1, WRONG)

    async def opened():
        session.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    session.wait(opened())
    until(session, address, ["SG0203"])
    place = lsp.ReferenceParams(lsp.ReferenceContext(True), lsp.TextDocumentIdentifier(address), lsp.Position(2, 8))
    assert [found.uri for found in session.ask(lsp.TEXT_DOCUMENT_REFERENCES, place)] == [address]

    async def closed():
        session.client.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(address)))

    session.wait(closed())
    until(session, address, [])


def test_declarations_of_two_open_projects_are_listed_once(tmp_path):
    made = server()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.service.open(tmp_path / name / f"{name}.sdhs", SOUND.replace("lif", name))
    found = made.protocol.fm.features[lsp.WORKSPACE_SYMBOL](lsp.WorkspaceSymbolParams(""))
    assert [each.name for each in found] == ["one", "two"]
