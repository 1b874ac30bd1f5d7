"""Damaged specs in an editor: every request of the language server, at random places, is answered as the protocol says."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any

from cases import Outcome
from lsprotocol import types as lsp
from mutants import lines, soup, tokens
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol import default_converter
from specs_mutants import SPECS, Limit, specs

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.lsp.features import server
from spikegraph.lsp.server import Server
from spikegraph.service.checked import check
from spikegraph.service.formatting import formatted, formatted_document

SECONDS = 20
"""After so many seconds a case has failed."""

FILE = SPECS / "mutant.sdhs"
"""The path of the open text, which is not on the disk."""

_NAME = re.compile(r"[A-Za-z_]\w*")

_PLACED = (
    (lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams),
    (lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionParams),
    (lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpParams),
    (lsp.TEXT_DOCUMENT_DEFINITION, lsp.DefinitionParams),
    (lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, lsp.DocumentHighlightParams),
    (lsp.TEXT_DOCUMENT_PREPARE_RENAME, lsp.PrepareRenameParams),
)


def requests(text: str, document: lsp.TextDocumentIdentifier, rng: Random, places: int) -> Iterator[tuple[str, Any]]:
    """Requests of all kinds about a text, those about places at so many of them."""
    rows = text.split("\n")
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(len(rows), 0))
    names = [match.start() for match in _NAME.finditer(text)]
    for number in range(places):
        before = text[: rng.choice(names) + rng.randrange(2)] if names and number % 2 else text[: rng.randrange(len(text) + 1)]
        row = before.rpartition("\n")[2]
        at = lsp.Position(before.count("\n"), len(row) + rng.choice((0, 0, 0, 1, 300)))
        for name, params in _PLACED:
            yield name, params(text_document=document, position=at)
        context = lsp.ReferenceContext(include_declaration=True)
        yield lsp.TEXT_DOCUMENT_RENAME, lsp.RenameParams(text_document=document, position=at, new_name="renamed")
        yield lsp.TEXT_DOCUMENT_REFERENCES, lsp.ReferenceParams(context=context, text_document=document, position=at)
    yield lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionParams(document, whole, lsp.CodeActionContext([]))
    yield lsp.TEXT_DOCUMENT_FORMATTING, lsp.DocumentFormattingParams(document, lsp.FormattingOptions(2, True))
    yield lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, lsp.DocumentSymbolParams(document)
    yield lsp.WORKSPACE_SYMBOL, lsp.WorkspaceSymbolParams("a")
    yield lsp.TEXT_DOCUMENT_FOLDING_RANGE, lsp.FoldingRangeParams(document)
    yield lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, lsp.SemanticTokensParams(document)
    yield lsp.TEXT_DOCUMENT_INLAY_HINT, lsp.InlayHintParams(document, whole)
    yield lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensParams(document)


def case(seed: int) -> Outcome:
    """One damaged text; every third one is checked while it is sound, and damaged then."""
    rng = Random(f"editor mutants {seed}")
    kind = ("tokens", "lines", "soup", "tokens after a check")[seed % 4]
    text = ""
    with Limit(SECONDS):
        try:
            original = rng.choice(specs())
            made = _server()
            made.service.checked.pop(FILE, None)
            if kind == "tokens after a check":
                made.service.open(FILE, original)
                made.service.check(FILE)
            text = {"lines": lines, "soup": lambda rng, _: soup(rng, specs())}.get(kind, tokens)(rng, original)
            made.service.open(FILE, text)
            if kind != "tokens after a check":
                made.service.checked[FILE] = check(FILE, made.service.workspace.texts)
            _asked(made, text, rng)
        except Exception as error:  # noqa: BLE001 (every exception is a finding)
            return Outcome(kind, False, f"{type(error).__name__}: {error}\n{text!r}")
    return Outcome(kind, True)


@cache
def _server() -> Server:
    return server()


def _asked(made: Server, text: str, rng: Random) -> None:
    """Asks everything; answers must be what the protocol can send, and diagnostics lie in their texts."""
    converter = default_converter()
    for name, params in requests(text, lsp.TextDocumentIdentifier(FILE.as_uri()), rng, 5):
        with suppress(JsonRpcInvalidParams):  # a renaming that is refused
            converter.unstructure(made.protocol.fm.features[name](params))
    for found in made.service.problems(FILE):
        converter.unstructure(made.answers.diagnostic(found))
        assert found.span.file != str(FILE) or found.span.line <= text.count("\n") + 2, found
    document = made.service.document(FILE)
    assert formatted_document(document) == formatted(document.source, Diagnostics()), "the pieces have another canonical form"
