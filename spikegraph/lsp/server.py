"""The server: what it keeps, and what it does when texts change."""

import asyncio
import os
from pathlib import Path
from typing import Protocol

from lsprotocol import types as lsp
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from spikegraph.base.version import __version__
from spikegraph.lsp.answers import Answers
from spikegraph.lsp.checks import Checks
from spikegraph.lsp.pictures import Pictures
from spikegraph.lsp.positions import Positions
from spikegraph.service import formatting
from spikegraph.service.checked import Checked
from spikegraph.service.document import Document
from spikegraph.service.places import Place
from spikegraph.service.service import Service

CHECKED = "$/spikegraph/checked"
"""The notification that the compiler has said all of a version of a text; clients may ignore it."""


class AtPlace(Protocol):
    """What a request about a place has."""

    @property
    def text_document(self) -> lsp.TextDocumentIdentifier:
        """The document."""
        ...

    @property
    def position(self) -> lsp.Position:
        """The place in it."""
        ...


class Server(LanguageServer):
    """A language server of `.sdhs` files. It loads no plug-in of the folders that are opened, and writes no file."""

    def __init__(self) -> None:
        super().__init__("spikegraph", __version__, lsp.TextDocumentSyncKind.Full)  # pyright: ignore[reportUnknownMemberType]
        self.service = Service()
        self.answers = Answers(self.service.workspace)
        self.checks = Checks(lambda: self.service.workspace.texts, self.checked, self.failed)
        self.pictures = Pictures(self.service)
        self.versions: dict[Path, int] = {}
        self.shown: dict[Path, set[str]] = {}
        """For each open file the other files that have diagnostics because of it."""

    def path(self, document: str) -> Path:
        """The path of a document; one that isn't saved has the name that its address ends with, in this folder.

        Raises:
            JsonRpcInvalidParams: No file can have this path: it has half of a surrogate pair, or a character of number 0.
        """
        path = str(uris.to_fs_path(document) or Path.cwd() / document.rpartition("/")[2].rpartition(":")[2])
        try:
            encoded = os.fsencode(path)
        except UnicodeEncodeError:
            encoded = b"\0"
        if b"\0" in encoded:
            raise JsonRpcInvalidParams(f"no file can have the address {document!a}")
        return Path(path)

    def known(self, document: str) -> Path:
        """The path of a document whose text is there; raises JsonRpcInvalidParams where it isn't, or as `path` does."""
        path = self.path(document)
        if self.service.workspace.document(path) is None:
            raise JsonRpcInvalidParams(f"there is no text {document!a}")
        return path

    def changed(self, document: lsp.TextDocumentItem | lsp.VersionedTextDocumentIdentifier, text: str) -> None:
        """A text was opened or edited."""
        path = self.path(document.uri)
        self.versions[path] = document.version
        self.answers.addresses[str(path)] = document.uri
        self.service.open(path, text)
        if path in self.service.checked:
            self.publish(path)
        self._want_all(path)

    def closed(self, document: str) -> None:
        """A text was closed."""
        path = self.path(document)
        self.checks.forget(path)
        self.service.close(path)
        self._send({str(path), *self.shown.pop(path, ())})
        self.answers.addresses.pop(str(path), None)
        self._want_all()

    def saved(self) -> None:
        """Files on the disk have changed."""
        self.service.workspace.refresh()
        self._want_all()

    def _want_all(self, first: Path | None = None) -> None:
        """Checks all open files anew, `first` before the others: they may import what has changed."""
        self.pictures.outdated()
        for path in sorted(self.service.workspace.opened, key=lambda each: each == first):  # the last one is checked first
            self.checks.want(path)

    def stop(self) -> None:
        """Ends the processes that check and draw."""
        self.checks.stop()
        self.pictures.stop()

    def checked(self, found: Checked) -> None:
        """A check has ended."""
        if found.path not in self.service.workspace.opened:
            return
        self.service.checked[found.path] = found
        self.publish(found.path)
        if found.text == self.service.document(found.path).text:
            told = {"uri": self.answers.uri(found.path), "version": self.versions[found.path]}
            self.protocol.notify(CHECKED, told)
        capabilities = self.client_capabilities.workspace
        if capabilities is not None and capabilities.inlay_hint is not None and capabilities.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)
        if capabilities is not None and capabilities.code_lens is not None and capabilities.code_lens.refresh_support:
            self.workspace_code_lens_refresh(None)
        asyncio.get_running_loop().create_task(self._warm(found))

    async def _warm(self, found: Checked) -> None:
        """Formats the pieces of a text and reads the project while nobody asks, so that answers later take no time."""
        document = Document(found.path, found.text)
        for _ in formatting.warmed(document):
            await asyncio.sleep(0)
        for other in self.service.workspace.documents(document):
            _ = other.names
            await asyncio.sleep(0)

    def failed(self, path: Path, error: BaseException) -> None:
        """A check didn't end."""
        message = f"spikegraph could not check {path}: {type(error).__name__}: {error}"
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    def publish(self, path: Path) -> None:
        """Sends the diagnostics of a file, and of those that it imports."""
        before = self.shown.get(path, set())
        self.shown[path] = {found.span.file for found in self.service.problems(path)} - {str(path)}
        self._send({str(path)} | before | self.shown[path])

    def _send(self, files: set[str]) -> None:
        """Sends the diagnostics of files: what was found in an open one, and what open ones say of another that they import."""
        for file in sorted(files):
            path = Path(file)
            sources = [each for each, others in self.shown.items() if file in others]
            if path in self.service.checked:
                sources = [path]
            found = dict.fromkeys(d for each in sources for d in self.service.problems(each) if d.span.file == file)
            version = self.versions.get(path) if sources == [path] else None
            diagnostics = [self.answers.diagnostic(each) for each in found]
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(self.answers.uri(file), diagnostics, version))

    def at(self, params: "AtPlace") -> tuple[Path, Place]:
        """The file and the place of a request."""
        path = self.known(params.text_document.uri)
        return path, self.positions(path).place(params.position)

    def positions(self, path: Path) -> Positions:
        """The positions of a file."""
        return self.answers.positions(str(path))
