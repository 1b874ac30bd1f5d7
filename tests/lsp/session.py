"""A language server in a process of its own, and a client that opens texts and asks."""

import asyncio
import itertools
from pathlib import Path

from lsprotocol import types as lsp
from pytest_lsp import client_capabilities, make_test_lsp_client

SECONDS = 600
"""After so many seconds an answer has failed."""


class Session:
    """A client, and the server that it has started in a folder."""

    def __init__(self, command: list[str], folder: Path, **environment: object) -> None:
        self.runner, self.folder, self.versions = asyncio.Runner(), folder, itertools.count(1)
        self.client = make_test_lsp_client()
        self.opened, self.checked = set[str](), dict[str, int]()

        @self.client.feature("$/spikegraph/checked")
        def _(params):
            self.checked[params.uri] = params.version

        self.start(command, environment)

    def wait(self, answer):
        """The answer of the server."""
        return self.runner.run(asyncio.wait_for(answer, SECONDS))

    def start(self, command, environment):
        async def begin():
            await self.client.start_io(*command, cwd=self.folder, **environment)
            capabilities = client_capabilities("visual-studio-code")
            await self.client.initialize_session(lsp.InitializeParams(capabilities=capabilities, root_uri=self.folder.as_uri()))

        self.wait(begin())

    def stop(self) -> int | None:
        """Ends the server; its exit status."""

        async def end():
            await self.client.shutdown_session()
            return await asyncio.wait_for(self.client._server.wait(), 20)

        status = self.wait(end())
        self.runner.close()
        return status

    def open(self, path: Path, text: str) -> list[lsp.Diagnostic]:
        """Opens a text, or changes an open one, and waits until it is checked; its diagnostics."""

        async def opened(uri, version):
            if uri in self.opened:
                identifier = lsp.VersionedTextDocumentIdentifier(version=version, uri=uri)
                change = lsp.TextDocumentContentChangeWholeDocument(text)
                self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [change]))
            else:
                self.opened.add(uri)
                item = lsp.TextDocumentItem(uri, "sdhs", version, text)
                self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
            while self.checked.get(uri, 0) < version and not self.client.log_messages:
                await asyncio.sleep(0.005)

        self.wait(opened(path.as_uri(), next(self.versions)))
        assert not self.client.log_messages, self.client.log_messages
        return list(self.client.diagnostics[path.as_uri()])

    def close(self, path: Path) -> None:
        """Closes a text."""

        async def closed():
            identifier = lsp.TextDocumentIdentifier(path.as_uri())
            self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(identifier))

        self.opened.discard(path.as_uri())
        self.wait(closed())

    def ask(self, name: str, params):
        """The answer to a request."""
        return self.wait(self.client.protocol.send_request_async(name, params))
